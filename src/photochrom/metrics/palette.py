"""Palettes: whether a set of pictures has the right colors, wherever they are."""

from typing import Final

import numpy as np

from photochrom.arrays import F32, F64

_DIRECTIONS: Final = 32
_QUANTILES: Final = 512


def sliced_wasserstein(first: F32, second: F32) -> float:
    """Measure how far one cloud of colors must be moved to become another.

    The clouds are projected on 32 evenly spread directions; on each, the mean distance of equal
    quantiles is the Wasserstein-1 distance; their mean is taken.

    Args:
        first: (n, 2) a* and b*, n at least 1.
        second: (m, 2).

    Returns:
        In ab units, at least 0; 0 for the same palette. A shift by d gives d * 2 / pi.

    Source: Rabin et al. 2011, "Wasserstein barycenter and its application to texture mixing".

    >>> cloud = np.random.default_rng(0).normal(size=(1000, 2)).astype(np.float32)
    >>> shifted = sliced_wasserstein(cloud, cloud + np.float32([3, 4]))
    >>> round(shifted, 2), round(5 * 2 / np.pi, 2)
    (3.18, 3.18)
    """
    angles = np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    directions = np.stack([np.cos(angles), np.sin(angles)])
    return float(np.abs(_quantiles(first @ directions) - _quantiles(second @ directions)).mean())


def _quantiles(projected: F64) -> F64:
    """Give the quantiles (512, directions) of projections (n, directions)."""
    ordered = np.sort(projected, axis=0)
    places = (np.arange(_QUANTILES) + 0.5) / _QUANTILES * len(ordered) - 0.5
    places = np.clip(places, 0, len(ordered) - 1)
    lower = places.astype(np.int64)
    upper = np.minimum(lower + 1, len(ordered) - 1)
    part = (places - lower)[:, None]
    return np.asarray(ordered[lower] * (1 - part) + ordered[upper] * part)
