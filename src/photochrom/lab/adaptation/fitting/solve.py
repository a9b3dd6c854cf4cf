"""What is solved from a few cells of every crop: colors, kinds, and where objects are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from photochrom.lab.adaptation.examples import Crops, SeenPicture
from photochrom.lab.adaptation.fitting.finding import Place, balance
from photochrom.lab.adaptation.fitting.fit import fit_colors
from photochrom.lab.adaptation.fitting.regression import (
    BroadBody,
    KindOf,
    LinearBody,
    Regression,
    TableBody,
)
from photochrom.lab.adaptation.fitting.ridge import Moments, moments_of, ridge, scale_of
from photochrom.lab.adaptation.judge import object_pixels
from photochrom.lab.adaptation.refiners import UNIT, Shape, labels_of_cells

_THIN: Final = 7  # every so many cells along each side: neighbors say the same
_QUARTERS: Final = 4
_SPARSE: Final = 5  # every so many cells of whole photographs
_BLOCK: Final = 8
_KIND_STIFFNESS: Final = 1.0
_STEEPNESSES: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A few cells of every crop, and what regressions know of them; the same for all folds.

    Attributes:
        colors: (n, m, 2) a* and b*.
        labels: (n, m) uint8.
        linear: (n, m, c) columns of the linear body's regression, float16.
        broad: (n, m, b) columns of the broad body's; None when none is made.
        kind: (n, k) columns of the kinds' regression, one row for each crop, float32; None when
            there is one kind.
        place: (n, m, d) columns of the objects' regression; None when all of a picture counts.
    """

    colors: Tensor
    labels: Tensor
    linear: Tensor
    broad: Tensor | None
    kind: Tensor | None
    place: Tensor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What refiners learn from.

    Attributes:
        pictures: all photographs, as they are colorized.
        crops: of all photographs, moved about.
        cells: a few cells of each crop, for what is solved.
    """

    pictures: Sequence[SeenPicture]
    crops: Crops
    cells: Cells


def take_cells(shape: Shape, crops: Crops, *, has_broad: bool) -> Cells:
    """Look at a few cells of every crop, also for a broad body if there is to be one."""
    kind = broad = None
    if shape.kinds > 1:
        kind = torch.cat([KindOf(shape).columns(inputs) for inputs in _blocks(crops, shape)])
    if has_broad:
        broad = _columns(BroadBody(shape).paint, crops, shape)
    return Cells(
        colors=_thinned(crops.truth.float()),
        labels=_thinned(labels_of_cells(crops.labels, shape.stride))[..., 0],
        linear=_columns(LinearBody(shape).paint, crops, shape),
        broad=broad,
        kind=kind,
        place=_columns(Place(shape).seen, crops, shape) if shape.has_objects else None,
    )


def _columns(regression: Regression, crops: Crops, shape: Shape) -> Tensor:
    blocks = [_thinned(regression.columns(inputs)).half() for inputs in _blocks(crops, shape)]
    return torch.cat(blocks)


def _blocks(crops: Crops, shape: Shape) -> Iterator[dict[str, Tensor]]:
    """Give the inputs of a few crops at a time, and "where" their objects are."""
    for block in torch.split(torch.arange(len(crops.truth)), _BLOCK):
        where = (labels_of_cells(crops.labels[block], shape.stride) > 0).float()
        yield {
            **{name: values[block].float() for name, values in crops.inputs.items()},
            "where": where,
        }


def solve_linear(shape: Shape, seen: Seen, rows: Tensor) -> LinearBody:
    """Solve for the weights of the linear refiner, in closed form.

    Args:
        shape: what the refiner has to do with.
        seen: of all photographs.
        rows: (n,) which crops to learn from.

    Returns:
        The body, ready to paint.
    """
    body = LinearBody(shape)
    weights = [
        ridge(columns, colors / UNIT, torch.ones(len(columns)), body.paint.stiffness)
        for columns, colors, _ in _cells_of_kinds(shape, seen, seen.cells.linear, rows)
    ]
    body.paint.put(torch.cat(weights, dim=1))
    return body.eval().requires_grad_(False)


def solve_table(shape: Shape, crops: Crops, rows: Tensor) -> TableBody:
    """Measure the mean chroma of each kind at each level of lightness.

    Args:
        shape: what the refiner has to do with.
        crops: of the photographs.
        rows: (n,) which crops to learn from.

    Returns:
        The body, ready to paint.
    """
    body = TableBody(shape)
    kinds = range(1, shape.kinds + 1)
    means = [_mean_by_lightness(crops, rows, shape.stride, kind) for kind in kinds]
    body.table.copy_(torch.cat(means, dim=1))
    return body.eval()


def solve_broad(shape: Shape, seen: Seen, rows: Tensor) -> BroadBody:
    """Fit the weights of the broad refiner; arguments as in `solve_linear`."""
    assert seen.cells.broad is not None  # noqa: S101  (asked for by the caller)
    body = BroadBody(shape)
    cells = _cells_of_kinds(shape, seen, seen.cells.broad, rows)
    stiffness, held = body.paint.stiffness, body.paint.base_weights
    if shape.has_objects:
        held = torch.zeros_like(held)  # what is beside them is left to the base anyway
    body.put([fit_colors(*each, stiffness, held) for each in cells])
    return body.eval().requires_grad_(False)


def _cells_of_kinds(
    shape: Shape, seen: Seen, columns: Tensor, rows: Tensor
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Take the cells that are of each kind.

    Args:
        shape: what the refiner has to do with.
        seen: of all photographs.
        columns: of some cells of every crop.
        rows: (n,) which crops to learn from.

    Yields:
        The columns (m, c), the a* and b* (m, 2), and the photographs (m,) of the cells of a kind;
        two gray ones of a kind that is too small for any.
    """
    cells = seen.cells
    labels = cells.labels[rows]
    photos = seen.crops.photos[rows][:, None].expand_as(labels)
    for kind in range(1, shape.kinds + 1):
        is_kind = labels == kind
        if is_kind.any():
            yield columns[rows][is_kind].float(), cells.colors[rows][is_kind], photos[is_kind]
        else:
            known = torch.zeros(2, columns.shape[-1])
            known[:, -1] = 1  # the constant
            yield known, torch.zeros(2, 2), torch.zeros(2, dtype=torch.int64)


