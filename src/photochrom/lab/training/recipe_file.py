"""Read recipes from TOML and from plain values: strictly, with reasons in one line."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from importlib import resources
from pathlib import Path
from typing import Any, Final

import cattrs
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError

from photochrom.errors import InputError
from photochrom.files import decoded
from photochrom.lab.networks.build import NETWORKS, NetworkConfig
from photochrom.lab.training.recipe import Recipe
from photochrom.texts import parse_toml

_DEFAULT_NETWORK: Final = "autochrome"  # what recipes meant before there were others

_CONVERTER: Final = cattrs.Converter(forbid_extra_keys=True)
_CONVERTER.register_structure_hook(int, lambda value, _: _exactly(value, int))
_CONVERTER.register_structure_hook(float, lambda value, _: float(_exactly(value, (int, float))))
_CONVERTER.register_structure_hook(int | float, lambda value, _: _exactly(value, (int, float)))
_CONVERTER.register_structure_hook(bool, lambda value, _: _yes_or_no(value))
_CONVERTER.register_structure_hook(str, lambda value, _: _text(value))
_CONVERTER.register_structure_hook(NetworkConfig, lambda value, _: _network(value))


def _exactly(value: Any, kind: Any) -> Any:
    """Refuse to turn "12", 1.5 or true into a number of another kind."""
    if isinstance(value, bool) or not isinstance(value, kind):
        raise TypeError(f"{value!r} is not a number of this kind")
    return value


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _network(values: Any) -> NetworkConfig:
    """Find the configuration that the key `kind` names, and fill it."""
    kind = values.get("kind", _DEFAULT_NETWORK) if isinstance(values, Mapping) else values
    if kind not in NETWORKS:
        raise ValueError(f"no network {kind!r}; there are: {', '.join(NETWORKS)}")
    config: NetworkConfig = _CONVERTER.structure(values, NETWORKS[kind])
    return config


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
    try:
        return decoded(path.read_bytes())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as TOML: {error}") from error


def _quoted(setting: str) -> str:
    """Turn ``name=abc`` into TOML: a value that is not TOML is a string."""
    key, equals, value = setting.partition("=")
    if not equals:
        raise InputError(f"--set wants key=value, not {setting!r}")
    try:
        parse_toml(f"{key} = {value}")
    except ValueError:
        value = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{key} = {value}"


def _parse_toml(text: str, source: str) -> dict[str, Any]:
    try:
        return parse_toml(text)
    except ValueError as error:
        raise InputError(f"{source} is not TOML: {error}") from error


def _merge(values: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Lay changes over values, table by table."""
    for key, change in changes.items():
        if isinstance(change, Mapping) and isinstance(values.get(key), dict):
            _merge(values[key], change)
        else:
            values[key] = change
