"""A run folder: where everything that a run leaves behind lies."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photochrom.errors import RunError
from photochrom.files import write_whole
from photochrom.lab.training.recipe import Recipe, recipe_from_dict
from photochrom.models.card import Card
from photochrom.texts import json_page, parse_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run folder: recipe, splits, curves, checkpoints."""

    folder: Path

    @property
    def recipe_file(self) -> Path:
        """The resolved recipe, as JSON."""
        return self.folder / "recipe.json"

    @property
    def environment_file(self) -> Path:
        """Versions, machine, counts, as JSON."""
        return self.folder / "environment.json"

    @property
    def splits_file(self) -> Path:
        """Which picture went where, as CSV with checksums."""
        return self.folder / "splits.csv"

    @property
    def base_card_file(self) -> Path:
        """The card of the model that the run started from, if it did."""
        return self.folder / "base-card.json"

    def base_card(self) -> Card | None:
        """Read the card of the model that the run started from; None when it started from none."""
        if not self.base_card_file.exists():
            return None
        return Card.from_json(self.base_card_file.read_text("utf-8"))

    @property
    def checkpoint(self) -> Path:
        """The newest checkpoint."""
        return self.folder / "checkpoints" / "last.ckpt"

    @property
    def best_checkpoint(self) -> Path:
        """The checkpoint with the lowest loss on the held-out pictures."""
        return self.folder / "checkpoints" / "best.ckpt"

    def recipe(self) -> Recipe:
        """Read the recipe back.

        Raises:
            RunError: when the folder is not a run.
        """
        try:
            return recipe_from_dict(_table(self.recipe_file))
        except (OSError, ValueError) as error:
            message = f"{self.folder} is not a run folder: no readable recipe.json"
            raise RunError(message) from error

    def environment(self) -> dict[str, Any]:
        """Read versions, machine and counts back; empty for old runs, which have none.

        Raises:
            RunError: when the file is damaged.
        """
        try:
            return _table(self.environment_file)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise RunError(f"{self.environment_file} cannot be read: {error}") from error

    @staticmethod
    def write_json(path: Path, values: Any) -> None:
        """Write a file of the run whole."""
        write_whole(path, json_page(values))


def _table(path: Path) -> dict[str, Any]:
    values = parse_json(path.read_text("utf-8"))
    if not isinstance(values, dict):
        raise ValueError("it is not a table of names and values")  # noqa: TRY004 - of a file
    return values
