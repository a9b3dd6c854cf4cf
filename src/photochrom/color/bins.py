"""The ab grid of classification colorizers: bins, soft encoding, annealed mean, prior, weights.

Source: Zhang et al. 2016 (CIC), section 2 and its released code; the constants are settings because
paper and code disagree (5 or 10 neighbors, T = 0.38 or none).
"""

from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Final

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from photochrom.color.lab import Array

F32 = NDArray[np.float32]

# a*: first and last b* of the contiguous run, all multiples of 10; sorted by a*, then b*
_CIC_RUNS: Final = {
    -90: (50, 90), -80: (20, 90), -70: (0, 90), -60: (-20, 90), -50: (-30, 100),
    -40: (-40, 100), -30: (-50, 100), -20: (-50, 100), -10: (-60, 100), 0: (-70, 100),
    10: (-80, 90), 20: (-80, 90), 30: (-90, 90), 40: (-100, 90), 50: (-100, 80),
    60: (-110, 80), 70: (-110, 80), 80: (-110, 70), 90: (-110, 70), 100: (-90, 0),
}  # fmt: skip

_LIMIT: Final = 112  # |a*| and |b*| of sRGB stay below 109


@cache
def cic_bins() -> F32:
    """Return CIC's 313 bin centers.

    These are not the displayable bins: the 8-bit sRGB cube lands in 261 cells, CIC adds a rim.

    Returns:
        (313, 2) a* and b*, sorted by a*, then b*; read-only.

    Source: the released ``pts_in_hull.npy``, here from its runs.

    >>> cic_bins().shape, cic_bins()[0].tolist()
    ((313, 2), [-90.0, 50.0])
    """
    runs = ([(a, b) for b in range(low, high + 1, 10)] for a, (low, high) in _CIC_RUNS.items())
    centers = np.array(list(chain.from_iterable(runs)), np.float32)
    centers.setflags(write=False)
    return centers


@dataclass(frozen=True, slots=True)
class SoftBins:
    """Lookup tables that encode chroma over the nearest bins.

    Attributes:
        indices: (225, 225, k) int64, the k nearest bins of each whole (a*, b*) from -112 to 112,
            nearest first.
        weights: (225, 225, k) float32, Gaussian of their distance, sum 1.
    """

    indices: Any
    weights: Any

    def encode(self, chroma: Any) -> tuple[Any, Any]:
        """Look up the soft encoding of chroma, rounded to whole units.

        Args:
            chroma: (..., 2) a* and b*, NumPy or torch like the tables.

        Returns:
            (..., k) bin indices and (..., k) weights.
        """
        xp = array_namespace(chroma)
        cell = xp.clip(xp.round(chroma), -_LIMIT, _LIMIT) + _LIMIT
        cell = xp.astype(cell, xp.int64)
        rows, columns = cell[..., 0], cell[..., 1]
        return self.indices[rows, columns], self.weights[rows, columns]

    def nearest(self, chroma: Any) -> Any:
        """Look up the nearest bin of chroma (..., 2); the result has shape (...)."""
        return self.encode(chroma)[0][..., 0]


def soft_bins(bins: F32, *, neighbors: int = 5, sigma: float = 5.0) -> SoftBins:
    """Build the tables that encode chroma over its nearest bins.

    Args:
        bins: (Q, 2) centers.
        neighbors: bins that share a color, 1 to Q; CIC's paper says 5, its code 10.
        sigma: spread of the Gaussian in units of a* and b*.

    Returns:
        The tables, on NumPy, read-only.

    Raises:
        ValueError: when neighbors or sigma are out of range.

    >>> tables = soft_bins(cic_bins())
    >>> indices, weights = tables.encode(np.array([0.0, 0.0]))
    >>> cic_bins()[indices[0]].tolist(), round(float(weights[0]), 3)
    ([0.0, 0.0], 0.649)
    """
    if not 1 <= neighbors <= len(bins) or sigma <= 0:
        raise ValueError(f"neighbors must be 1 to {len(bins)} and sigma above 0")
    return _soft_bins(np.ascontiguousarray(bins, np.float32).tobytes(), neighbors, sigma)


