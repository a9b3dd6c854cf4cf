"""Ridge regression in closed form, from sums that can be added and taken away."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

RIDGE: Final = 0.05
_BLOCK: Final = 4096  # rows at a time: Ctrl-C is heard between, and copies stay small


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Weighted sums over rows; those of two sets of rows add up.

    Attributes:
        gram: (c, c) float64, of products of standardized columns.
        cross: (c, k) float64, of products of columns and targets.
        count: the sum of the weights.
        scale: (c,) float64, by which columns were divided; the same wherever sums are added.
    """

    gram: Tensor
    cross: Tensor
    count: float
    scale: Tensor

    def __add__(self, other: "Moments") -> "Moments":
        return self._joined(other, 1)

    def __sub__(self, other: "Moments") -> "Moments":
        return self._joined(other, -1)

    def _joined(self, other: "Moments", sign: int) -> "Moments":
        return Moments(
            gram=self.gram + sign * other.gram,
            cross=self.cross + sign * other.cross,
            count=self.count + sign * other.count,
            scale=self.scale,
        )

    def solve(self, stiffness: Tensor | float = RIDGE) -> Tensor:
        """Solve for (c, k) float32 weights.

        Args:
            stiffness: by how much of its mean energy each standardized column is held back, one
                number or (c,); the constant, last, never is.
        """
        count = max(1.0, self.count)
        penalty = torch.ones(len(self.gram), dtype=torch.float64) * stiffness * count
        penalty[-1] = 1e-6 * count
        solved: Tensor = torch.linalg.solve(self.gram + penalty.diag(), self.cross)
        return (solved / self.scale[:, None]).float()


def scale_of(columns: Tensor) -> Tensor:
    """Give the standard deviations (c,) of columns (n, c), of which the last is constant."""
    scale = columns.std(dim=0).clamp(min=1e-3).double()
    scale[-1] = 1.0
    return scale


def moments_of(columns: Tensor, targets: Tensor, weights: Tensor, scale: Tensor) -> Moments:
    """Sum up rows.

    Args:
        columns: (n, c), a constant last.
        targets: (n, k).
        weights: (n,) of the rows.
        scale: (c,) as `scale_of` gives it.
    """
    gram = torch.zeros(len(scale), len(scale), dtype=torch.float64)
    cross = torch.zeros(len(scale), targets.shape[1], dtype=torch.float64)
    parts = (torch.split(each, _BLOCK) for each in (columns, targets, weights))
    for some, wanted, weight in zip(*parts, strict=True):
        wide = some.double() / scale
        weighted = wide * weight.double()[:, None]
        gram += weighted.T @ wide
        cross += weighted.T @ wanted.double()
    return Moments(gram=gram, cross=cross, count=float(weights.sum()), scale=scale)


def ridge(
    columns: Tensor, targets: Tensor, weights: Tensor, stiffness: Tensor | float = RIDGE
) -> Tensor:
    """Solve (c, k) weights; arguments as in `moments_of` and `Moments.solve`."""
    return moments_of(columns, targets, weights, scale_of(columns)).solve(stiffness)
