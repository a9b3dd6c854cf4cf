"""The ridge regression of the linear refiner, in closed form."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from photochrom.lab.adaptation.examples import Views
from photochrom.lab.adaptation.refiners import (
    UNIT,
    LinearBody,
    Regression,
    Shape,
    labels_of_cells,
)

RIDGE: Final = 0.05  # of the mean energy of a standardized column
_THIN: Final = 7  # every so many cells along each side: neighbors say the same
_LOGIT: Final = 6.0  # what an object is told as, and a background with minus
_MISSED: Final = 1.0  # added: an object left gray is worse than a twig in its colors
_BLOCK: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A few cells of every view, and what regressions know of them; the same for all folds.

    Attributes:
        colors: (n, m, 2) a* and b*, in units of the refiners.
        labels: (n, m) uint8.
        paint: (n, m, c) columns of the colors' regression, float16.
        place: (n, m, d) columns of the objects' regression; None when all of a picture counts.
    """

    colors: Tensor
    labels: Tensor
    paint: Tensor
    place: Tensor | None


def take_cells(shape: Shape, views: Views) -> Cells:
    """Look at a few cells of every view."""
    return Cells(
        colors=_thinned(views.truth.float() / UNIT),
        labels=_thinned(labels_of_cells(views.labels, shape.stride))[..., 0],
        paint=_columns(LinearBody(shape).paint, views),
        place=_columns(_fresh_place(shape), views) if shape.has_objects else None,
    )


def _columns(regression: Regression, views: Views) -> Tensor:
    blocks = []
    for block in torch.split(torch.arange(len(views.truth)), _BLOCK):
        inputs = {name: values[block].float() for name, values in views.inputs.items()}
        blocks.append(_thinned(regression.columns(inputs)).half())
    return torch.cat(blocks)


def _fresh_place(shape: Shape) -> Regression:
    return Regression(shape, ("distribution", "deep", "middle"), 1)


def solve_linear(shape: Shape, cells: Cells, rows: Tensor) -> LinearBody:
    """Solve for the weights.

    Args:
        shape: what the refiner has to do with.
        cells: of the views of all photographs.
        rows: (n,) which views to learn from.

    Returns:
        The body, ready to paint.
    """
    body = LinearBody(shape)
    labels = cells.labels[rows].flatten()
    columns, colors = (each[rows].flatten(0, 1).float() for each in (cells.paint, cells.colors))
    kinds = range(1, shape.kinds + 1)
    solved = [_ridge(columns, colors, (labels == kind).float()) for kind in kinds]
    body.paint.put(torch.cat(solved, dim=1))
    return body


def solve_place(shape: Shape, cells: Cells, rows: Tensor) -> Regression | None:
    """Solve for where objects are, from all that the base saw; arguments as in `solve_linear`.

    A small network, trained on as few photographs, finds fewer of them (docs/experiments.md).

    Returns:
        The regression, of logits; None when all of a picture counts.
    """
    if cells.place is None:
        return None
    place = _fresh_place(shape)
    is_object = (cells.labels[rows].flatten() > 0).float()
    share = is_object.mean().clamp(0.02, 0.98)
    balance = torch.where(is_object > 0, 0.5 / share, 0.5 / (1 - share))
    marks = _LOGIT * (2 * is_object - 1) + _MISSED
    columns = cells.place[rows].flatten(0, 1).float()
    place.put(_ridge(columns, marks[:, None], balance))
    return place


def _thinned(values: Tensor) -> Tensor:
    """Take every so many cells of (n, c, h, w): (n, m, c)."""
    return values[:, :, 3::_THIN, 3::_THIN].flatten(2).transpose(1, 2)


def _ridge(columns: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Solve (c, k) weights in double precision; the constant, last, is not held back."""
    scale = columns.std(dim=0).clamp(min=1e-3).double()
    scale[-1] = 1.0
    wide, count = columns.double() / scale, weights.sum().double().clamp(min=1)
    weighted = wide * weights.double()[:, None]
    gram = weighted.T @ wide
    penalty = torch.full((len(gram),), RIDGE * float(count), dtype=torch.float64)
    penalty[-1] = 1e-6 * float(count)
    solved: Tensor = torch.linalg.solve(gram + penalty.diag(), weighted.T @ targets.double())
    return (solved / scale[:, None]).float()


def mean_by_lightness(views: Views, rows: Tensor, stride: int, kind: int) -> Tensor:
    """Measure the mean chroma of the objects of a kind at each of 101 levels of lightness.

    Args:
        views: of the photographs.
        rows: (n,) which views to learn from.
        stride: side of a chroma cell in pixels.
        kind: the number of the kind, from 1.

    Returns:
        (101, 2) a* and b* by rounded L*; levels that never occur take the mean of all.
    """
    light = F.avg_pool2d(views.inputs["lightness"][rows].float(), stride)
    labels = labels_of_cells(views.labels[rows], stride)
    is_object = labels[:, 0] == kind
    levels = light[:, 0][is_object].round().long().clamp(0, 100)
    colors = views.truth[rows].float().movedim(1, -1)[is_object]
    totals = torch.zeros(101, 3)
    totals.index_add_(0, levels, torch.cat([colors, torch.ones(len(colors), 1)], dim=1))
    mean = colors.mean(dim=0)
    return (totals[:, :2] + mean) / (totals[:, 2:] + 1)
