"""What is solved in closed form: the linear refiner, and where objects are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from photochrom.lab.adaptation.examples import Views, Whole
from photochrom.lab.adaptation.finding import Place, balance
from photochrom.lab.adaptation.judge import object_pixels
from photochrom.lab.adaptation.refiners import (
    UNIT,
    LinearBody,
    Regression,
    Shape,
    labels_of_cells,
)
from photochrom.lab.adaptation.ridge import Moments, moments_of, ridge, scale_of

_THIN: Final = 7  # every so many cells along each side: neighbors say the same
_QUARTERS: Final = 4
_SPARSE: Final = 5  # every so many cells of whole photographs
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What refiners learn from.

    Attributes:
        wholes: all photographs, as they are colorized.
        views: of all photographs, moved about.
        cells: a few cells of each view, for what is solved.
    """

    wholes: Sequence[Whole]
    views: Views
    cells: Cells


def take_cells(shape: Shape, views: Views) -> Cells:
    """Look at a few cells of every view."""
    return Cells(
        colors=_thinned(views.truth.float() / UNIT),
        labels=_thinned(labels_of_cells(views.labels, shape.stride))[..., 0],
        paint=_columns(LinearBody(shape).paint, views),
        place=_columns(Place(shape).seen, views) if shape.has_objects else None,
    )


def _columns(regression: Regression, views: Views) -> Tensor:
    blocks = []
    for block in torch.split(torch.arange(len(views.truth)), _BLOCK):
        inputs = {name: values[block].float() for name, values in views.inputs.items()}
        blocks.append(_thinned(regression.columns(inputs)).half())
    return torch.cat(blocks)


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
    solved = [ridge(columns, colors, (labels == kind).float()) for kind in kinds]
    body.paint.put(torch.cat(solved, dim=1))
    return body


def solve_place(shape: Shape, seen: Seen, photos: Sequence[int]) -> Place | None:
    """Solve for where objects are, from all that the base saw; arguments as in `solve_linear`.

    A small network, trained on as few photographs, finds fewer of them (docs/experiments.md).
    The prior is learned from quarters of the photographs, each looked at with what the others
    taught: a regression is too sure of what it has seen. Below four photographs there is none.

    Returns:
        The regression with its prior; None when all of a picture counts.
    """
    if seen.cells.place is None:
        return None
    place = Place(shape)
    quarters = [photos[number::_QUARTERS] for number in range(min(_QUARTERS, len(photos)))]
    sums = _place_moments(seen, quarters)
    whole = reduce(add, sums)
    if len(quarters) == _QUARTERS:
        found = []
        for quarter, moments in zip(quarters, sums, strict=True):
            place.seen.put((whole - moments).solve())
            found += [_looked_for(place, seen.wholes[photo], shape.stride) for photo in quarter]
        evidence, is_object = (torch.cat(each) for each in zip(*found, strict=True))
        place.learn_prior(evidence, is_object)
    place.seen.put(whole.solve())
    return place


def _place_moments(seen: Seen, quarters: Sequence[Sequence[int]]) -> list[Moments]:
    """Sum up the cells of each quarter of the photographs."""
    assert seen.cells.place is not None  # noqa: S101  (asked for by the caller)
    rows = [seen.views.rows_of(quarter) for quarter in quarters]
    columns = [seen.cells.place[each].flatten(0, 1).float() for each in rows]
    marks = [(seen.cells.labels[each].flatten() > 0).float() for each in rows]
    scale = scale_of(torch.cat(columns))
    weights = torch.split(balance(torch.cat(marks)), [len(each) for each in marks])
    return [
        moments_of(each, 2 * mark[:, None] - 1, weight, scale)
        for each, mark, weight in zip(columns, marks, weights, strict=True)
    ]


def _looked_for(place: Place, whole: Whole, stride: int) -> tuple[Tensor, Tensor]:
    """Look for the object of a whole photograph: evidence (n, 4) and truth (n,) of some cells."""
    rows, columns = whole.lightness.shape
    is_object = torch.from_numpy(object_pixels(whole))[None, None]
    with torch.no_grad():
        evidence = place.evidence(whole.inputs)[..., : rows // stride, : columns // stride]
    marks = labels_of_cells(is_object, stride)[..., : rows // stride, : columns // stride]
    return evidence[0].flatten(1).T[::_SPARSE], marks.flatten()[::_SPARSE].float()


def _thinned(values: Tensor) -> Tensor:
    """Take every so many cells of (n, c, h, w): (n, m, c)."""
    return values[:, :, 3::_THIN, 3::_THIN].flatten(2).transpose(1, 2)


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
