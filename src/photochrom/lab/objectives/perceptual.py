"""Perceptual distance: how far apart two pictures are for a network that knows objects."""

from collections.abc import Sequence

import torch
from torch import Tensor


def feature_distance(
    predicted: Sequence[Tensor], truth: Sequence[Tensor], weights: Sequence[float]
) -> Tensor:
    """Weighted sum of mean absolute differences of features.

    Args:
        predicted: feature maps of the predicted pictures, (N, C, h, w) each.
        truth: those of the true pictures, of the same shapes.
        weights: one per map.

    Returns:
        Scalar.

    Raises:
        ValueError: when there are not as many of each.

    Source: Johnson et al. 2016, section 3.2, with absolute differences as in DDColor.

    >>> zero, one = torch.zeros(1, 1, 1, 1), torch.ones(1, 1, 1, 1)
    >>> float(feature_distance([one, 3 * one], [zero, one], [0.5, 2.0]))
    4.5
    """
    parts = [
        weight * (first - second).abs().mean()
        for first, second, weight in zip(predicted, truth, weights, strict=True)
    ]
    return torch.stack(parts).sum()
