"""What a network is asked for: regression and classification of chroma, strong colors, likeness."""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

_TINY: Final = 1e-6  # keeps the gradient of roots finite on gray pictures


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


def soft_cross_entropy(
    logits: Tensor, indices: Tensor, weights: Tensor, bin_weights: Tensor | None = None
) -> Tensor:
    """Mean cross-entropy against a sparse soft encoding.

    Args:
        logits: (N, Q, H, W).
        indices: (N, H, W, …, k) int64, the bins that share a color, nearest first; a place may be
            compared with several colors, which the dimensions between count.
        weights: (N, H, W, …, k) their shares, sum 1.
        bin_weights: (Q,) rebalancing weights, applied by each color's nearest bin; None for none.

    Returns:
        Scalar: sum of v * CE over colors, divided by their number.

    Source: CIC, equations 2 to 4; its released code multiplies only the gradient, to the same end.

    >>> import torch
    >>> logits = torch.zeros(1, 4, 1, 1)
    >>> indices, shares = torch.tensor([[[[2]]]]), torch.ones(1, 1, 1, 1)
    >>> round(float(soft_cross_entropy(logits, indices, shares)), 4)  # ln 4
    1.3863
    """
    log_probability = F.log_softmax(logits, dim=1).permute(0, 2, 3, 1)
    gathered = log_probability.gather(-1, indices.flatten(3)).reshape(indices.shape)
    entropy = -(gathered * weights).sum(dim=-1)
    if bin_weights is not None:
        entropy = entropy * bin_weights[indices[..., 0]]
    return entropy.mean()


def colorfulness(rgb: Tensor) -> Tensor:
    """Measure colorfulness; differentiable, else `photochrom.metrics.colorfulness`.

    Args:
        rgb: (N, 3, H, W) sRGB in [0, 1].

    Returns:
        (N,) in units of 8-bit codes: 0 for gray, about 35 for an ordinary photograph.

    Source: Hasler and Süsstrunk 2003, M3, on absolute opponents; as a loss in DDColor (Kang et al.
    2023).

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
