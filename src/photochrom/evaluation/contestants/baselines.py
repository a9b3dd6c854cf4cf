"""Baselines that stand in every table: gray, the colors of other pictures, of other lightness."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from photochrom.arrays import F32, F64, U8
from photochrom.collection import Item
from photochrom.errors import InputError
from photochrom.evaluation.originals import Originals
from photochrom.evaluation.protocol import DEFAULT_PROTOCOL, protocol_by_name
from photochrom.evaluation.tally import Truth
from photochrom.metrics.intensity import sums_by_level
from photochrom.picture.pixels import put_chroma, resize, to_lab
from photochrom.work.parallel import in_parallel

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


_LEVELS: Final = 256


class LightnessLookup:
    """Color each pixel with the mean chroma that its lightness has in other photographs.

    A model that beats it on a kind of picture has learned more than "bright is sky". Fit it on
    other photographs of that kind than those that are measured.

    Attributes:
        chroma: (256, 2) float32, a* and b* by gray code.
    """

    def __init__(self, items: Sequence[Item], *, protocol: str = DEFAULT_PROTOCOL) -> None:
        """Measure photographs.

        Args:
            items: color photographs; gray originals are left out.
            protocol: how they are brought to size.

        Raises:
            InputError: when there is no such protocol, a picture is damaged, or none has color.
        """
        totals = np.zeros((_LEVELS, 3))  # pixels, sum of a*, sum of b*
        plan = protocol_by_name(protocol)
        for item in items:
            truth = Truth(plan.apply(item.read()))
            if not truth.is_gray:
                totals += _sums_by_level(truth)
        if not totals.any():
            raise InputError(f"none of the {len(items)} pictures has color to learn from")
        self.chroma = _fill(totals)

    def __call__(self, gray: U8) -> U8:
        """Color a gray picture (H, W); gives (H, W, 3)."""
        return put_chroma(gray, self.chroma[gray])


class OthersLookup:
    """Color each pixel with the mean chroma of its lightness in all other originals of the set.

    Args:
        originals: the collection that is measured; each is left out of what colors it.
    """

    def __init__(self, originals: Originals) -> None:
        usable = originals.usable
        counted = in_parallel(lambda each: _sums_by_level(Truth(originals.rgb(each.index))), usable)
        self._own = {each.index: sums for each, sums in zip(usable, counted, strict=True)}
        self._total = sum(self._own.values(), start=np.zeros((_LEVELS, 3)))

    def __call__(self, index: int, gray: U8) -> U8:
        """Color the gray picture (H, W) at a place of the collection; a lone one stays gray."""
        others = self._total - self._own[index]
        others[others[:, 0] < 0.5] = 0  # pixels are whole, so what is left of none is rounding
        chroma = _fill(others) if others.any() else np.zeros((_LEVELS, 2), np.float32)
        return put_chroma(gray, chroma[gray])


def _sums_by_level(truth: Truth) -> F64:
    """Add up pixels, a* and b* by gray code: (256, 3)."""
    return sums_by_level(truth.gray.ravel(), truth.lab[..., 1:].reshape(-1, 2).T, _LEVELS)


def _fill(totals: F64) -> F32:
    """Divide, and interpolate between neighbors where no photograph has a level."""
    seen = np.flatnonzero(totals[:, 0])
    means = totals[seen, 1:] / totals[seen, :1]
    levels = np.arange(_LEVELS)
    filled = [np.interp(levels, seen, means[:, channel]) for channel in range(2)]
    return np.stack(filled, axis=1).astype(np.float32)
