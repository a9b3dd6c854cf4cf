"""Records from people's and strangers' JSON and TOML: every field of its type, or the reason."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, NoReturn, TypeVar, cast, get_args, get_origin

from photochrom.errors import ModelError, PhotochromError

Record = TypeVar("Record")

_MOST: Final = 1e300  # inside every number type
_SHOWN: Final = 40  # characters of a stranger's key


class MisfitError(ValueError):
    """Why some values make no record; reads on after the name of what they come from.

    Attributes:
        key: of the value; with dots where records lie in records.
        value: that is of another type; None where the key is missing or unknown.
    """

    def __init__(self, words: str, *, key: str = "", value: object = None) -> None:
        super().__init__(words)
        self.key = key
        self.value = value


def record_of(kind: type[Record], values: object, *, is_open: bool = False) -> Record:
    """Build a dataclass from what JSON or TOML holds; nothing is converted but lists to tuples.

    Fields may be int, float (finite; whole numbers fit, too), bool, str, Path, Any, a Literal, an
    enumeration, another dataclass, one of these or None, a tuple of them, or a Mapping to them; a
    choice of dataclasses must be built before.

    Args:
        kind: the dataclass; what its own checks raise comes through.
        values: by name.
        is_open: pass over keys that are no field.

    Raises:
        MisfitError: when a key is missing, unknown, or has a value of another type.

    >>> from photochrom.picture.geometry.turn import Turn
    >>> record_of(Turn, {"orientation": "1"})
    Traceback (most recent call last):
    photochrom.records.MisfitError: has a bad 'orientation': '1' is not a number
    """
    import cattrs  # noqa: PLC0415 - a twentieth of a second, which not every command needs

    try:
        return cast(Record, _converter(is_open=is_open).structure(values, kind))
    except MisfitError as error:
        raise MisfitError(str(error), value=values) from error
    except cattrs.BaseValidationError as error:
        _explain(error, cattrs)


def _explain(error: BaseException, cattrs: Any) -> NoReturn:
    """Dig out the first reason of a nested validation error, and the keys that lead to it."""
    keys: list[str] = []
    inner = error
    while isinstance(inner, cattrs.BaseValidationError):
        inner = inner.exceptions[0]
        notes = getattr(inner, "__notes__", ())
        keys += [note.name for note in notes if isinstance(note, cattrs.AttributeValidationNote)]
    key = ".".join(keys)
    if isinstance(inner, PhotochromError):
        raise inner
    if isinstance(inner, cattrs.ForbiddenExtraKeysError):
        unknown = sorted(inner.extra_fields)[0][:_SHOWN]
        known = ", ".join(item.name for item in fields(inner.cl))
        raise MisfitError(f"has an unknown key {unknown!r}; there are {known}", key=unknown)
    if isinstance(inner, KeyError):
        raise MisfitError(f"lacks {key!r}", key=key)
    if isinstance(inner, MisfitError):
        value = repr(inner.value)[:_SHOWN]
        raise MisfitError(f"has a bad {key!r}: {value} {inner}", key=key, value=inner.value)
    raise MisfitError(f"has a bad {key!r}: {inner}" if key else str(inner), key=key) from inner


@cache
def _converter(*, is_open: bool) -> Any:
    from cattrs import Converter  # noqa: PLC0415
    from cattrs.gen import make_dict_structure_fn  # noqa: PLC0415

    converter = Converter(forbid_extra_keys=not is_open)

    def of_record(kind: Any) -> Callable[[Any, Any], Any]:
        build = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=not is_open)
        return lambda value, _: build(_exactly(value, Mapping, "is not an object"), kind)

    def collected(value: Any, kind: Any) -> Any:
        first, *others = get_args(kind)
        if get_origin(kind) is not tuple:
            named = _exactly(value, Mapping, "is not an object")
            return {name: converter.structure(each, *others) for name, each in named.items()}
        values = _exactly(value, list | tuple, "is not a list")
        if others == [...]:
            return tuple(converter.structure(each, first) for each in values)
        if len(values) != 1 + len(others):
            raise MisfitError(f"is not a list of {1 + len(others)}", value=value)
        return tuple(map(converter.structure, values, (first, *others)))

    for kind in (int, float, bool, str, Path):
        converter.register_structure_hook(kind, _scalar)
    converter.register_structure_hook_func(_is_choice, _chosen)
    converter.register_structure_hook_func(_is_collection, collected)
    converter.register_structure_hook_factory(is_dataclass, of_record)
    return converter


def _scalar(value: Any, kind: Any) -> Any:
    """Refuse to take "12", 1.5 or true for a number of another kind."""
    if kind is bool:
        return _exactly(value, bool, "is neither true nor false")
    if kind not in (int, float):
        return kind(_exactly(value, str, "is not text"))  # a path or an enumeration, too
    _exactly(value, int | float, "is not a number")
    if kind is int:
        return _exactly(value, int, "is not a whole number")
    if not abs(value) <= _MOST:  # NaN is not, either
        raise MisfitError("is not a finite number", value=value)
    return float(value)


def _is_collection(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin is tuple or origin is Mapping


def _is_choice(kind: Any) -> bool:
    """Whether values stay as they are, if they are among several: words, numbers, built records."""
    origin: Any = get_origin(kind)
    is_union = origin is UnionType and type(None) not in get_args(kind)
    return kind is object or origin is Literal or is_union


def _chosen(value: Any, kind: Any) -> Any:
    known = get_args(kind)
    if get_origin(kind) is not Literal:
        return _exactly(value, kind, "is of another type")
    if value not in known or isinstance(value, bool):
        raise MisfitError("is not one of " + ", ".join(map(str, known)), value=value)
    return value


def _exactly(value: Any, kind: Any, words: str) -> Any:
    is_disguised = isinstance(value, bool) and kind not in (bool, object)
    if not isinstance(value, kind) or is_disguised:
        raise MisfitError(words, value=value)
    return value


def strict_object(text: str | bytes, *, name: str, most_bytes: int = 1 << 20) -> dict[str, Any]:
    """Parse a stranger's JSON object; NaN, infinities and doubled keys are refused.

    Args:
        text: of the object.
        name: what messages call it.
        most_bytes: that it may have.

    Raises:
        ModelError: when it is too big, not JSON, or no object.
    """
    if len(text) > most_bytes:
        raise ModelError(f"{name} is larger than {most_bytes} bytes")
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{name} is not valid JSON") from error
    if not isinstance(document, dict):
        raise ModelError(f"{name} is not a JSON object")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key is given twice")
    return document


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
