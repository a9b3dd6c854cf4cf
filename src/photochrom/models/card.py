"""The card of a model: everything it says about itself, carried as JSON inside its file."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any, Final, NoReturn

from photochrom.errors import ModelError

CONTRACT_VERSION: Final = 1
MAX_CARD_BYTES: Final = 1 << 20
_MAX_NAME: Final = 100
_MOST_NEUTRAL: Final = 1000.0  # far beyond colors and labels, inside every number type

ADAPTATION: Final = "adaptation"  # key of the recipe of models that `photochrom adapt` wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a model says about itself.

    Attributes:
        name: short name, printable, at most 100 characters.
        working_size: N; photographs are shrunk to an area of N x N pixels for the network.
        size_multiple: height and width given to the network are multiples of this.
        license: license of the weights, an SPDX expression where there is one.
        training_data: what it was trained on, in words.
        temperature: T that turned the distribution into the chroma output, 0.01 to 100; None when
            it has none.
        saturation: chroma multiplier that the authors recommend, 0 to 2.
        bins: (a*, b*) centers of the distribution's classes.
        neutral_inputs: optional inputs of the graph and the value that means "nothing given".
        labels: names of the labels 1 to K of an adapted model.
        metrics: measured numbers by name.
        recipe: the resolved recipe it was trained with.
        base_sha256: SHA-256 of the model it was adapted from.
        commit: commit of the code that made it.
        description: what else a person should know.
        contract: version of the contract the file follows.
    """

    name: str
    working_size: int
    size_multiple: int
    license: str
    training_data: str
    temperature: float | None = None
    saturation: float = 1.0
    bins: tuple[tuple[float, float], ...] = ()
    neutral_inputs: Mapping[str, float] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    base_sha256: str | None = None
    commit: str | None = None
    description: str = ""
    contract: int = CONTRACT_VERSION

    def __post_init__(self) -> None:
        """Reject values outside their documented range."""
        _check(0 < len(self.name) <= _MAX_NAME and self.name.isprintable(), "name", self.name)
        _check(16 <= self.working_size <= 4096, "working_size", self.working_size)
        _check(1 <= self.size_multiple <= 1024, "size_multiple", self.size_multiple)
        _check(self.temperature is None or 0.01 <= self.temperature <= 100, "temperature", "")
        _check(0 <= self.saturation <= 2, "saturation", self.saturation)
        for name, value in self.neutral_inputs.items():
            _check(abs(value) <= _MOST_NEUTRAL, "neutral_inputs", name)
        _check(self.contract == CONTRACT_VERSION, "contract", self.contract)

    def to_json(self) -> str:
        """Write the card as one JSON object with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True, allow_nan=False, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Card":
        """Read a card from a stranger's JSON.

        Args:
            text: one JSON object, at most 1 MiB.

        Returns:
            The card, every field of its declared type.

        Raises:
            ModelError: when it is too big, not JSON, of a newer contract, or when a key is
                unknown, missing, doubled or of the wrong type.
        """
        document = parse_object(text)
        _refuse_newer(document.get("contract", CONTRACT_VERSION))
        known = {f.name for f in fields(cls)}
        unknown = sorted(document.keys() - known)
        if unknown:
            raise ModelError(f"the model's card has an unknown key {unknown[0][:40]!r}")
        needed = {f.name for f in fields(cls) if f.default is f.default_factory is MISSING}
        missing = sorted(needed - document.keys())
        if missing:
            raise ModelError(f"the model's card lacks {missing[0]!r}")
        return cls(**{key: _READERS[key](key, value) for key, value in document.items()})


def _check(is_good: bool, key: str, value: object) -> None:
    if not is_good:
        raise ModelError(f"the model's card has a bad {key!r}: {str(value)[:40]!r}")


def parse_object(text: str | bytes) -> dict[str, Any]:
    """Parse a stranger's JSON object; NaN, infinities and doubled keys are refused.

    Args:
        text: at most 1 MiB.

    Raises:
        ModelError: when it is too big, not JSON, or no object.
    """
    if len(text) > MAX_CARD_BYTES:
        raise ModelError(f"the model's card is larger than {MAX_CARD_BYTES} bytes")
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ModelError("the model's card is not valid JSON") from error
    if not isinstance(document, dict):
        raise ModelError("the model's card is not a JSON object")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key is given twice")
    return document


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _refuse_newer(version: Any) -> None:
    if _integer("contract", version) > CONTRACT_VERSION:
        raise ModelError(
            f"the model follows contract {version}, this photochrom reads up to contract "
            f"{CONTRACT_VERSION}; a newer photochrom is needed"
        )


def _wrong_type(key: str, expected: str) -> ModelError:
    return ModelError(f"the model's card has a {key!r} that is not {expected}")


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type(key, "text")
    return value


def _optional_text(key: str, value: Any) -> str | None:
    return None if value is None else _text(key, value)


def _integer(key: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong_type(key, "a whole number")
    return value


def _number(key: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > 1e300:
        raise _wrong_type(key, "a finite number")
    return float(value)


def _optional_number(key: str, value: Any) -> float | None:
    return None if value is None else _number(key, value)


def _object(key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_type(key, "an object")
    return value


def _numbers(key: str, value: Any) -> dict[str, float]:
    return {name: _number(key, number) for name, number in _object(key, value).items()}


def _items(key: str, value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise _wrong_type(key, "a list")
    return value


def _texts(key: str, value: Any) -> tuple[str, ...]:
    return tuple(_text(key, item) for item in _items(key, value))


def _bins(key: str, value: Any) -> tuple[tuple[float, float], ...]:
    pairs = [_items(key, item) for item in _items(key, value)]
    if any(len(pair) != 2 for pair in pairs):
        raise _wrong_type(key, "a list of (a*, b*) pairs")
    centers = tuple((_number(key, a), _number(key, b)) for a, b in pairs)
    if not all(math.hypot(*center) < 256 for center in centers):
        raise _wrong_type(key, "a list of colors")
    return centers


_READERS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "name": _text,
    "working_size": _integer,
    "size_multiple": _integer,
    "license": _text,
    "training_data": _text,
    "temperature": _optional_number,
    "saturation": _number,
    "bins": _bins,
    "neutral_inputs": _numbers,
    "labels": _texts,
    "metrics": _numbers,
    "recipe": _object,
    "base_sha256": _optional_text,
    "commit": _optional_text,
    "description": _text,
    "contract": _integer,
}
