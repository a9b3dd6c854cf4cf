"""Fit colors for what they are judged by: their error once all are equally colorful.

Squared errors are least where colors are pale, and a cell in doubt between gray and vivid gets what
lies between. Brought to the colorfulness of others afterwards, all of that is strengthened alike.
Here weak colors are weakened and strong ones strengthened, as things are mostly gray or vivid; and
colorfulness is asked for while fitting, so that it goes where it does the least harm. No color goes
beyond those of the photographs, or a jay's white breast might glow in orange.
"""

from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from photochrom.lab.adaptation.fitting.ridge import ridge, scale_of

_COLORFULNESS: Final = 0.8  # of the truth's, at which errors are counted
_POWER: Final = 0.8  # by which strong colors are strengthened, and weak ones weakened
_UNCHANGED: Final = 20.0  # ab units
_FAINT: Final = 0.2
_WITHIN: Final = 0.98  # of the colors lie in their ellipse
_LEAST_SPREAD: Final = 2.0  # ab units, of any ellipse
_EDGE: Final = 4  # exponent: amid the ellipse almost nothing changes
_SOFT: Final = 1.0  # ab units below which errors count by their squares
_HOLD: Final = 0.25  # on the squared weights of standardized columns, times their stiffness
_MEAN_SHARE: Final = 0.3  # of the mean chroma in the colorfulness of Hasler and Süsstrunk
_PULL: Final = 0.5  # of squared lack of colorfulness, in units of error
_SCALINGS: Final = 4
_ITERATIONS: Final = 60
_MOST_ROWS: Final = 24_000


class Ellipse(NamedTuple):
    """Where colors c may lie: (c - center)' form (c - center) is at most 1.

    Attributes:
        center: (2,) a* and b*.
        form: (2, 2) symmetric.
    """

    center: Tensor
    form: Tensor


class Fit(NamedTuple):
    """What makes colors of columns: ``expanded(columns @ weights, limits)``.

    Attributes:
        weights: (c, 2) float32.
        limits: what no color goes beyond.
    """

    weights: Tensor
    limits: Ellipse


def expanded(colors: Tensor, limits: Ellipse) -> Tensor:
    """Make strong colors stronger, as far as the limits, and weak ones weaker.

    Args:
        colors: (N, 2, ...) a* and b*; those of 20 ab units stay as they are.
        limits: what no color goes beyond.

    >>> limits = Ellipse(center=torch.zeros(2), form=torch.eye(2) / 60**2)
    >>> yellow = torch.tensor([[0.0, 10.0], [0.0, 20.0], [0.0, 40.0], [0.0, 80.0]])
    >>> [round(value, 1) for value in expanded(yellow, limits)[:, 1].tolist()]
    [5.7, 19.9, 53.8, 59.9]
    """
    energy = (colors.square().sum(dim=1, keepdim=True) + _FAINT**2) / _UNCHANGED**2
    center = limits.center.reshape(2, *[1] * (colors.ndim - 2))
    offset = colors * energy.pow(_POWER / 2) - center
    a, b = offset[:, :1], offset[:, 1:]
    (aa, ab), (_, bb) = limits.form
    distance = aa * a.square() + 2 * ab * a * b + bb * b.square()
    limited: Tensor = center + offset / (1 + distance.pow(_EDGE / 2)).pow(1 / _EDGE)
    return limited


def ellipse_of(colors: Tensor) -> Ellipse:
    """Draw the ellipse around most of some colors (n, 2)."""
    center = colors.mean(dim=0)
    offset = colors - center
    covariance = offset.T @ offset / len(offset) + _LEAST_SPREAD**2 * torch.eye(2)
    form = torch.linalg.inv(covariance)
    distance = (offset @ form * offset).sum(dim=1)
    return Ellipse(center, form / torch.quantile(distance, _WITHIN).clamp(min=1))


def fit_colors(
    columns: Tensor, colors: Tensor, photos: Tensor, stiffness: Tensor, held: Tensor
) -> Fit:
    """Find weights whose expanded colors have the least mean error at equal colorfulness.

    Ridge regression is where it starts; then L-BFGS lessens the mean ab error, and how far the mean
    colorfulness of the photographs is from 0.8 of their own. What the photographs hardly show
    gets the colors towards which the weights are held.

    Args:
        columns: (n, c) of cells, a constant last.
        colors: (n, 2) a* and b*.
        photos: (n,) the photograph of each.
        stiffness: (c,) by how much the weight of each standardized column is held back.
        held: (c, 2) weights towards which they are: those of gray, 0, or of the base's colors.

    Returns:
        The weights, and how far colors may go.
    """
    step = _step(len(columns))
    columns, colors, photos = columns[::step], colors[::step], photos[::step]
    scale = scale_of(columns).float()
    standard = columns / scale
    change = ridge(columns, colors - columns @ held, torch.ones(len(columns)), stiffness)
    weights = (held + change) * scale[:, None]
    hold, toward = _HOLD * stiffness.float(), (held * scale[:, None]).T
    shares = _shares(photos)
    limits = ellipse_of(colors)
    wanted = _COLORFULNESS * float(_colorfulness(colors, shares))
    for _ in range(_SCALINGS):  # until their colors have the colorfulness that is wanted
        found = float(_colorfulness(expanded(standard @ weights, limits), shares))
        weights = weights * (wanted / found) ** (1 / (1 + _POWER))
    weights = weights.T.contiguous()  # for speed
    weights.requires_grad_(True)
    optimizer = torch.optim.LBFGS([weights], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> float:
        optimizer.zero_grad()
        painted = expanded(F.linear(standard, weights), limits)
        error = ((painted - colors).square().sum(dim=1) + _SOFT**2).sqrt().mean()
        lack = _colorfulness(painted, shares) - wanted
        total = error + _PULL * lack.square() + (hold * (weights - toward).square()).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total.item()

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return Fit(weights.detach().T / scale[:, None], limits)


def rows_taken(rows: int) -> int:
    """Tell how many of so many rows are fitted to.

    >>> rows_taken(1000), rows_taken(30_000)
    (1000, 15000)
    """
    return -(-rows // _step(rows))


def _step(rows: int) -> int:
    return max(1, -(-rows // _MOST_ROWS))


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
