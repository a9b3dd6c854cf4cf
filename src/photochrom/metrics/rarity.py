"""Rarity: what a pixel of AuC-rebalanced weighs, by how rare its true color is.

The prior is the share of each of CIC's 313 bins in a reference set of photographs, shipped as
``prior.json``; ``benchmarks/prior.py`` makes it.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np

from photochrom.arrays import F32, F64, I64
from photochrom.color.bins import cic_bins

PRIOR_FILE: Final = "prior.json"
FLOOR: Final = 1e-4  # without it one picture of 1000 carries a quarter of all weight
_EDGE: Final = 11  # cells -11..11 of side 10 cover all of sRGB


@dataclass(frozen=True, slots=True)
class Prior:
    """The shares of the 313 bins in the reference set.

    Attributes:
        shares: (313,) float64, smoothed, sum 1.
        sha256: of the shipped file, to be printed with every number that used it.
    """

    shares: F64
    sha256: str


@cache
def load_prior() -> Prior:
    """Read the shipped prior.

    >>> load_prior().shares.shape
    (313,)
    """
    content = resources.files("photochrom.metrics").joinpath(PRIOR_FILE).read_bytes()
    shares = np.array(json.loads(content)["shares"], np.float64)
    shares /= shares.sum()
    shares.setflags(write=False)
    return Prior(shares, hashlib.sha256(content).hexdigest())


@cache
def _bin_of_cell() -> I64:
    """Tabulate the nearest bin of each cell center, (23, 23)."""
    axis = np.arange(-_EDGE, _EDGE + 1) * 10.0
    cells = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    squared = ((cells[:, :, None, :] - cic_bins()) ** 2).sum(axis=-1)
    return np.asarray(squared.argmin(axis=-1), np.int64)


def nearest_bins(lab: F32) -> I64:
    """Find the CIC bin nearest to each color by rounding and one look into a table.

    Exact for every sRGB color: the cells that sRGB reaches are all bins of the list.

    Args:
        lab: (..., 3) L*, a*, b*.

    Returns:
        (...) indices, 0 to 312.

    >>> cic_bins()[nearest_bins(np.float32([50, 14, -16]))].tolist()
    [10.0, -20.0]
    """
    cells = np.clip(np.rint(lab[..., 1:] / 10), -_EDGE, _EDGE).astype(np.int64) + _EDGE
    return _bin_of_cell()[cells[..., 0], cells[..., 1]]


@cache
def bin_weights(floor: float = FLOOR) -> F32:
    """Compute the weight of each bin, one over its prior share.

    Args:
        floor: smallest share that counts; 0 is CIC's unclipped form, which hangs on few pictures.

    Returns:
        (313,) weights, read-only, scaled so that a pixel of the reference set weighs 1 on average.
    """
    shares = load_prior().shares
    rarity = 1 / np.maximum(shares, floor)
    weights: F32 = (rarity / (shares * rarity).sum()).astype(np.float32)
    weights.setflags(write=False)
    return weights


def rarity_weights(truth: F32, floor: float = FLOOR) -> F32:
    """Weigh each pixel by the rarity of its true color.

    Args:
        truth: (..., 3) L*, a*, b* of the original.
        floor: as in ``bin_weights``.

    Returns:
        (...) weights above 0.

    >>> gray, green = rarity_weights(np.float32([[50, 0, 0], [80, -70, 60]]))
    >>> bool(gray < 1 < green)
    True
    """
    return np.asarray(bin_weights(floor)[nearest_bins(truth)])
