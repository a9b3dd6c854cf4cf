"""Everything that can stand in a table: models, finished results, baselines, in one form."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from photochrom.collection import Item, open_collection
from photochrom.engine.result import RESULT_SUFFIX
from photochrom.errors import InputError
from photochrom.evaluation.baselines import (
    BASELINES,
    GRAY,
    RANDOM_COLORS,
    RandomColors,
    colorize_gray,
)
from photochrom.evaluation.protocol import Protocol

U8 = NDArray[np.uint8]

Colorize = Callable[[U8], U8]  # (H, W) uint8 gray to (H, W, 3) uint8 sRGB
Contestant = Callable[[int, U8], U8]  # the same, told the picture's place in the collection


class FinishedResults:
    """Pictures colored by anything, matched to the originals by name.

    Args:
        folder: where they lie, with the sub-folders of the originals; suffixes may differ.
        items: the originals.
        protocol: how both are brought to size.

    Raises:
        InputError: when the folder holds no picture or none that matches.
    """

    def __init__(self, folder: Path, items: Sequence[Item], protocol: Protocol) -> None:
        self._folder = folder
        self._items = items
        self._protocol = protocol
        self._by_key = {key: item for item in open_collection(folder) for key in _keys(item.name)}
        keys = {key for item in items for key in _keys(item.name)}
        if not keys & set(self._by_key):
            found = next(iter(self._by_key.values())).name
            message = f"no picture in {folder} is named like an original"
            raise InputError(f"{message}: {found} there, {items[0].name} here")

    def __call__(self, index: int, gray: U8) -> U8:
        """Give the finished picture of an original, at the size of the protocol.

        Raises:
            InputError: when there is none, or its size is not the original's.
        """
        original = self._items[index]
        result = self._by_key.get(original.name) or self._by_key.get(_key(original.name))
        if result is None:
            raise InputError(f"{self._folder} has no picture named {_key(original.name)}")
        picture = self._protocol.apply(result.read())
        if picture.shape[:2] != gray.shape:
            shape, expected = picture.shape[:2], gray.shape
            message = f"{result.name} in {self._folder} is {shape}, its original {expected}"
            raise InputError(f"{message}; the protocol stretch-256 compares them all the same")
        return picture


def _key(name: str) -> str:
    """Drop the suffix of a relative path.

    >>> _key("birds/a.1.jpg")
    'birds/a.1'
    """
    return str(PurePosixPath(name).with_suffix(""))


def _keys(name: str) -> set[str]:
    """Give the names of originals that a result may belong to, with and without a suffix."""
    key, suffix = _key(name), PurePosixPath(name).suffix
    original = key.removesuffix(RESULT_SUFFIX)
    return {key, original, key + suffix, original + suffix}


def gather(
    models: Mapping[str, Colorize],
    results: Mapping[str, Path],
    items: Sequence[Item],
    protocol: Protocol,
) -> dict[str, Contestant]:
    """Bring models, finished results and baselines to one form, in the order of the table.

    Raises:
        InputError: when a name stands twice or belongs to a baseline.
    """
    for name in results:
        if name in models or name in BASELINES:
            raise InputError(f"the name {name} is taken; give the results another")
    contestants: dict[str, Contestant] = {
        name: _without_index(colorize) for name, colorize in models.items() if name not in BASELINES
    }
    for name, folder in results.items():
        contestants[name] = FinishedResults(folder, items, protocol)
    contestants[GRAY] = _without_index(colorize_gray)
    contestants[RANDOM_COLORS] = RandomColors(items, protocol)
    return contestants


def _without_index(colorize: Colorize) -> Contestant:
    """Wrap a colorizer that does not care where in the collection a picture lies."""
    return lambda _, gray: colorize(gray)
