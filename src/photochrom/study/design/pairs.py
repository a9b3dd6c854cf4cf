"""Bring a photograph and its colored results to one size and one lightness."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from photochrom.arrays import F32, U8
from photochrom.color.lab import srgb_to_lab
from photochrom.errors import InputError
from photochrom.picture.pixels import area_means

MEAN_LIMIT: Final = 1.5  # L*, mean over the picture: more than JPEG and rounding do
WORST_LIMIT: Final = 8.0  # L*, of 99 pixels in 100: a part repainted
_NOTICED_SHAPE: Final = 1.0  # pixels that a scaled result may be longer or shorter


@dataclass(frozen=True, slots=True)
class Sized:
    """A picture at the size of the study.

    Attributes:
        lightness: (H, W) float32 L* in [0, 100].
        chroma: (H, W, 2) float32 a*, b*.
    """

    lightness: F32
    chroma: F32


def common_size(shapes: Mapping[str, tuple[int, int]], side_px: int) -> tuple[int, int]:
    """Choose the size for a photograph and its results, so that none is enlarged.

    Args:
        shapes: (height, width) by file name, the photograph first.
        side_px: longest side wanted.

    Returns:
        (height, width), of the photograph's aspect.

    Raises:
        InputError: when a result has another aspect.

    >>> common_size({"a.jpg": (300, 400), "a.png": (150, 200)}, 256)
    (150, 200)
    """
    original, (height, width) = next(iter(shapes.items()))
    longest = min(side_px, *(max(shape) for shape in shapes.values()))
    scale = longest / max(height, width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    for name, shape in shapes.items():
        shrunk = [side * longest / max(shape) for side in shape]
        if max(abs(a - b) for a, b in zip(shrunk, size, strict=True)) > _NOTICED_SHAPE:
            given = f"{name} is {shape[1]} x {shape[0]} pixels"
            message = f"{given}, its original {original} {width} x {height}"
            raise InputError(f"{message}: not the same shape, so not a pair")
    return size


def to_size(picture: U8, size: tuple[int, int]) -> Sized:
    """Shrink a picture (H, W, 3) by area means of its sRGB codes and split it."""
    codes = area_means(picture.astype(np.float32), size)
    lab = srgb_to_lab(np.clip(codes / 255, 0, 1).astype(np.float32))
    return Sized(np.ascontiguousarray(lab[..., 0]), lab[..., 1:])


def check_lightness(name: str, result: Sized, truth: Sized) -> None:
    """Refuse a result whose lightness is not the photograph's: the eye would see that, not color.

    Raises:
        InputError: with the difference and the limit.
    """
    off = np.abs(result.lightness - truth.lightness)
    mean, worst = float(off.mean()), float(np.percentile(off, 99))
    remedy = "a result must keep the lightness (CIE L*) of its photograph"
    if mean > MEAN_LIMIT:
        limit = f"by {mean:.1f} L* on average (at most {MEAN_LIMIT:g})"
        raise InputError(f"{name} differs in lightness from its original {limit}; {remedy}")
    if worst > WORST_LIMIT:
        limit = f"by {worst:.1f} L* or more in 1 % of its pixels (at most {WORST_LIMIT:g})"
        raise InputError(f"{name} differs in lightness from its original {limit}; {remedy}")
