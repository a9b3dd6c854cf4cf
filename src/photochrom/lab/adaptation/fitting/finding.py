"""Where the objects are: what the base saw there, where they tend to lie, and a second look.

What a regression learned from other photographs says roughly where the object is. What lies there
has a lightness, a grain, features of its own in this one picture, and so has its background; cells
are asked which of both they are like. Edges of the object come back that way.
"""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.lab.adaptation.fitting.regression import (
    ALL_PARTS,
    Regression,
    mean_around,
    positions,
    spread_around,
)
from photochrom.lab.adaptation.refiners import Shape, evidence, to_cells

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


_STEEP: Final = 2.0  # of the fitted logits: colors half mixed in are muddy
_MISSED: Final = 0.75  # added before: an object left gray is worse than a twig in its colors
_BLIND: Final = (6.0, 0.0, 0.0, 0.0, 1.0)  # without a prior
_FIRST: Final = len(_BLIND) - 1  # columns of the first look
_AROUND: Final = 13  # cells
_GRAIN: Final = 5
_ROUGH: Final = 20.0  # L*, the strongest grain that is told from others
_NEWTON_STEPS: Final = 15
_HOLD: Final = 1e-3  # on the squares of the weights, beside the mean loss


class Place(nn.Module):
    """Logits of being an object, from two looks at a picture.

    The first is a regression on what the base saw, beside a prior by position: left and right are
    alike, up and down are not. The second asks which cells look like what the first found in this
    very picture. Without a prior the regression speaks alone.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self._stride = shape.stride
        self.seen = Regression(shape, ALL_PARTS, 1)
        self.first = nn.Conv2d(_FIRST, 1, 1)
        self.second = nn.Conv2d(_FIRST + 3 + len(self.seen.parts), 1, 1)
        blind = torch.tensor(_BLIND)
        _put(self.first, blind[:-1], blind[-1])
        _put(self.second, F.pad(blind[:-1], (0, self.second.in_channels - _FIRST)), blind[-1])

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give logits (N, 1, h, w) on the cells of the chroma."""
        logits: Tensor = self.second(self.look_again(inputs, self.look(inputs)))
        return logits

    def look(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give (N, 4, h, w): what was seen, row, its square, squared column; from -1 to 1."""
        seen: Tensor = self.seen(inputs)
        row, column = positions(seen)
        return torch.cat([seen, row, row.square(), column.square()], dim=1)

    def look_again(self, inputs: Mapping[str, Tensor], known: Tensor) -> Tensor:
        """Give (N, 7 + parts, h, w): what is known, and what cells are like in this picture.

        Args:
            inputs: of the refiner.
            known: (N, 4, h, w) from the first look.
        """
        where = torch.sigmoid(self.first(known))
        light = F.avg_pool2d(inputs["lightness"], self._stride)
        grain = spread_around(light, mean_around(light, _GRAIN), _GRAIN, least=0.1)
        similarity = [
            similarity_by_level(light / 100, where),
            similarity_by_level(grain / _ROUGH, where),
        ]
        for part in self.seen.parts:  # on their own cells, of which there are fewer
            rough = to_cells(where, self._stride, part.stride)
            alike = similarity_by_features(evidence(inputs, part), rough)
            similarity.append(to_cells(alike, part.stride, self._stride))
        return torch.cat([known, *similarity, mean_around(where, _AROUND)], dim=1)

    def learn_first(self, known: Tensor, is_object: Tensor) -> None:
        """Fit how much what was seen counts beside the position.

        Args:
            known: (n, 4) of cells whose photographs the regression had not learned from.
            is_object: (n,) 1 on objects.
        """
        weights = _logistic(known, is_object).float()
        _put(self.first, weights[:-1], weights[-1])

    def learn_second(self, known: Tensor, is_object: Tensor) -> None:
        """Fit how much counts what is known after the second look; (n, 7 + parts), as above."""
        weights = _STEEP * _logistic(known, is_object).float()
        _put(self.second, weights[:-1], weights[-1] + _STEEP * _MISSED)


def _put(layer: nn.Conv2d, weights: Tensor, offset: Tensor) -> None:
    with torch.no_grad():
        layer.get_parameter("weight").copy_(weights[None, :, None, None])
        layer.get_parameter("bias").fill_(offset)


def balance(is_object: Tensor) -> Tensor:
    """Weigh cells (n,) so that objects and background count alike; their mean is 1."""
    share = is_object.mean().clamp(0.02, 0.98)
    return torch.where(is_object > 0, 0.5 / share, 0.5 / (1 - share))


def _logistic(columns: Tensor, is_object: Tensor) -> Tensor:
    """Solve a balanced logistic regression by Newton's method: (c + 1,) float64, offset last."""
    wide = torch.cat([columns, torch.ones_like(columns[:, :1])], dim=1).double()
    weights, marks = balance(is_object).double() / len(wide), is_object.double()
    hold = _HOLD * torch.eye(wide.shape[1], dtype=torch.float64)
    solved = torch.zeros(wide.shape[1], dtype=torch.float64)
    for _ in range(_NEWTON_STEPS):
        share = torch.sigmoid(wide @ solved)
        slope = wide.T @ (weights * (share - marks)) + hold @ solved
        bend = (wide * (weights * share * (1 - share))[:, None]).T @ wide + hold
        solved = solved - torch.linalg.solve(bend, slope)
    return solved
