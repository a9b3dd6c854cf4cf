"""Read the human part of a model card from TOML."""

from pathlib import Path
from typing import Any, Final

from photochrom.errors import InputError, ModelError
from photochrom.files import decoded
from photochrom.lab.networks.prediction import ColorNetwork
from photochrom.lab.training.run import Run
from photochrom.models.card import Card
from photochrom.texts import json_line, parse_toml

_FILLED_BY_EXPORT: Final = {"bins", "recipe", "commit", "contract", "size_multiple", "base_sha256"}


def load_card(path: Path | None, run: Run, network: ColorNetwork) -> Card:
    """Make a card from a run and, if given, a TOML file of card values.

    A run that started from another model takes working size, saturation and training data from that
    model's card; else the working size is the largest size it was trained at.

    Args:
        path: TOML with any of the card's fields that a person writes, or None.
        run: what the card is about.
        network: of the run.

    Raises:
        InputError: when the file is not TOML, or has unknown or impossible values.
    """
    recipe, base = run.recipe(), run.base_card()
    values: dict[str, Any] = {
        "name": recipe.name,
        "working_size": max(recipe.sizes),
        "size_multiple": network.size_multiple,
        "temperature": network.temperature,
        "license": "unknown: set it with --card",
        "training_data": "unknown: set it with --card",
    }
    values |= _inherited(base) if base else {}
    values |= _read(path) if path is not None else {}
    try:
        return Card.from_json(json_line(values))
    except (ModelError, TypeError) as error:
        raise InputError(f"{path}: {error}") from error


def _inherited(base: Card) -> dict[str, Any]:
    return {
        "working_size": base.working_size,
        "saturation": base.saturation,
        "training_data": f"{base.training_data} Then photographs that --card should name.",
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        values = parse_toml(decoded(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a readable TOML file: {error}") from error
    forbidden = sorted(_FILLED_BY_EXPORT & set(values))
    if forbidden:
        raise InputError(f"{path}: {', '.join(forbidden)} are filled in by the export")
    return values
