"""Everything that can stand in a table: models, finished results, baselines, in one form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol, runtime_checkable

from photochrom.arrays import F32, U8
from photochrom.collection import open_collection
from photochrom.collection.matching import OriginalsByName, ResultsByName, key_of
from photochrom.errors import InputError
from photochrom.evaluation.contestants.baselines import (
    BASELINES,
    GRAY,
    PER_LIGHTNESS,
    RANDOM_COLORS,
    OthersLookup,
    RandomColors,
    colorize_gray,
)
from photochrom.evaluation.originals import Originals

Colorize = Callable[[U8], U8]  # (H, W) uint8 gray to (H, W, 3) uint8 sRGB


@dataclass(frozen=True, slots=True)
class Painted:
    """What a contestant made of one picture.

    Attributes:
        rgb: (H, W, 3) uint8 sRGB.
        confidence: (h, w) float32 in [0, 1] of the whole picture; None when none is told.
    """

    rgb: U8
    confidence: F32 | None = None


@runtime_checkable
class Confident(Protocol):
    """A colorizer that also tells where it is sure."""

    def paint(self, gray: U8) -> Painted:
        """Color a picture (H, W) uint8."""


class Contestant(Protocol):
    """Something in the table, told each picture's place in the collection."""

    @property
    def identity(self) -> str:
        """The same for the same results; "" when that is not known."""

    def __call__(self, index: int, gray: U8) -> Painted:
        """Color the picture (H, W) at a place of the collection."""


class FinishedResults:
    """Pictures colored by anything, matched to the originals by name.

    Attributes:
        without_original: names of results that belong to no original.

    Args:
        folder: where they lie, with the sub-folders of the originals; suffixes may differ.
        originals: all of them.

    Raises:
        InputError: when the folder holds no picture or none that matches.
    """

    def __init__(self, folder: Path, originals: Originals) -> None:
        self._folder = folder
        self._originals = originals
        results = list(open_collection(folder))
        self._results = ResultsByName(results)
        by_name = OriginalsByName(original.item for original in originals)
        self.without_original = tuple(
            result.name for result in results if by_name.find(result.name) is None
        )
        if len(self.without_original) == len(results):
            message = f"no picture in {folder} is named like an original"
            raise InputError(f"{message}: {results[0].name} there, {originals[0].item.name} here")

    @property
    def identity(self) -> str:
        """A checksum of all results that are used."""
        found = (self._results.find(original.item.name) for original in self._originals)
        sums = ["" if item is None else sha256(item.load()).hexdigest() for item in found]
        return sha256(" ".join(sums).encode()).hexdigest()

    def __call__(self, index: int, gray: U8) -> Painted:
        """Give the finished picture of an original, at the size of the protocol.

        Raises:
            InputError: when there is none, or its size is not the original's.
        """
        original = self._originals[index]
        result = self._results.find(original.item.name)
        if result is None:
            raise InputError(f"{self._folder} has no picture named {key_of(original.item.name)}")
        full = result.read()
        protocol = self._originals.protocol
        picture = protocol.apply(full)
        if picture.shape[:2] != gray.shape:
            sizes = [
                f"{width} × {height}" for height, width in (full.shape[:2], original.full_size)
            ]
            message = (
                f"{result.name} in {self._folder} is {sizes[0]} pixels, its original {sizes[1]}"
            )
            raise InputError(f"{message}; the protocol stretch-256 compares them all the same")
        return Painted(picture)


def gather(
    models: Mapping[str, Colorize], results: Mapping[str, Path], originals: Originals
) -> dict[str, Contestant]:
    """Bring models, finished results and baselines to one form, in the order of the table.

    Raises:
        InputError: when a name stands twice or belongs to a baseline.
    """
    for name in results:
        if name in models or name in BASELINES:
            raise InputError(f"the name {name} is taken; give the results another")
    contestants: dict[str, Contestant] = {
        name: Colored(colorize) for name, colorize in models.items() if name not in BASELINES
    }
    for name, folder in results.items():
        contestants[name] = FinishedResults(folder, originals)
    contestants[GRAY] = Colored(colorize_gray, GRAY)
    contestants[RANDOM_COLORS] = Placed(RandomColors(originals), RANDOM_COLORS)
    contestants[PER_LIGHTNESS] = Placed(OthersLookup(originals), PER_LIGHTNESS)
    return contestants


class Colored:
    """A colorizer that does not care where in the collection a picture lies."""

    def __init__(self, colorize: Colorize, identity: str = "") -> None:
        self._colorize = colorize
        self.identity: str = getattr(colorize, "identity", identity)

    def __call__(self, index: int, gray: U8) -> Painted:
        """Color a picture, with confidence where the colorizer tells it."""
        if isinstance(self._colorize, Confident):
            return self._colorize.paint(gray)
        return Painted(self._colorize(gray))


class Placed:
    """A baseline that looks at the other pictures of the collection."""

    def __init__(self, color: Callable[[int, U8], U8], identity: str) -> None:
        self._color = color
        self.identity = identity

    def __call__(self, index: int, gray: U8) -> Painted:
        """Color the picture at a place of the collection."""
        return Painted(self._color(index, gray))
