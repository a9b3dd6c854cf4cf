"""Fit colors for what they are judged by: their error once all are equally colorful.

Squared errors are least where colors are pale, and a cell in doubt between gray and vivid gets what
lies between. Brought to the colorfulness of others afterwards, all of that is strengthened alike.
Here weak colors are weakened and strong ones strengthened, as things are mostly gray or vivid; and
colorfulness is asked for while fitting, so that it goes where it does the least harm.
"""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from photochrom.lab.adaptation.ridge import ridge, scale_of

_COLORFULNESS: Final = 0.8  # of the truth's, at which errors are counted
_POWER: Final = 0.8  # by which strong colors are strengthened, and weak ones weakened
_UNCHANGED: Final = 20.0  # ab units
_FAINT: Final = 0.2
_SOFT: Final = 1.0  # ab units below which errors count by their squares
_HOLD: Final = 0.25  # on the squared weights of standardized columns, times their stiffness
_MEAN_SHARE: Final = 0.3  # of the mean chroma in the colorfulness of Hasler and Süsstrunk
_PULL: Final = 0.5  # of squared lack of colorfulness, in units of error
_SCALINGS: Final = 4
_ITERATIONS: Final = 60
_MOST_ROWS: Final = 24_000


def expanded(colors: Tensor) -> Tensor:
    """Make strong colors stronger and weak ones weaker; 20 ab units stay as they are.

    Args:
        colors: (N, 2, ...) a* and b*.

    >>> [round(float(expanded(torch.tensor([[chroma, 0.0]]))[0, 0]), 1) for chroma in (10, 20, 40)]
    [5.7, 20.0, 69.6]
    """
    energy = (colors.square().sum(dim=1, keepdim=True) + _FAINT**2) / _UNCHANGED**2
    return colors * energy.pow(_POWER / 2)


def fit_colors(columns: Tensor, colors: Tensor, photos: Tensor, stiffness: Tensor) -> Tensor:
    """Find weights whose expanded colors have the least mean error at equal colorfulness.

    Ridge regression is where it starts; then L-BFGS lessens the mean ab error, and how far the mean
    colorfulness of the photographs is from 0.8 of their own.

    Args:
        columns: (n, c) of cells, a constant last.
        colors: (n, 2) a* and b*.
        photos: (n,) the photograph of each.
        stiffness: (c,) by how much each standardized column is held back.

    Returns:
        (c, 2) float32 weights; ``expanded(columns @ weights)`` are the colors.
    """
    step = -(-len(columns) // _MOST_ROWS)
    columns, colors, photos = columns[::step], colors[::step], photos[::step]
    scale = scale_of(columns).float()
    standard = columns / scale
    weights = ridge(columns, colors, torch.ones(len(columns)), stiffness) * scale[:, None]
    hold = _HOLD * stiffness.float()[:, None]
    shares = _shares(photos)
    wanted = _COLORFULNESS * float(_colorfulness(colors, shares))
    weights = _brought_to(wanted, standard, weights, shares).contiguous().requires_grad_(True)
    optimizer = torch.optim.LBFGS([weights], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> float:
        optimizer.zero_grad()
        painted = expanded(standard @ weights)
        error = ((painted - colors).square().sum(dim=1) + _SOFT**2).sqrt().mean()
        lack = _colorfulness(painted, shares) - wanted
        total = error + _PULL * lack.square() + (hold * weights.square()).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total.item()

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return weights.detach() / scale[:, None]


def _shares(photos: Tensor) -> Tensor:
    """Give the matrix (photographs, n) that takes the mean over the cells of each photograph."""
    is_of = F.one_hot(photos).float().T
    is_of = is_of[is_of.any(dim=1)]
    shares: Tensor = is_of / is_of.sum(dim=1, keepdim=True)
    return shares


def _colorfulness(colors: Tensor, shares: Tensor) -> Tensor:
    """Measure the mean colorfulness of photographs as Hasler and Süsstrunk do, on a* and b*."""
    mean = shares @ colors
    variance = (shares @ colors.square() - mean.square()).sum(dim=1)
    spread = variance.clamp(min=1e-2).sqrt()
    each: Tensor = spread + _MEAN_SHARE * (mean.square().sum(dim=1) + 1e-4).sqrt()
    return each.mean()


def _brought_to(wanted: float, standard: Tensor, weights: Tensor, shares: Tensor) -> Tensor:
    """Scale weights so that their colors have the colorfulness that is wanted."""
    for _ in range(_SCALINGS):
        found = float(_colorfulness(expanded(standard @ weights), shares))
        weights = weights * (wanted / found) ** (1 / (1 + _POWER))
    return weights
