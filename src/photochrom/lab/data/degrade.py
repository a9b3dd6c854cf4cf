"""Make lightness look like an old print: blur, fading, grain, and the JPEG of its scan."""

import math
from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

_SIDE: Final = 8
_CODES_PER_LIGHTNESS: Final = 2.55  # L* stands in for the codes: nearly a straight line, no powers
_LUMINANCE_TABLE: Final = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)


def jpeg(lightness: Tensor, quality: Tensor) -> Tensor:
    """Do to lightness what storing it as a gray JPEG would.

    Args:
        lightness: (N, 1, H, W) L* in [0, 100], any size.
        quality: (N, 1, 1, 1) from 1 to 100, as libjpeg counts it.

    Returns:
        The same shape and range.

    >>> flat, quality = torch.full((1, 1, 8, 8), 200 / 2.55), torch.full((1, 1, 1, 1), 30.0)
    >>> round(2.55 * float(jpeg(flat, quality)[0, 0, 0, 0]), 3)  # 8 * 72 becomes 21 steps of 27
    198.875
    """
    height, width = lightness.shape[2:]
    padded = F.pad(lightness, (0, -width % _SIDE, 0, -height % _SIDE), "replicate")
    # the orthonormal cosines (64, 64): a row per coefficient, a column per pixel
    index = torch.arange(_SIDE, dtype=lightness.dtype, device=lightness.device)
    waves = torch.cos((2 * index + 1) * index[:, None] * math.pi / (2 * _SIDE)) / 2
    waves[0] /= math.sqrt(2)
    cosines = torch.kron(waves, waves)
    steps = _steps(quality.reshape(-1, 1, 1), lightness) / _CODES_PER_LIGHTNESS
    coefficients = _blocks(padded - 128 / _CODES_PER_LIGHTNESS) @ cosines.T
    kept = (coefficients / steps).round() * steps
    decoded = _joined(kept @ cosines, padded.shape) + 128 / _CODES_PER_LIGHTNESS
    return decoded[..., :height, :width].clamp(0, 100)


def _steps(quality: Tensor, like: Tensor) -> Tensor:
    """Scale the table (N, 1, 64) by quality (N, 1, 1), whole numbers from 1 to 255."""
    percent = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality).floor()
    table = torch.tensor(_LUMINANCE_TABLE, dtype=like.dtype, device=like.device).reshape(-1)
    return ((table * percent + 50) / 100).floor().clamp(1, 255)


def _blocks(lightness: Tensor) -> Tensor:
    """Cut (N, 1, H, W) into blocks: (N, blocks, 64)."""
    count, _, height, width = lightness.shape
    cut = lightness.reshape(count, height // _SIDE, _SIDE, width // _SIDE, _SIDE)
    return cut.transpose(2, 3).reshape(count, -1, _SIDE**2)


def _joined(blocks: Tensor, shape: torch.Size) -> Tensor:
    """Undo `_blocks`."""
    count, _, height, width = shape
    cut = blocks.reshape(count, height // _SIDE, width // _SIDE, _SIDE, _SIDE)
    return cut.transpose(2, 3).reshape(shape)


_JPEG_SHARE: Final = 0.5  # of the aged pictures


class Aging(NamedTuple):
    """In what measure each picture ages; all (N, 1, 1, 1).

    Attributes:
        is_aged: 1 or 0.
        blur_px: deviation of the Gaussian.
        contrast: what is left of it.
        brightness: L* added.
        grain_strength: deviation in L*.
        is_jpeg: 1 or 0.
        quality: of the JPEG.
    """

    is_aged: Tensor
    blur_px: Tensor
    contrast: Tensor
    brightness: Tensor
    grain_strength: Tensor
    is_jpeg: Tensor
    quality: Tensor


def draw_aging(count: int, generator: torch.Generator, *, share: float) -> Aging:
    """Draw in what measure each picture of a batch ages.

    Args:
        count: pictures.
        generator: source of randomness.
        share: how many pictures are aged, 0 to 1.

    Returns:
        The measures, on the device of the generator.
    """

    def draw(low: float, high: float) -> Tensor:
        numbers = torch.rand(count, 1, 1, 1, generator=generator, device=generator.device)
        return low + (high - low) * numbers

    return Aging(
        is_aged=(draw(0, 1) < share).float(),
        blur_px=draw(0, 1.2),
        contrast=draw(0.7, 1.15),
        brightness=draw(-8, 8),
        grain_strength=draw(0, 4),
        is_jpeg=(draw(0, 1) < _JPEG_SHARE).float(),
        quality=draw(30, 95),
    )


def age(lightness: Tensor, aging: Aging, grain: Tensor) -> Tensor:
    """Age pictures in given measures.

    Args:
        lightness: (N, 1, H, W) L* in [0, 100].
        aging: of the same N pictures.
        grain: (N, 1, H, W) normal noise of deviation 1.

    Returns:
        The same shape and range; the pictures that are not aged unchanged.
    """
    aged = _blur(lightness, aging.blur_px)
    aged = (aged - 50) * aging.contrast + 50 + aging.brightness
    aged = (aged + grain * aging.grain_strength).clamp(0, 100)
    aged = aged + aging.is_jpeg * (jpeg(aged, aging.quality) - aged)
    return lightness + aging.is_aged * (aged - lightness)


def _blur(lightness: Tensor, sigma: Tensor) -> Tensor:
    """Blur each picture (N, 1, H, W) by its own Gaussian, sigma (N, 1, 1, 1) in pixels."""
    count = len(lightness)
    offsets = torch.arange(-3, 4, device=lightness.device, dtype=lightness.dtype)
    kernel = torch.exp(-(offsets**2) / (2 * sigma.reshape(-1, 1).clamp(min=0.2) ** 2))
    kernel = kernel / kernel.sum(dim=1, keepdim=True)
    stacked = F.pad(lightness.reshape(1, count, *lightness.shape[2:]), (3, 3, 3, 3), "replicate")
    rows = F.conv2d(stacked, kernel.reshape(count, 1, 7, 1), groups=count)
    both = F.conv2d(rows, kernel.reshape(count, 1, 1, 7), groups=count)
    return both.reshape_as(lightness)
