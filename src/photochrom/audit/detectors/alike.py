"""What the surroundings lead to expect: the color of places nearby that are as light.

A hand is as light as the face beside it and has the same skin; so a place that is gray where its
equals nearby are colored, or colored where they are not, is a fault more often than a fact.
Source: own; the histogram of neighbors by lightness is that of the bilateral grid (Paris and
Durand 2006).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from photochrom.arrays import F32
from photochrom.audit.detectors.detector import Detection
from photochrom.picture.windows import box_mean, halved

_BANDS: Final = 10  # of lightness, 11 L* apart
_REACH: Final = 0.09  # of the root of the area: 24 pixels at 256 x 256
_GRAY: Final = 8.0  # ab units: from here on nothing counts as gray
_COLORED: Final = (4.0, 12.0)  # ab units: what surroundings begin to be colored, and are in full
_WINDOW: Final = 0.04  # of the root of the area: a hand, 21 pixels a side at 256 x 256
_RIM: Final = 4  # pixels of the half-size picture, around the window
_FINE: Final = 3  # of the windows in which lightness explains color
_NOISE: Final = 4.0  # variance of L* that explains nothing
_FAINT: Final = 2.0  # variance of chroma that needs no explanation
_SLIGHT: Final = 0.03  # lack that every picture has
_USUAL: Final = 0.9  # quantile of the map that the strongest place is compared with
_FAINT_AB: Final = 2.0  # ab units: no picture is without them


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


def gray_patches(alike: Alike) -> Detection:
    """Find a hand-sized place that is gray where equals nearby have color, without an edge.

    With C the distance from gray and e what `look_around` leads to expect, the share of color that
    a pixel lacks is d = max(0, 1 - C / max(e, 1)) max(0, 1 - C / 8) min(1, max(0, (e - 4) / 8)).
    u is the share of the variance of chroma, in the window and 4 pixels around, that edges of
    lightness do not explain: a stone is gray within an edge, a hand left gray is not.
    map = u mean(d) over windows of a twelfth of a side, score = max(map) / (mean(map) + 0.03).

    Args:
        alike: from `look_around`.

    Returns:
        The score, how many times the mean of the picture; the map is a share from 0 to 1.

    Source: own; chosen among 28 readings by planted patches (docs/experiments.md).
    """
    lack = np.maximum(0, 1 - alike.strength / np.maximum(alike.expected_strength, 1))
    lack *= np.maximum(0, 1 - alike.strength / _GRAY)
    low, high = _COLORED
    lack *= np.clip((alike.expected_strength - low) / (high - low), 0, 1)
    radius = max(1, round(_WINDOW * np.sqrt(lack.size)))
    where = box_mean(lack, radius) * _share_unexplained(alike, radius + _RIM)
    return Detection(float(where.max() / (where.mean(dtype=np.float64) + _SLIGHT)), where)


def _share_unexplained(alike: Alike, radius: int) -> F32:
    """Give the share of the variance of chroma that does not follow lightness, over windows."""
    lightness, chroma = alike.lightness, alike.chroma
    mean, means = box_mean(lightness, _FINE), box_mean(chroma, _FINE)
    spread = np.maximum(box_mean(lightness**2, _FINE) - mean**2, 0)
    together = box_mean(lightness * chroma, _FINE) - mean * means
    variance = np.maximum((box_mean(chroma**2, _FINE) - means**2).sum(axis=0), 0)
    rest = np.maximum(variance - (together**2).sum(axis=0) / (spread + _NOISE), 0)
    share = box_mean(rest, radius) / (box_mean(variance, radius) + _FAINT)
    return np.asarray(share, np.float32)


def blotches(alike: Alike) -> Detection:
    """Find a place whose color stands out from equals nearby, unlike the rest of the picture.

    map = mean of ||ab - e|| over a window of a twelfth of a side, e the color that `look_around`
    leads to expect; score = max(map) / (q90(map) + 2).

    Args:
        alike: from `look_around`.

    Returns:
        The score, how many times the 90th percentile of the picture; the map in ab units.

    Source: own; chosen among five readings by planted blotches (docs/experiments.md).
    """
    away = np.sqrt(((alike.chroma - alike.expected) ** 2).sum(axis=0))
    where = box_mean(away, max(1, round(_WINDOW * np.sqrt(away.size))))
    return Detection(float(where.max() / (np.quantile(where, _USUAL) + _FAINT_AB)), where)