def solve_kind(shape: Shape, seen: Seen, photos: Sequence[int]) -> KindOf | None:
    """Solve for what tells the kinds apart; arguments as in `solve_place`.

    How sure it may be is learned from quarters of the photographs that it had not seen.

    Returns:
        The classifier; None when there is one kind.
    """
    known = seen.cells.kind
    if known is None:
        return None
    kind = KindOf(shape)
    quarters = _quarters(photos)
    # of the photograph of each crop (n,), also of crops beside the object; 0 where none shows it
    largest = seen.crops.labels.flatten(1).amax(dim=1).long()
    of_photos = torch.zeros(int(seen.crops.photos.max()) + 1, dtype=torch.int64)
    of_photos.scatter_reduce_(0, seen.crops.photos, largest, "amax")
    kinds = of_photos[seen.crops.photos]
    rows = [seen.crops.rows_of(quarter) for quarter in quarters]
    rows = [each[kinds[each] > 0] for each in rows]
    columns = [known[each] for each in rows]
    marks = [kinds[each] - 1 for each in rows]
    targets = [F.one_hot(each, shape.kinds).float() for each in marks]
    scale = scale_of(torch.cat(columns))
    sums = [
        moments_of(each, target, torch.ones(len(each)), scale)
        for each, target in zip(columns, targets, strict=True)
    ]
    whole = reduce(add, sums)
    guesses = [
        each @ (whole - moments).solve(_KIND_STIFFNESS)
        for each, moments in zip(columns, sums, strict=True)
    ]
    steep = steepness(torch.cat(guesses), torch.cat(marks)) if len(quarters) == _QUARTERS else 1.0
    kind.put(steep * whole.solve(_KIND_STIFFNESS))
    return kind


def steepness(guesses: Tensor, kinds: Tensor) -> float:
    """Find the factor by which guesses (n, K) are best taken for logits of kinds (n,).

    >>> sure = steepness(torch.eye(2).repeat(9, 1), torch.tensor([0, 1]).repeat(9))
    >>> doubtful = steepness(torch.eye(2).repeat(8, 1), torch.tensor([0, 1, 1, 0]).repeat(4))
    >>> sure, doubtful
    (32.0, 0.0)
    """
    losses = {factor: float(F.cross_entropy(factor * guesses, kinds)) for factor in _STEEPNESSES}
    return min(losses, key=lambda factor: losses[factor])


