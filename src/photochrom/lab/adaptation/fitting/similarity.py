"""How much more a cell looks like the object of its own picture than like what is around it.

What a regression learned from other photographs says roughly where the object is. What lies there
has a lightness, a grain, features of its own in this one picture, and so has its background; cells
are asked which of both they are like. Edges of the object come back that way.
"""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

_LEVELS: Final = 24
_FEW: Final = 0.01  # of the cells, spread over all levels, are counted on either side beforehand
_SHRINK: Final = 0.1  # share of the mean variance of features that is added to each
_TINY: Final = 1e-6


def similarity_by_level(values: Tensor, where: Tensor) -> Tensor:
    """Compare how often a level occurs on the object and beside it.

    Args:
        values: (N, 1, h, w) from 0 to 1.
        where: (N, 1, h, w) from 0 to 1, the rough share of the object in each cell.

    Returns:
        (N, 1, h, w) logarithms of the ratio of both densities.

    >>> where = torch.tensor([[[[0.9, 0.9, 0.9, 0.1, 0.1, 0.1]]]])
    >>> light = torch.tensor([[[[0.8, 0.8, 0.2, 0.2, 0.2, 0.2]]]])
    >>> [round(value, 1) for value in similarity_by_level(light, where)[0, 0, 0].tolist()]
    [2.2, 2.2, -0.8, -0.8, -0.8, -0.8]
    """
    levels = torch.arange(_LEVELS, device=values.device)[:, None, None]
    distance = ((_LEVELS - 1) * values.clamp(0, 1) - levels).abs()
    members = (1 - distance).clamp(min=0)
    ratio = (_density(members, where) / _density(members, 1 - where)).log()
    return (members * ratio[:, :, None, None]).sum(dim=1, keepdim=True)


def _density(members: Tensor, where: Tensor) -> Tensor:
    """Count the members (N, L, h, w) of each level: (N, L), smoothed, with a sum of one."""
    counts = (members * where).sum(dim=(2, 3))
    beside = F.pad(counts[:, None], (1, 1))[:, 0]
    smooth = 0.25 * beside[:, :-2] + 0.5 * counts + 0.25 * beside[:, 2:]
    smooth = smooth + _FEW / _LEVELS * torch.ones_like(where).sum(dim=(2, 3))
    return smooth / smooth.sum(dim=1, keepdim=True)


def similarity_by_features(features: Tensor, where: Tensor) -> Tensor:
    """Compare features with their means on the object and beside it.

    Linear discriminant analysis with a diagonal covariance, inside each picture.

    Args:
        features: (N, c, h, w).
        where: (N, 1, h, w) from 0 to 1, the rough share of the object in each cell.

    Returns:
        (N, 1, h, w), positive where a cell is nearer to the object; in standard deviations.
    """
    here, beside = _mean(features, where), _mean(features, 1 - where)
    spread = (features - here).square() * where + (features - beside).square() * (1 - where)
    variance = spread.mean(dim=(2, 3), keepdim=True)
    variance = variance + _SHRINK * variance.mean(dim=1, keepdim=True) + _TINY
    direction = (here - beside) / variance
    length = (direction * (here - beside)).sum(dim=1, keepdim=True).clamp(min=_TINY).sqrt()
    middle = (here + beside) / 2
    return (direction * (features - middle)).sum(dim=1, keepdim=True) / length


def _mean(features: Tensor, where: Tensor) -> Tensor:
    """Take the mean of features where something is."""
    total = where.sum(dim=(2, 3), keepdim=True) + _TINY
    return (features * where).sum(dim=(2, 3), keepdim=True) / total
