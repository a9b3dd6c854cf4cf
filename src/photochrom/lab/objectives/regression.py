"""Regression of chroma."""

import torch
from torch import Tensor


def l1(chroma: Tensor, truth: Tensor, pixel_weights: Tensor | None = None) -> Tensor:
    """Mean absolute error of a* and b*.

    Args:
        chroma: (N, 2, H, W) predicted a*, b*.
        truth: (N, 2, H, W).
        pixel_weights: (N, H, W) or None.

    Returns:
        Scalar in ab units, mean over pixels and both channels.

    Source: pix2pix, equation 4; its λ of 100 is for a* and b* divided by 110.

    >>> zero, ten = torch.zeros(1, 2, 1, 1), torch.tensor([6.0, 8.0]).reshape(1, 2, 1, 1)
    >>> float(l1(zero, ten))
    7.0
    """
    return _weighted_mean((chroma - truth).abs().mean(dim=1), pixel_weights)


def l2(chroma: Tensor, truth: Tensor, pixel_weights: Tensor | None = None) -> Tensor:
    """Mean of half the squared length of the ab error.

    Args:
        chroma: (N, 2, H, W) predicted a*, b*.
        truth: (N, 2, H, W).
        pixel_weights: (N, H, W) or None.

    Returns:
        Scalar in squared ab units, mean over pixels.

    Source: CIC, equation 1, there summed over pixels.

    >>> zero, ten = torch.zeros(1, 2, 1, 1), torch.tensor([6.0, 8.0]).reshape(1, 2, 1, 1)
    >>> float(l2(zero, ten))
    50.0
    """
    return _weighted_mean((chroma - truth).square().sum(dim=1) / 2, pixel_weights)


def huber(
    chroma: Tensor, truth: Tensor, delta: float, pixel_weights: Tensor | None = None
) -> Tensor:
    """Mean Huber loss of the ab error length.

    Args:
        chroma: (N, 2, H, W) predicted a*, b*.
        truth: (N, 2, H, W).
        delta: ab distance at which squares turn into lengths, > 0.
        pixel_weights: (N, H, W) or None.

    Returns:
        Scalar in ab units: d - delta / 2 for large errors, d**2 / (2 delta) for small ones.

    >>> zero, ten = torch.zeros(1, 2, 1, 1), torch.tensor([6.0, 8.0]).reshape(1, 2, 1, 1)
    >>> float(huber(zero, ten, delta=4.0))
    8.0
    """
    squared = ((chroma - truth) ** 2).sum(dim=1)
    length = torch.sqrt(squared + 1e-6)
    loss = torch.where(length < delta, squared / (2 * delta), length - delta / 2)
    return _weighted_mean(loss, pixel_weights)


def _weighted_mean(loss: Tensor, pixel_weights: Tensor | None) -> Tensor:
    """Average (N, H, W) over pixels; weights are on average 1 and are not divided out."""
    return (loss if pixel_weights is None else loss * pixel_weights).mean()
