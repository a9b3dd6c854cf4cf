"""Gray patches: hands, far faces and small figures that a colorizer left gray."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.audit.detectors.alike import Alike
from photochrom.audit.detectors.detector import Detection
from photochrom.audit.detectors.windows import box_mean

F32 = NDArray[np.float32]

_GRAY: Final = 8.0  # ab units: from here on nothing counts as gray
_COLORED: Final = (4.0, 12.0)  # ab units: what surroundings begin to be colored, and are in full
_WINDOW: Final = 0.04  # of the root of the area: a hand, 21 pixels a side at 256 x 256
_RIM: Final = 4  # pixels of the half-size picture, around the window
_FINE: Final = 3  # of the windows in which lightness explains color
_NOISE: Final = 4.0  # variance of L* that explains nothing
_FAINT: Final = 2.0  # variance of chroma that needs no explanation
_SLIGHT: Final = 0.03  # lack that every picture has


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
