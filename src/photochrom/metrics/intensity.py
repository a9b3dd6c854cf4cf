"""The object-or-intensity probe: how much of a model's color follows from lightness alone."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.arrays import F32, F64

LEVELS: Final = 64  # of L*, 0 to 100
_FLAT: Final = 1e-3  # variance of chroma below which there is one color, but for rounding


def level_sums(lab: F32) -> F64:
    """Add up colors by level of lightness; sums of pictures add up.

    Args:
        lab: (..., 3) L*, a*, b*.

    Returns:
        (64, 4) pixels, sums of a*, of b*, and of a*² + b*², by level of L*.

    >>> level_sums(np.float32([[0, 3, 4], [100, 1, 0]]))[[0, 63]].tolist()
    [[1.0, 3.0, 4.0, 25.0], [1.0, 1.0, 0.0, 1.0]]
    """
    flat = lab.reshape(-1, 3)
    levels = np.clip(flat[:, 0] * (LEVELS / 100), 0, LEVELS - 1).astype(np.int64)
    a, b = flat[:, 1].astype(np.float64), flat[:, 2].astype(np.float64)
    return sums_by_level(levels, (a, b, a * a + b * b), LEVELS)


def sums_by_level(levels: NDArray[np.integer], columns: Iterable[F64 | F32], count: int) -> F64:
    """Count the pixels of each level, and add up columns: (count, 1 + columns).

    >>> sums_by_level(np.array([0, 2, 2]), [np.array([5.0, 1, 2])], 3).tolist()
    [[1.0, 5.0], [0.0, 0.0], [2.0, 3.0]]
    """
    sums = [np.bincount(levels, weights=each, minlength=count) for each in (None, *columns)]
    return np.stack(sums, axis=1).astype(np.float64)


def explained_by_lightness(sums: F64) -> F64:
    """Compute the share of the variance of chroma that the best lookup by lightness explains.

    Args:
        sums: (..., 64, 4) of ``level_sums``, added over pictures.

    Returns:
        (...) percent: 100 when each lightness always gets the same color, which is what a model
        that sees no objects does; 0 when lightness says nothing. NaN where all is one color or
        there is no pixel.

    Source: the correlation ratio (Pearson 1905) of the pair a*, b* given the level of L*.

    >>> bright_and_dark = np.zeros((64, 4))
    >>> bright_and_dark[0] = 2, 20, 0, 202  # two dark pixels with a* of 9 and 11
    >>> bright_and_dark[63] = 2, 0, 0, 2  # two light ones with -1 and 1
    >>> round(float(explained_by_lightness(bright_and_dark)), 2)  # 100 / 104 of the variance
    96.15
    """
    pixels, squares = sums[..., 0], sums[..., 3].sum(axis=-1)
    totals = sums[..., 1:3]
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (totals.sum(axis=-2) ** 2).sum(axis=-1) / pixels.sum(axis=-1)
        between = np.nan_to_num((totals**2).sum(axis=-1) / pixels).sum(axis=-1)
        spread = squares - middle
        share = np.where(
            spread > _FLAT * sums[..., 0].sum(axis=-1), (between - middle) / spread, np.nan
        )
    return np.asarray(100 * share)


def mean_chroma(sums: F64) -> F64:
    """Give the mean a* and b* of ``level_sums`` (..., 64, 4), as (..., 2); NaN without pixels."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 1:3].sum(axis=-2) / sums[..., 0].sum(axis=-1)[..., None])