def _quarters(photos: Sequence[int]) -> list[Sequence[int]]:
    return [photos[number::_QUARTERS] for number in range(min(_QUARTERS, len(photos)))]


def solve_place(shape: Shape, seen: Seen, photos: Sequence[int]) -> Place | None:
    """Solve for where objects are, from all that the base saw.

    A small network, trained on as few photographs, finds fewer of them (docs/experiments.md).
    The prior and the second look are learned from quarters of the photographs, each looked at with
    what the others taught: a regression is too sure of what it has seen. Below four photographs
    there are none.

    Args:
        shape: what the refiner has to do with.
        seen: of all photographs.
        photos: which to learn from.

    Returns:
        The regression with its prior; None when all of a picture counts.
    """
    if seen.cells.place is None:
        return None
    place = Place(shape)
    quarters = _quarters(photos)
    sums = _place_moments(seen, quarters)
    whole = reduce(add, sums)
    if len(quarters) == _QUARTERS:
        looks = []
        for quarter, moments in zip(quarters, sums, strict=True):
            place.seen.put((whole - moments).solve())
            photographs = [seen.pictures[photo] for photo in quarter]
            with torch.no_grad():
                looks += [(photo, place.look(photo.inputs)) for photo in photographs]
        _learn_from_looks(place, looks, shape.stride)
    place.seen.put(whole.solve())
    return place


def _place_moments(seen: Seen, quarters: Sequence[Sequence[int]]) -> list[Moments]:
    """Sum up the cells of each quarter of the photographs."""
    assert seen.cells.place is not None  # noqa: S101  (asked for by the caller)
    rows = [seen.crops.rows_of(quarter) for quarter in quarters]
    columns = [seen.cells.place[each].flatten(0, 1).float() for each in rows]
    marks = [(seen.cells.labels[each].flatten() > 0).float() for each in rows]
    scale = scale_of(torch.cat(columns))
    weights = torch.split(balance(torch.cat(marks)), [len(each) for each in marks])
    return [
        moments_of(each, 2 * mark[:, None] - 1, weight, scale)
        for each, mark, weight in zip(columns, marks, weights, strict=True)
    ]


def _learn_from_looks(
    place: Place, looks: Sequence[tuple[SeenPicture, Tensor]], stride: int
) -> None:
    """Teach both looks, from whole photographs and what the first gives of each, (1, 4, h, w)."""
    marks = []  # which of some cells of a photograph are of an object
    for picture, _ in looks:
        pixels = torch.from_numpy(object_pixels(picture))[None, None]
        cells = _taken(labels_of_cells(pixels, stride), picture, stride)
        marks.append(cells[:, 0].float())
    is_object = torch.cat(marks)
    first = [_taken(known, picture, stride) for picture, known in looks]
    place.learn_first(torch.cat(first), is_object)
    with torch.no_grad():
        second = [
            _taken(place.look_again(picture.inputs, known), picture, stride)
            for picture, known in looks
        ]
    place.learn_second(torch.cat(second), is_object)


def _taken(values: Tensor, picture: SeenPicture, stride: int) -> Tensor:
    """Take some cells (n, c) of values (1, c, h, w), without what was padded."""
    rows, columns = (side // stride for side in picture.lightness.shape)
    return values[0, :, :rows, :columns].flatten(1).T[::_SPARSE]


def _thinned(values: Tensor) -> Tensor:
    """Take every so many cells of (n, c, h, w): (n, m, c)."""
    return values[:, :, 3::_THIN, 3::_THIN].flatten(2).transpose(1, 2)


def _mean_by_lightness(crops: Crops, rows: Tensor, stride: int, kind: int) -> Tensor:
    """Measure the mean a*, b* (101, 2) by rounded L* of the objects of a kind in rows (n,).

    Levels that never occur take the mean of all, gray where there is nothing of the kind.
    """
    light = F.avg_pool2d(crops.inputs["lightness"][rows].float(), stride)
    labels = labels_of_cells(crops.labels[rows], stride)
    is_object = labels[:, 0] == kind
    levels = light[:, 0][is_object].round().long().clamp(0, 100)
    colors = crops.truth[rows].float().movedim(1, -1)[is_object]
    totals = torch.zeros(101, 3)
    totals.index_add_(0, levels, torch.cat([colors, torch.ones(len(colors), 1)], dim=1))
    mean = colors.sum(dim=0) / max(1, len(colors))
    return (totals[:, :2] + mean) / (totals[:, 2:] + 1)