@cache
def _soft_bins(centers: bytes, neighbors: int, sigma: float) -> SoftBins:
    """Build the tables once for each use: it takes most of a second."""
    bins = np.frombuffer(centers, np.float32).reshape(-1, 2)
    axis = np.arange(-_LIMIT, _LIMIT + 1, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    squared = ((grid[:, :, None, :] - bins) ** 2).sum(axis=-1)
    indices = np.argsort(squared, axis=-1, kind="stable")[..., :neighbors]
    nearest = np.take_along_axis(squared, indices, axis=-1)
    weights = np.exp(-(nearest - nearest[..., :1]) / (2 * sigma**2))
    weights /= weights.sum(axis=-1, keepdims=True)
    tables = SoftBins(indices.astype(np.int64), weights.astype(np.float32))
    for table in (tables.indices, tables.weights):
        table.setflags(write=False)  # shared by all who ask
    return tables


def anneal(probabilities: Array, temperature: float) -> Array:
    """Sharpen or flatten distributions: softmax(log p / T).

    Args:
        probabilities: (..., Q, H, W), sum 1 over Q.
        temperature: T > 0; 1 leaves them, towards 0 only the mode stays.

    Returns:
        The same shape, sum 1 over Q.

    Raises:
        ValueError: when the temperature is not above 0.
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be above 0, not {temperature}")
    if temperature == 1:
        return probabilities
    xp = array_namespace(probabilities)
    values: Any = probabilities
    peak = xp.max(values, axis=-3, keepdims=True)
    powered = (values / peak) ** (1 / temperature)
    annealed: Array = powered / xp.sum(powered, axis=-3, keepdims=True)
    return annealed


def annealed_mean(probabilities: Array, bins: Any, temperature: float = 1.0) -> Array:
    """Decode distributions over bins to chroma.

    Args:
        probabilities: (..., Q, H, W), sum 1 over Q.
        bins: (Q, 2) centers, of the same kind and precision.
        temperature: T > 0; CIC's paper uses 0.38.

    Returns:
        (..., 2, H, W) a* and b*: the mean of the annealed distribution.

    Source: CIC, equation 5.

    >>> two = np.array([0.8, 0.2]).reshape(2, 1, 1)
    >>> annealed_mean(two, np.array([[0.0, 0.0], [10.0, -10.0]]), 0.5).ravel().round(3).tolist()
    [0.588, -0.588]
    """
    xp = array_namespace(probabilities)
    annealed: Any = anneal(probabilities, temperature)
    chroma: Array = xp.moveaxis(xp.moveaxis(annealed, -3, -1) @ bins, -1, -3)
    return chroma


def smoothed_prior(counts: NDArray[Any], bins: F32, sigma: float = 5.0) -> NDArray[np.float64]:
    """Turn counts per bin into a prior, smoothed by a Gaussian in the ab plane.

    Args:
        counts: (Q,) pixels, or soft pixels, per bin; at least one above 0.
        bins: (Q, 2) centers.
        sigma: spread in units of a* and b*; 0 leaves the shares as they are.

    Returns:
        (Q,) float64, sum 1.

    Raises:
        ValueError: when nothing was counted.
    """
    if counts.sum() <= 0:
        raise ValueError("a prior needs at least one counted pixel")
    shares = counts / counts.sum()
    if sigma > 0:
        centers = bins.astype(np.float64)
        squared = ((centers[:, None] - centers) ** 2).sum(axis=-1)
        kernel = np.exp(-squared / (2 * sigma**2))
        shares = (kernel / kernel.sum(axis=0)) @ shares
    return np.asarray(shares / shares.sum(), np.float64)


def rebalancing_weights(
    prior: NDArray[np.float64], uniform_share: float = 0.5, power: float = 1.0
) -> NDArray[np.float64]:
    """Weigh bins by rarity: w ~ ((1 - λ) p + λ / Q) ** -power, scaled so that the mean is 1.

    Args:
        prior: (Q,) smoothed prior, sum 1.
        uniform_share: λ in [0, 1]; CIC uses 0.5, 1 means no rebalancing.
        power: 1 as in CIC; 0.5 tempers it, 0 means no rebalancing.

    Returns:
        (Q,) weights with sum of prior times weight equal to 1.

    Source: CIC, equation 4.

    >>> rebalancing_weights(np.array([0.9, 0.1])).round(4).tolist()
    [0.8824, 2.0588]
    """
    mixed = (1 - uniform_share) * prior + uniform_share / len(prior)
    weights = mixed**-power
    return np.asarray(weights / (prior * weights).sum(), np.float64)
