"""A cast: the whole picture leans to one color."""

from typing import Final

import numpy as np

from photochrom.arrays import F32, F64
from photochrom.audit.detectors.detector import Detection
from photochrom.picture.windows import box_mean

_NEUTRAL: Final = 8.0  # ab units; see `neutral_point`
_FLOOR: Final = 1e-4  # weight of what is colorful, so that a picture without gray has a mean


def neutral_point(chroma: F32) -> F64:
    """Find where the gray of a picture lies.

    The mean chroma, every pixel weighted by exp(-C^2 / 2 s^2) + 1e-4, s = 8, with C its distance
    from gray: what is nearly gray tells more of a cast than a red coat does.

    Args:
        chroma: (H, W, 2) a* and b*.

    Returns:
        (2,) a* and b*.

    Source: own measurement on 488 photographs (docs/experiments.md): the plain mean has a spread of
        7.3 in a* and 12.5 in b* over photographs without any cast, this point 2.9 and 4.3.

    >>> coat = np.zeros((2, 2, 2), np.float32)
    >>> coat[0, 0] = 60
    >>> neutral_point(coat).round(1).tolist()
    [0.0, 0.0]
    """
    squared = (chroma**2).sum(axis=-1)
    weights = np.exp(squared / np.float32(-2 * _NEUTRAL**2)) + np.float32(_FLOOR)
    return np.asarray((chroma * weights[..., None]).sum(axis=(0, 1)) / weights.sum(), np.float64)


def cast(chroma: F32, reference: F64) -> Detection:
    """Measure how far the gray of a picture lies from that of its collection.

    score = ||n - r||, with n the picture's `neutral_point` and r the reference.

    Args:
        chroma: (H, W, 2) a* and b*.
        reference: (2,) the collection's: the median of its neutral points.

    Returns:
        The distance in ab units; the map shows how far each pixel leans in that direction.
    """
    away = neutral_point(chroma) - reference
    distance = float(np.linalg.norm(away))
    direction = (away / max(distance, 1e-9)).astype(np.float32)
    leaning = ((chroma - np.asarray(reference, np.float32)) * direction).sum(axis=-1)
    return Detection(distance, np.maximum(leaning, 0).astype(np.float32))


def lean(chroma: F32, wanted: F32) -> Detection:
    """Measure how far a picture leans away from what it should be: truth, or a model's painting.

    score = ||mean(ab - ab_wanted)||; the map is that difference averaged over an eighth of a side.

    Args:
        chroma: (H, W, 2) a* and b*.
        wanted: the same of what it should be, same shape.

    Returns:
        The distance in ab units.

    >>> blue = np.full((16, 16, 2), (0, -8), np.float32)
    >>> lean(blue, np.zeros_like(blue)).score
    8.0
    """
    difference = np.moveaxis(chroma - wanted, -1, 0)
    radius = max(1, round(np.sqrt(difference[0].size) / 16))
    local = np.sqrt((box_mean(difference, radius) ** 2).sum(axis=0))
    mean = difference.mean(axis=(1, 2), dtype=np.float64)
    return Detection(float(np.linalg.norm(mean)), local.astype(np.float32))
