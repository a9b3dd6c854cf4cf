"""What the surroundings lead to expect: the color of places nearby that are as light.

A hand is as light as the face beside it and has the same skin; so a place that is gray where its
equals nearby are colored, or colored where they are not, is a fault more often than a fact.
Source: own; the histogram of neighbors by lightness is that of the bilateral grid (Paris and
Durand 2006).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.audit.detectors.windows import box_mean, halved

F32 = NDArray[np.float32]

_BANDS: Final = 10  # of lightness, 11 L* apart
_REACH: Final = 0.09  # of the root of the area: 24 pixels at 256 x 256


@dataclass(frozen=True, slots=True)
class Alike:
    """A picture at half size, and what its surroundings lead to expect there.

    Attributes:
        lightness: (h, w) L* - 50.
        chroma: (2, h, w) a* and b*.
        strength: (h, w) distance from gray.
        expected: (2, h, w) mean a* and b* of the places nearby that are as light.
        expected_strength: (h, w) mean distance from gray of the same.
    """

    lightness: F32
    chroma: F32
    strength: F32
    expected: F32
    expected_strength: F32


def look_around(lab: F32) -> Alike:
    """Average chroma over a window, each pixel counted by how alike its lightness is.

    With soft bands k of lightness (triangles, 11 L* apart) and w_k(p) the share of pixel p in k:
    e(p) = sum_k w_k(p) M[w_k C](p) / sum_k w_k(p) M[w_k](p), M the mean over a window.

    Args:
        lab: (H, W, 3) L*, a*, b*, at least 2 x 2.

    Returns:
        At half the size.

    >>> flat = look_around(np.full((8, 8, 3), (50, 3, 4), np.float32))
    >>> float(flat.expected_strength[0, 0].round(6)), float(flat.strength[0, 0])
    (5.0, 5.0)
    """
    half = np.moveaxis(halved(lab), -1, 0)
    lightness, chroma = half[0], half[1:]
    strength = np.hypot(*chroma)
    radius = max(2, round(_REACH / 2 * np.sqrt(4 * lightness.size)))
    shares = _shares(lightness)
    counted = np.stack([np.ones_like(strength), strength, *chroma])
    means = box_mean(shares[:, None] * counted, radius)
    totals = np.einsum("khw,kchw->chw", shares, means)
    expected = totals[1:] / totals[0]
    return Alike(lightness - np.float32(50), chroma, strength, expected[1:], expected[0])


def _shares(lightness: F32) -> F32:
    """Give each pixel (h, w) its shares in the bands (bands, h, w), which add up to 1."""
    place = np.clip(lightness, 0, 100) * np.float32((_BANDS - 1) / 100)
    distance = np.abs(place - np.arange(_BANDS, dtype=np.float32)[:, None, None])
    return np.asarray(np.maximum(np.float32(0), 1 - distance), np.float32)
