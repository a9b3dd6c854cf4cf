"""The models that a studio offers: fast, better, best, and those that people have adapted."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Final

from photochrom.engine.colorizer import Colorizer
from photochrom.errors import InputError, ModelError
from photochrom.models.card import Card
from photochrom.models.contract import Signature, read_contract
from photochrom.models.ranking import ranked
from photochrom.models.registry import MODELS, contract_path, find_model, models_home

MODELS_FOLDER: Final = "models"  # below that of the results
_LOADED: Final = 2  # beside the one that the studio began with
_OWN: Final = "adapted: made from photographs of your own"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedModel:
    """A model that a person may choose.

    Attributes:
        name: by which it is asked for.
        title: what it is called, such as "Better".
        text: the rest in plain words.
        path: its file; None when it is not installed.
        way: what to run to get it; empty when it is installed.
    """

    name: str
    title: str
    text: str
    path: Path | None
    way: str = ""


class Models:
    """Offers models, and loads those that are asked for; safe from many threads.

    Args:
        first: the one that the studio was started with.
        folder: where people put models of their own, as well as among the fetched ones.
    """

    def __init__(self, first: Colorizer, folder: Path) -> None:
        self.first = first
        self.folder = folder
        self._loaded: OrderedDict[Path, Colorizer] = OrderedDict()
        self._lock = Lock()

    def offered(self) -> list[OfferedModel]:
        """List the models, from fast to best, then those of the person's own."""
        offered = [
            OfferedModel(
                name=choice.model,
                title=choice.level.title(),
                text=choice.text.partition(": ")[2],
                path=contract_path(find_model(choice.model)) if choice.is_installed else None,
                way=choice.way,
            )
            for choice in ranked()
        ]
        known = {row.name for row in MODELS}
        for file in sorted({*models_home().glob("*.onnx"), *self.folder.glob("*.onnx")}):
            if file.stem not in known and facts_of(file) is not None:
                known.add(file.stem)
                own = OfferedModel(name=file.stem, title=file.stem, text=_OWN, path=file)
                offered.append(own)
        name = self.first.card.name
        if name not in {each.name for each in offered}:
            offered.insert(0, OfferedModel(name=name, title=name, text="", path=Path()))
        return offered

    def find(self, name: str | None) -> Colorizer:
        """Load a model, or remember it.

        Args:
            name: of one that is offered; None for the one that the studio was started with.

        Raises:
            InputError: when it is not offered or not installed.
            ModelError: when its file is damaged.
        """
        if name is None or name == self.first.card.name:
            return self.first
        found = next((each for each in self.offered() if each.name == name), None)
        if found is None or found.path is None:
            raise InputError(f"the model {name} is not installed here")
        with self._lock:
            colorizer = self._loaded.pop(found.path, None) or Colorizer(found.path)
            self._loaded[found.path] = colorizer
            while len(self._loaded) > _LOADED:
                self._loaded.popitem(last=False)
        return colorizer


def facts_of(file: Path) -> tuple[Card, Signature] | None:
    """Read what a model file says of itself; None when it is no model."""
    try:
        return _facts(file, file.stat().st_mtime_ns)
    except (ModelError, OSError):
        return None


@lru_cache(maxsize=32)
def _facts(file: Path, _: int) -> tuple[Card, Signature]:
    return read_contract(file)
