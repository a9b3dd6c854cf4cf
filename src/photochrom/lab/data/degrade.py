"""Make lightness look like an old print: blur, fading, grain, and the JPEG of its scan."""

from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from photochrom.lab.data.jpeg import jpeg

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
