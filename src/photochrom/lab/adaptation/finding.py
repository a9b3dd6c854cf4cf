"""Where the objects are: what the base saw there, and where in pictures they tend to lie."""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor, nn

from photochrom.lab.adaptation.refiners import Shape
from photochrom.lab.adaptation.regression import Regression, positions

_STEEP: Final = 1.5  # of the fitted logits: colors half mixed in are muddy
_MISSED: Final = 0.5  # added before: an object left gray is worse than a twig in its colors
_BLIND: Final = (6.0, 0.0, 0.0, 0.0, 1.0)  # without a prior
_NEWTON_STEPS: Final = 15
_HOLD: Final = 1e-3  # on the squares of the weights, beside the mean loss


class Place(nn.Module):
    """Logits of being an object: a regression from what the base saw, and a prior by position.

    Left and right are alike; up and down are not. Without a prior the regression speaks alone.

    Args:
        shape: of the refiner.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.seen = Regression(shape, ("distribution", "deep", "middle"), 1)
        self.weigh = nn.Conv2d(4, 1, 1)
        self._put(torch.tensor(_BLIND))

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give logits (N, 1, h, w) on the cells of the chroma."""
        logits: Tensor = self.weigh(self.evidence(inputs))
        return logits

    def evidence(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give (N, 4, h, w): what was seen, row, its square, squared column; from -1 to 1."""
        seen: Tensor = self.seen(inputs)
        row, column = positions(seen)
        return torch.cat([seen, row, row.square(), column.square()], dim=1)

    def learn_prior(self, evidence: Tensor, is_object: Tensor) -> None:
        """Fit how much what was seen counts beside the position.

        Args:
            evidence: (n, 4) of cells whose photographs the regression had not learned from.
            is_object: (n,) 1 on objects.
        """
        weights = _STEEP * _logistic(evidence, is_object)
        weights[-1] += _STEEP * _MISSED
        self._put(weights.float())

    def _put(self, weights: Tensor) -> None:
        with torch.no_grad():
            self.weigh.get_parameter("weight").copy_(weights[None, :-1, None, None])
            self.weigh.get_parameter("bias").copy_(weights[-1:])


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
