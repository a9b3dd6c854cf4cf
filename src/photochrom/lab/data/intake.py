"""One pass over a collection: decode it, look at it, keep what fits into memory."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.collection import Collection, Item
from photochrom.errors import InputError
from photochrom.lab.data.decoding import WORKERS, Decoded, Look, decode, look_at

_BLOCK: Final = 256  # decoded by threads, then looked at by one: threads that compute only queue


@dataclass(slots=True)
class Intake:
    """What is known of the pictures of a collection, by their places in it.

    Attributes:
        room_bytes: what is left for pixels; below zero none are kept.
        looks: a look at each picture that could be decoded.
        unreadable: for each that could not, why.
        pixels: (side, side, 3) uint8 of each that has color, as long as there is room for all.
    """

    room_bytes: int
    looks: dict[int, Look] = field(default_factory=dict)
    unreadable: dict[int, str] = field(default_factory=dict)
    pixels: dict[int, NDArray[np.uint8]] = field(default_factory=dict)

    @property
    def overflows(self) -> bool:
        """Whether there was not enough room, so that no pixels were kept."""
        return self.room_bytes < 0

    def add(self, outcomes: Mapping[int, Decoded | str]) -> None:
        """Look at some more pictures.

        Args:
            outcomes: pictures, or why there is none, by their places.
        """
        self.unreadable |= {n: found for n, found in outcomes.items() if isinstance(found, str)}
        decoded = {n: found for n, found in outcomes.items() if not isinstance(found, str)}
        looks = dict(zip(decoded, look_at(list(decoded.values())), strict=True))
        self.looks |= looks
        if not self.overflows:
            self._keep({n: decoded[n].pixels for n, look in looks.items() if not look.is_gray})

    def _keep(self, pixels: Mapping[int, NDArray[np.uint8]]) -> None:
        self.pixels |= pixels
        self.room_bytes -= sum(each.nbytes for each in pixels.values())
        if self.overflows:
            self.pixels.clear()


def take_in(collection: Collection, sides: Sequence[int], room_bytes: int) -> Intake:
    """Decode a whole collection with threads.

    Args:
        collection: any pictures.
        sides: of their squares in pixels; each gets the largest that it reaches.
        room_bytes: how many pixels may be kept.

    Returns:
        What is known of each picture.
    """
    intake = Intake(room_bytes)
    with ThreadPoolExecutor(WORKERS) as pool:
        for start in range(0, len(collection), _BLOCK):
            block = collection[start : start + _BLOCK]
            outcomes = pool.map(partial(_attempt, sorted(sides)), block)
            intake.add(dict(enumerate(outcomes, start)))
    return intake


def _attempt(sides: Sequence[int], item: Item) -> Decoded | str:
    """Decode one picture, or say why not."""
    try:
        return decode(item, sides)
    except (InputError, OSError) as error:
        return str(error)
