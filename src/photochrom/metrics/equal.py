"""Equal colorfulness: scale colors until nobody wins by being paler, or bolder.

In mean ab error, gray beats any vivid colorizer by a third. So all contestants are first scaled, by
one number each, to the same share of the truth's colorfulness.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from photochrom.arrays import F32
from photochrom.color.gamut import fit_to_srgb
from photochrom.color.lab import lab_to_srgb, srgb_to_lab
from photochrom.metrics.colorfulness import colorfulness

Sample = tuple[F32, F32]  # pixels of a picture: (m,) L*, and (m, 2) a* and b*

EQUAL_SHARE: Final = 0.7  # of the truth's colorfulness
_GREATEST_SCALE: Final = 8.0
_HALVINGS: Final = 12


def mean_colorfulness(samples: Sequence[Sample], scale: float = 1.0) -> float:
    """Measure the mean colorfulness of pictures whose colors are multiplied by a number.

    Args:
        samples: pixels of each picture.
        scale: the number.

    >>> light, colors = np.full(4, 50, np.float32), np.zeros((4, 2), np.float32)
    >>> mean_colorfulness([(light, colors)]) < 0.1
    True
    """
    return float(np.mean([_colorfulness(light, scale * colors) for light, colors in samples]))


def scale_to(wanted: float, samples: Sequence[Sample]) -> float:
    """Find by halving the one number that brings pictures to a mean colorfulness.

    Returns:
        From 0 to 8; 8 for colors too pale to reach it.
    """
    low, high = 0.0, _GREATEST_SCALE
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_paler = mean_colorfulness(samples, middle) < wanted
        low, high = (middle, high) if is_paler else (low, middle)
    return (low + high) / 2


def shown(lightness: F32, chroma: F32) -> F32:
    """Give the a*, b* (2, h, w) that sRGB can show of (h, w) L* and (2, h, w) a*, b*."""
    lab = srgb_to_lab(fit_to_srgb(lightness, chroma))
    return np.moveaxis(lab[..., 1:], -1, 0)


def _colorfulness(lightness: F32, colors: F32) -> float:
    lab = np.concatenate([lightness[:, None], colors], axis=1)
    codes = np.clip(np.rint(255 * lab_to_srgb(lab.astype(np.float32))), 0, 255)
    return colorfulness(codes[None].astype(np.uint8))
