"""Cross-entropy over ab bins, with rebalancing by rarity.

Source: CIC, equations 2 to 4; the released code multiplies only the gradient, which is the same.
"""

from torch import Tensor
from torch.nn import functional as F


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

    Source: CIC, equations 2 and 3.

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
