"""The ridge regression of the linear refiner, in closed form."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from photochrom.lab.adaptation.examples import Views
from photochrom.lab.adaptation.refiners import NEAR_COLUMNS, LinearBody, Shape

RIDGE: Final = 0.05  # of the mean energy of a standardized column
_THIN: Final = 7  # every so many cells along each side: neighbors say the same
_UNIT: Final = 50.0
_LOGIT: Final = 3.0  # what an object and a background are told as
_BLOCK: Final = 32


def solve_linear(shape: Shape, views: Views, rows: Tensor) -> LinearBody:
    """Solve for the weights.

    Args:
        shape: what the refiner has to do with.
        views: of the photographs.
        rows: (n,) which views to learn from.

    Returns:
        The body, ready to paint.
    """
    body = LinearBody(shape)
    columns, targets, labels = _gather(body, shape, views, rows)
    scale = columns.std(dim=0).clamp(min=1e-3)
    scale[-1] = 1.0  # the constant
    standardized = columns / scale
    kinds = range(1, shape.kinds + 1)
    weights = [_ridge(standardized, targets, (labels == kind).float()) for kind in kinds]
    if shape.has_objects:
        marks = _LOGIT * (2 * (labels > 0).float() - 1)
        weights.append(_ridge(standardized, marks[:, None], torch.ones_like(marks)))
    _put(body, torch.cat(weights, dim=1) / scale[:, None])
    return body


def _gather(
    body: LinearBody, shape: Shape, views: Views, rows: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Take thinned cells: columns (m, c) with a constant last, a* and b* (m, 2), labels (m,)."""
    parts: list[tuple[Tensor, Tensor, Tensor]] = []
    half, stride = shape.stride // 2, shape.stride
    for block in torch.split(rows, _BLOCK):
        inputs = {name: values[block].float() for name, values in views.inputs.items()}
        near, far = body.columns(inputs)
        layers = [near] if far is None else [near, body.spread(far)]
        layers.append(torch.ones_like(near[:, :1]))
        labels = views.labels[block][:, :, half::stride, half::stride].float()
        parts.append(
            (
                _thinned(torch.cat(layers, dim=1)),
                _thinned(views.truth[block].float() / _UNIT),
                _thinned(labels)[:, 0],
            )
        )
    columns, targets, labels = (torch.cat(column) for column in zip(*parts, strict=True))
    return columns, targets, labels


def _thinned(values: Tensor) -> Tensor:
    """Take every so many cells of (n, c, h, w) as rows (m, c)."""
    return values[:, :, 3::_THIN, 3::_THIN].movedim(1, -1).flatten(0, -2)


def _ridge(columns: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Solve (c, k) weights in double precision; the constant, last, is not held back."""
    wide, count = columns.double(), weights.sum().double().clamp(min=1)
    weighted = wide * weights.double()[:, None]
    gram = weighted.T @ wide
    penalty = torch.full((len(gram),), RIDGE * float(count), dtype=torch.float64)
    penalty[-1] = 1e-6 * float(count)
    solved: Tensor = torch.linalg.solve(gram + penalty.diag(), weighted.T @ targets.double())
    return solved.float()


def _put(body: LinearBody, weights: Tensor) -> None:
    """Write solved weights (c, k) into the convolutions."""
    near, far, constant = weights[:NEAR_COLUMNS], weights[NEAR_COLUMNS:-1], weights[-1]
    with torch.no_grad():
        body.near.weight.copy_(near.T[:, :, None, None])
        assert body.near.bias is not None  # noqa: S101  (built with one)
        body.near.bias.copy_(constant)
        if len(far):
            body.far.weight.copy_(far.T[:, :, None, None])


def mean_by_lightness(views: Views, rows: Tensor, stride: int) -> Tensor:
    """Measure the mean chroma of the objects at each of 101 levels of lightness.

    Args:
        views: of the photographs.
        rows: (n,) which views to learn from.
        stride: side of a chroma cell in pixels.

    Returns:
        (101, 2) a* and b* by rounded L*; levels that never occur take the mean of all.
    """
    light = F.avg_pool2d(views.inputs["lightness"][rows].float(), stride)
    labels = views.labels[rows][:, :, stride // 2 :: stride, stride // 2 :: stride]
    is_object = labels[:, 0] > 0
    levels = light[:, 0][is_object].round().long().clamp(0, 100)
    colors = views.truth[rows].float().movedim(1, -1)[is_object]
    totals = torch.zeros(101, 3)
    totals.index_add_(0, levels, torch.cat([colors, torch.ones(len(colors), 1)], dim=1))
    mean = colors.mean(dim=0)
    return (totals[:, :2] + mean) / (totals[:, 2:] + 1)
