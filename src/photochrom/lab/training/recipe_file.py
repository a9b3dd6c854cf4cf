"""Read recipes from TOML and from plain values: strictly, with reasons in one line."""

from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

from photochrom.errors import InputError
from photochrom.files import decoded
from photochrom.lab.networks.build import NETWORKS, NetworkConfig
from photochrom.lab.training.recipe import Recipe
from photochrom.records import MisfitError, record_of
from photochrom.texts import parse_toml

_DEFAULT_NETWORK: Final = "autochrome"  # what recipes meant before there were others


def recipe_from_dict(values: Mapping[str, Any]) -> Recipe:
    """Build a recipe from plain values.

    Raises:
        InputError: in one line, for unknown keys and impossible values.
    """
    try:
        if "network" in values:
            values = {**values, "network": _network(values["network"])}
        return record_of(Recipe, values)
    except MisfitError as error:
        raise InputError(f"the recipe {error}") from error


def _network(values: Any) -> NetworkConfig:
    """Find the configuration that the key `kind` names, and fill it."""
    kind = values.get("kind", _DEFAULT_NETWORK) if isinstance(values, Mapping) else values
    if kind not in NETWORKS:
        raise InputError(f"the recipe knows no network {kind!r}; there are: {', '.join(NETWORKS)}")
    return record_of(NETWORKS[kind], values)


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
