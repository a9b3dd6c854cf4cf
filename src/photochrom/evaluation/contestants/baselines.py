"""Baselines that stand in every table: gray, and the colors of some other picture."""

from typing import Final

import numpy as np

from photochrom.arrays import U8
from photochrom.evaluation.originals import Originals
from photochrom.picture.pixels import put_chroma, resize, to_lab

GRAY: Final = "gray"
RANDOM_COLORS: Final = "random-colors"
PER_LIGHTNESS: Final = "per-lightness"
BASELINES: Final = (GRAY, RANDOM_COLORS, PER_LIGHTNESS)


def colorize_gray(gray: U8) -> U8:
    """Leave the picture gray: (H, W) to (H, W, 3)."""
    return np.repeat(gray[..., None], 3, axis=-1)


class RandomColors:
    """Put the chroma of another, seeded random picture of the set on each picture's lightness.

    Args:
        originals: the collection that is measured.
        seed: same seed, same partners.
    """

    def __init__(self, originals: Originals, *, seed: int = 0) -> None:
        self._originals = originals
        self._seed = seed

    def __call__(self, index: int, gray: U8) -> U8:
        """Color the gray picture (H, W) at a position of the collection; gives (H, W, 3)."""
        partner = self._partner(index)
        return put_chroma(gray, to_lab(resize(partner, *gray.shape))[..., 1:])

    def _partner(self, index: int) -> U8:
        """Find the next color picture after a random one; a lone picture is turned around."""
        count = len(self._originals)
        first = int(np.random.default_rng([self._seed, index]).integers(1, max(count, 2)))
        for step in range(count):
            other = (index + first + step) % count
            if other != index and self._originals[other].is_usable:
                return self._originals.rgb(other)
        return np.ascontiguousarray(self._originals.rgb(index)[::-1, ::-1])
