"""Make lightness look like an old print: blur, grain, fading."""

import torch
from torch import Tensor
from torch.nn import functional as F


def degrade(lightness: Tensor, generator: torch.Generator, share: float) -> Tensor:
    """Age a share of the pictures of a batch, each in its own measure.

    Args:
        lightness: (N, 1, H, W) L* in [0, 100].
        generator: source of randomness, on the device of ``lightness``.
        share: how many pictures are aged, 0 to 1.

    Returns:
        The same shape and range.
    """
    count, device = len(lightness), lightness.device

    def draw(low: float, high: float) -> Tensor:
        numbers = torch.rand(count, 1, 1, 1, generator=generator, device=device)
        return low + (high - low) * numbers

    is_aged = (draw(0, 1) < share).float()
    aged = _blur(lightness, draw(0, 1.2))
    aged = (aged - 50) * draw(0.7, 1.15) + 50 + draw(-8, 8)
    grain = torch.randn(lightness.shape, generator=generator, device=device)
    aged = (aged + grain * draw(0, 4)).clamp(0, 100)
    return lightness + is_aged * (aged - lightness)


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
