"""Color histograms: whether a set of pictures has the right amount of every color."""

import numpy as np

from photochrom.arrays import F32, F64
from photochrom.color.bins import cic_bins
from photochrom.metrics.rarity import nearest_bins


def color_counts(lab: F32) -> F64:
    """Count the pixels in each of CIC's 313 cells of the a* b* plane; counts of pictures add up.

    Args:
        lab: (..., 3) L*, a*, b*.

    Returns:
        (313,) pixels.

    >>> counts = color_counts(np.float32([[50, 0, 0], [70, 1, -1], [50, 40, 40]]))
    >>> counts.max(), counts.sum()
    (np.float64(2.0), np.float64(3.0))
    """
    counts = np.bincount(nearest_bins(lab).ravel(), minlength=len(cic_bins()))
    return counts.astype(np.float64)


def histogram_distance(first: F64, second: F64) -> F64:
    """Measure which share of the pixels would have to change color to match; lower is better.

    Args:
        first: (..., Q) counts or shares per cell.
        second: the same shape.

    Returns:
        (...) percent, 0 for equal shares to 100 for no color in common: half the sum of the
        absolute differences of the shares (total variation).

    >>> histogram_distance(np.array([3.0, 1.0, 0.0]), np.array([1.0, 1.0, 2.0]))
    np.float64(50.0)
    """
    shares = [counts / counts.sum(axis=-1, keepdims=True) for counts in (first, second)]
    return np.asarray(50 * np.abs(shares[0] - shares[1]).sum(axis=-1))[()]
