"""Colorfulness as an objective: ask for strong colors, right or wrong.

Source: Hasler and Süsstrunk 2003, M3, on absolute opponents; as a loss in DDColor (Kang et al.
2023).
"""

from typing import Final

import torch
from torch import Tensor

_TINY: Final = 1e-6  # keeps the gradient of the roots finite on gray pictures


def colorfulness(rgb: Tensor) -> Tensor:
    """Measure colorfulness; differentiable, else `photochrom.metrics.colorfulness`.

    Args:
        rgb: (N, 3, H, W) sRGB in [0, 1].

    Returns:
        (N,) in units of 8-bit codes: 0 for gray, about 35 for an ordinary photograph.

    >>> half = torch.zeros(1, 3, 2, 2)
    >>> half[0, 0, 0] = half[0, 1, 1] = 1
    >>> round(float(colorfulness(half)), 1)
    85.5
    """
    red, green, blue = (255 * rgb).unbind(dim=1)
    opponents = torch.stack([(red - green).abs(), ((red + green) / 2 - blue).abs()], dim=1)
    variance, mean = torch.var_mean(opponents, dim=(2, 3), correction=0)
    spread = torch.sqrt(variance.sum(dim=1) + _TINY)
    return spread + 0.3 * torch.sqrt(mean.square().sum(dim=1) + _TINY)


def colorfulness_loss(rgb: Tensor) -> Tensor:
    """Loss that falls with the mean colorfulness of a batch.

    Args:
        rgb: (N, 3, H, W) sRGB in [0, 1].

    Returns:
        Scalar: 1 for gray, 0 at a colorfulness of 100.

    >>> round(float(colorfulness_loss(torch.full((2, 3, 4, 4), 0.5))), 3)
    1.0
    """
    return 1 - colorfulness(rgb).mean() / 100
