"""Regression of chroma."""

import torch
from torch import Tensor


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
    return (loss if pixel_weights is None else loss * pixel_weights).mean()
