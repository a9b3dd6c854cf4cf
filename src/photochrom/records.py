"""Records from people's and strangers' JSON and TOML: every field of its type, or the reason.

By hand, as `colorize` reads a card each time: cattrs does the same, and loading it took a tenth of
a second, a tenth of the command.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache, partial
from types import NoneType, UnionType
from typing import (
    Any,
    Final,
    Literal,
    NoReturn,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from photochrom.errors import ModelError, PhotochromError

Record = TypeVar("Record")

_MOST: Final = 1e300  # inside every number type
_SCALARS: Final = (bool, int, float, str)
_SHOWN: Final = 40  # characters of a stranger's key
_origin_of: Final[Callable[[Any], Any]] = cache(get_origin)  # asked of each value
_args_of: Final[Callable[[Any], tuple[Any, ...]]] = cache(get_args)


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


def record_of(
    kind: type[Record], values: object, *, is_open: bool = False, key: str = ""
) -> Record:
    """Build a dataclass from what JSON or TOML holds; nothing is converted but lists to tuples.

    Fields may be int, float (finite; whole numbers fit, too), bool, str, Path, Any, a Literal, an
    enumeration, another dataclass, one of these or None, a tuple of them, or a Mapping to them.
    Values of a choice of dataclasses are built before.

    Args:
        kind: the dataclass; what its own checks raise comes through.
        values: by name.
        is_open: pass over keys that are no field.
        key: of the record, where it lies in another.

    Raises:
        MisfitError: when a key is missing, unknown, or has a value of another type.

    >>> from photochrom.picture.geometry.turn import Turn
    >>> record_of(Turn, {"orientation": "1"})
    Traceback (most recent call last):
    photochrom.records.MisfitError: has a bad 'orientation': '1' is not a number
    """
    if not isinstance(values, Mapping):
        raise _misfit(key, values, "is not an object")
    known, built = _fields_of(cast(Any, kind)), {}
    for name, (inner, takes_none, is_needed) in known.items():
        place = f"{key}.{name}" if key else name
        if name in values:
            value = values[name]
            is_none = value is None and takes_none
            read = _scalar if inner in _SCALARS else partial(_value, is_open=is_open)
            built[name] = None if is_none else read(inner, value, place)
        elif is_needed:
            raise MisfitError(f"lacks {place!r}", key=place)
    unknown = sorted(values.keys() - known.keys())
    if unknown and not is_open:
        words = f"has an unknown key {unknown[0][:_SHOWN]!r}; there are {', '.join(known)}"
        raise MisfitError(words, key=unknown[0])
    try:
        return kind(**built)
    except (PhotochromError, MisfitError):
        raise
    except (ValueError, TypeError) as error:
        words = f"has a bad {key!r}: {error}" if key else str(error)
        raise MisfitError(words, key=key) from error


@cache
def _fields_of(kind: Any) -> dict[str, tuple[Any, bool, bool]]:
    """Give the type of each field but for None, whether it may be None, and must be there."""
    found = {}
    types = get_type_hints(kind)
    for item in fields(kind):
        inner, args = types[item.name], get_args(types[item.name])
        takes_none = NoneType in args
        if takes_none and len(args) == 2:
            inner = next(each for each in args if each is not NoneType)
        is_needed = item.default is item.default_factory is MISSING
        found[item.name] = (inner, takes_none, is_needed)
    return found


def _value(kind: Any, value: Any, key: str, *, is_open: bool) -> Any:
    origin, args = _origin_of(kind), _args_of(kind)
    if kind in (Any, object) or (value is None and NoneType in args):
        return value
    if origin in (Union, UnionType):
        kinds = tuple(each for each in args if each is not NoneType)
        if len(kinds) == 1:
            return _value(kinds[0], value, key, is_open=is_open)
        return _exactly(kinds, value, key, "is of another type")
    if origin is Literal and (value not in args or isinstance(value, bool)):
        raise _misfit(key, value, "is not one of " + ", ".join(map(str, args)))
    if origin is Literal:
        return value
    if origin in (tuple, dict, Mapping):
        return _items(origin, args, value, key, is_open=is_open)
    read = partial(record_of, is_open=is_open) if is_dataclass(kind) else _scalar
    return read(kind, value, key=key)


def _items(origin: Any, kinds: tuple[Any, ...], value: Any, key: str, *, is_open: bool) -> Any:
    if origin is not tuple:
        named = _exactly(Mapping, value, key, "is not an object")
        return {name: _value(kinds[1], each, key, is_open=is_open) for name, each in named.items()}
    values = _exactly((list, tuple), value, key, "is not a list")
    if kinds[1:] == (...,):
        kinds = (kinds[0],) * len(values)
    if len(values) != len(kinds):
        raise _misfit(key, value, f"is not a list of {len(kinds)}")
    pairs = zip(kinds, values, strict=True)
    return tuple(_value(kind, each, key, is_open=is_open) for kind, each in pairs)


def _scalar(kind: Any, value: Any, key: str) -> Any:
    """Refuse to take "12", 1.5 or true for a number of another kind."""
    if kind is bool:
        return _exactly(bool, value, key, "is neither true nor false")
    if kind not in (int, float):  # text, a path or an enumeration
        try:
            return kind(_exactly(str, value, key, "is not text"))
        except MisfitError:
            raise
        except ValueError as error:
            raise MisfitError(f"has a bad {key!r}: {error}", key=key, value=value) from error
    _exactly((int, float), value, key, "is not a number")
    if kind is int:
        return _exactly(int, value, key, "is not a whole number")
    if not abs(value) <= _MOST:  # NaN is not, either
        raise _misfit(key, value, "is not a finite number")
    return float(value)


def _exactly(kind: Any, value: Any, key: str, words: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _misfit(key, value, words)
    return value


def _misfit(key: str, value: object, words: str) -> MisfitError:
    told = f"has a bad {key!r}: {repr(value)[:_SHOWN]} {words}" if key else words
    return MisfitError(told, key=key, value=value)


def strict_object(text: str | bytes, *, name: str, most_bytes: int = 1 << 20) -> dict[str, Any]:
    """Parse a stranger's JSON object; NaN, infinities and doubled keys are refused.

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
