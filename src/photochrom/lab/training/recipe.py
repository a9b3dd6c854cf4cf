"""Recipes: everything that decides a training run, as one frozen dataclass and one TOML file."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

import cattrs
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError

from photochrom.errors import InputError
from photochrom.lab.networks.autochrome import AutochromeConfig

Precision = Literal["32-true", "bf16-mixed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a run does; every field can be set in TOML or by ``--set key=value``.

    Attributes:
        name: of the model that comes out.
        network: size of the network.
        steps: batches in all.
        batch_size: pictures per batch at 64 px; other sizes keep the number of pixels.
        seed: of weights, order and augmentation.
        sizes: sides in pixels to train at, drawn per batch.
        sides: sides in pixels at which pictures are kept in memory.
        held_out: pictures kept apart for validation.
        degraded: share of pictures made to look like old prints.
        learning_rate: peak of AdamW's, after the warm-up.
        weight_decay: of AdamW.
        warmup_steps: steps of linear warm-up.
        decay_share: last share of the steps, in which the rate falls linearly to zero.
        gradient_clip: largest norm of the gradient.
        average_decay: of the moving average of the weights, which is what is exported.
        neighbors: bins that share a color in the soft encoding.
        sigma: spread of the soft encoding and of the prior, in ab units.
        uniform_share: λ of the rebalancing, 0 to 1.
        rebalancing_power: 1 as CIC, 0.5 tempered, 0 none.
        classification: weight of the cross-entropy.
        regression: weight of the Huber loss of the final chroma.
        huber_delta: ab distance at which the Huber loss turns linear.
        precision: of the arithmetic.
        validate_every: steps between validations.
        checkpoint_minutes: minutes between checkpoints.
    """

    name: str
    network: AutochromeConfig = field(default_factory=AutochromeConfig)
    steps: int = 10_000
    batch_size: int = 64
    seed: int = 0
    sizes: tuple[int, ...] = (64,)
    sides: tuple[int, ...] = (64,)
    held_out: int = 1000
    degraded: float = 0.5
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup_steps: int = 200
    decay_share: float = 0.3
    gradient_clip: float = 1.0
    average_decay: float = 0.998
    neighbors: int = 5
    sigma: float = 5.0
    uniform_share: float = 0.5
    rebalancing_power: float = 0.5
    classification: float = 1.0
    regression: float = 0.1
    huber_delta: float = 10.0
    precision: Precision = "32-true"
    validate_every: int = 500
    checkpoint_minutes: float = 5.0

    def __post_init__(self) -> None:
        """Reject impossible values, naming the first."""
        least_one = ("steps", "batch_size", "neighbors", "validate_every", "held_out")
        for key in least_one:
            _require(getattr(self, key) >= 1, key, getattr(self, key), "at least 1")
        for key in ("degraded", "uniform_share", "decay_share", "average_decay"):
            _require(0 <= getattr(self, key) <= 1, key, getattr(self, key), "from 0 to 1")
        for key in ("learning_rate", "sigma", "huber_delta", "gradient_clip", "checkpoint_minutes"):
            _require(getattr(self, key) > 0, key, getattr(self, key), "above 0")
        for key in ("sizes", "sides"):
            values = getattr(self, key)
            _require(bool(values) and min(values) >= 16, key, values, "sides of 16 px or more")
        is_even = all(size % 16 == 0 for size in self.sizes)
        _require(is_even, "sizes", self.sizes, "multiples of 16")

    def to_dict(self) -> dict[str, Any]:
        """Give the resolved recipe as plain JSON values."""
        plain: dict[str, Any] = cattrs.Converter().unstructure(asdict(self))
        return plain


def _require(is_met: bool, key: str, value: object, allowed: str) -> None:
    if not is_met:
        raise InputError(f"{key} must be {allowed}, not {value}")


_CONVERTER: Final = cattrs.Converter(forbid_extra_keys=True)
_CONVERTER.register_structure_hook(int, lambda value, _: _exactly(value, int))
_CONVERTER.register_structure_hook(float, lambda value, _: float(_exactly(value, (int, float))))


def _exactly(value: Any, kind: Any) -> Any:
    """Refuse to turn "12", 1.5 or true into a number of another kind."""
    if isinstance(value, bool) or not isinstance(value, kind):
        raise TypeError(f"{value!r} is not a number of this kind")
    return value


def recipe_from_dict(values: Mapping[str, Any]) -> Recipe:
    """Build a recipe from plain values.

    Raises:
        InputError: in one line, for unknown keys and impossible values.
    """
    try:
        return _CONVERTER.structure(values, Recipe)
    except BaseValidationError as error:
        raise InputError(f"recipe: {_first_reason(error)}") from error


def _first_reason(error: BaseException) -> str:
    """Dig out the first reason of a nested validation error, with the key it speaks of."""
    key = ""
    while isinstance(error, BaseValidationError) and error.exceptions:
        error = error.exceptions[0]
        notes = " ".join(map(str, getattr(error, "__notes__", [])))
        key = notes.rpartition("attribute ")[2] or key
    if isinstance(error, ForbiddenExtraKeysError):
        known = ", ".join(field.name for field in fields(error.cl))
        return f"unknown key {', '.join(sorted(error.extra_fields))} (known: {known})"
    return f"{key}: {error}" if key else str(error)


def recipe_names() -> tuple[str, ...]:
    """List the recipes in the package."""
    folder = resources.files("photochrom.recipes")
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml")))


def load_recipe(name_or_path: str, settings: Iterable[str] = ()) -> Recipe:
    """Load a recipe and apply ``key=value`` settings.

    Args:
        name_or_path: a name of the package's recipes, or a TOML file.
        settings: values in TOML's notation, ``network.widths=[16,32,64,96]``.

    Raises:
        InputError: for an unknown recipe, broken TOML, unknown keys, impossible values.
    """
    values = _parse_toml(_recipe_text(name_or_path), name_or_path)
    for setting in settings:
        _merge(values, _parse_toml(_quoted(setting), f"--set {setting}"))
    return recipe_from_dict(values)


def _recipe_text(name_or_path: str) -> str:
    if name_or_path in recipe_names():
        return (resources.files("photochrom.recipes") / f"{name_or_path}.toml").read_text("utf-8")
    path = Path(name_or_path)
    if path.suffix != ".toml" or not path.is_file():
        raise InputError(f"no recipe {name_or_path!r}; there are: {', '.join(recipe_names())}")
    return path.read_text("utf-8")


def _quoted(setting: str) -> str:
    """Turn ``name=abc`` into TOML: a value that is not TOML is a string."""
    key, equals, value = setting.partition("=")
    if not equals:
        raise InputError(f"--set wants key=value, not {setting!r}")
    try:
        tomllib.loads(f"{key} = {value}")
    except tomllib.TOMLDecodeError:
        value = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{key} = {value}"


def _parse_toml(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source} is not TOML: {error}") from error


def _merge(values: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Lay changes over values, table by table."""
    for key, change in changes.items():
        if isinstance(change, Mapping) and isinstance(values.get(key), dict):
            _merge(values[key], change)
        else:
            values[key] = change
