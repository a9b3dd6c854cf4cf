"""The object that a click means: a region that grows from a point up to edges.

The way from the point to a pixel costs what it crosses: steps of lightness and of the colors that
the model sees. Where the cheapest way is cheap, and the pixel looks as the point does, the region
is.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.engine.hints import Hint
from photochrom.engine.prediction import Prediction
from photochrom.errors import InputError

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

_EDGE: Final = 6.0  # L*: a step between neighbors that costs as much as one
_COLOR_EDGE: Final = 6.0  # a*, b*: the same
_LENGTH: Final = 1e-3  # cost of a step on a plain surface
_UNLIKE: Final = 15.0  # L*, and a*, b*: from the point, that cost one
_FAR: Final = 1.0  # cost at which half of a pixel belongs to the region
_SOFT: Final = 0.15  # of the cost, over which the region fades
_POINT: Final = 1e-3  # cost below which a pixel is as near as the point itself
_NEVER: Final = 1e6
_ROUNDS: Final = 24  # turns that a way may take


def find_region(lightness: F32, seen: Prediction, place: tuple[int, int]) -> F32:
    """Find the region that a click on a picture means. Pure, and fast enough to follow a pointer.

    Args:
        lightness: (h, w) L* in [0, 100], at the working size.
        seen: of that lightness, without hints.
        place: row and column on it.

    Returns:
        (h, w) float32: 1 in the region, 0 outside, soft at its border.
    """
    return _region_of(_cost(lightness, seen, place))


def regions_of(
    hints: Sequence[Hint],
    lightness: F32,
    seen: Prediction,
    picture: tuple[int, int],
    *,
    is_picture: NDArray[np.bool_] | None = None,
) -> F32:
    """Find the regions that hints cover. Where several could be, the nearest has most of a pixel.

    Args:
        hints: on the picture at its full size.
        lightness: (h, w) L* in [0, 100], at the working size.
        seen: of that lightness, without hints.
        picture: (height, width) of the picture in pixels.
        is_picture: (h, w), False on its border, if any: a region lies on one of the two.

    Returns:
        (n, h, w) float32, shares of the n hints, which add up to 1 at most; 1 at their points.

    Raises:
        InputError: when a hint lies outside the picture.
    """
    height, width = lightness.shape
    down, right = height / picture[0], width / picture[1]
    for hint in hints:
        if hint.x >= picture[1] or hint.y >= picture[0]:
            size = f"{picture[1]} x {picture[0]}"
            raise InputError(f"the hint {hint} lies outside the picture of {size} pixels")
    places = [(int(hint.y * down), int(hint.x * right)) for hint in hints]
    costs = np.stack([_cost(lightness, seen, place) for place in places])
    if is_picture is not None:
        for place, cost in zip(places, costs, strict=True):
            cost[is_picture != is_picture[place]] = _NEVER
    found = _region_of(costs)
    nearness = found / (costs + _POINT) ** 2
    regions = np.asarray(found.max(axis=0) * nearness / nearness.sum(axis=0), np.float32)
    rows, columns = np.ogrid[0.5:height, 0.5:width]
    for number, hint in enumerate(hints):
        for dab in hint.brush:
            x, y = (dab.x + 0.5) * right, (dab.y + 0.5) * down
            away = np.hypot(columns - x, rows - y) - dab.radius * max(down, right)
            touched = np.clip(0.5 - away, 0, 1).astype(np.float32)
            regions[... if dab.adds else number] *= 1 - touched
            if dab.adds:
                regions[number] += touched
    return regions


def paint_hints(chroma: F32, hints: Sequence[Hint], regions: F32) -> F32:
    """Give each region the color of its hint.

    Args:
        chroma: (2, h, w) a* and b*, as predicted.
        hints: n of them.
        regions: (n, h, w) from `regions_of`.

    Returns:
        (2, h, w) a* and b*.
    """
    painted: F32 = chroma * (1 - regions.sum(axis=0))
    for hint, region in zip(hints, regions, strict=True):
        painted += region * hint.chroma[:, None, None]
    return painted


def _cost(lightness: F32, seen: Prediction, place: tuple[int, int]) -> F64:
    """Say how far (h, w) pixels are from belonging to a point's region; 0 at the point."""
    row, column = place
    guide = np.concatenate([lightness[None] / _EDGE, seen.chroma / _COLOR_EDGE])
    down = _LENGTH + np.square(np.diff(guide, axis=1)).sum(axis=0)
    right = _LENGTH + np.square(np.diff(guide, axis=2)).sum(axis=0)
    cost = cheapest_ways(down, right, place)
    unlike = np.concatenate([lightness[None], seen.chroma]) / _UNLIKE
    patch = unlike[:, max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
    cost += np.square(unlike - patch.mean(axis=(1, 2), keepdims=True)).sum(axis=0)
    cost[place] = 0
    return cost


def _region_of(costs: F64) -> F32:
    share = 1 / (1 + np.exp(np.clip((costs - _FAR) / _SOFT, -30, 30)))
    return np.asarray(share, np.float32)


def cheapest_ways(down: F32, right: F32, place: tuple[int, int]) -> F64:
    """Give the cost of the cheapest way from a pixel to every other one.

    Whole rows and columns are swept at a time: along a line, the best way is a running minimum.

    Args:
        down: (h - 1, w) cost of a step between a pixel and the one below, above 0.
        right: (h, w - 1) the same to the right.
        place: row and column of the pixel.

    Returns:
        (h, w) costs, exact for ways of up to 24 turns.

    >>> steps = np.ones((3, 2), np.float32)
    >>> cheapest_ways(steps[:2, :1].repeat(3, 1), steps, (0, 0)).tolist()
    [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 3.0, 4.0]]
    """
    along_rows = np.pad(np.cumsum(right, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
    along_columns = np.pad(np.cumsum(down, axis=0, dtype=np.float64), ((1, 0), (0, 0)))
    costs = np.full(along_rows.shape, np.inf)
    costs[place] = 0
    for _ in range(_ROUNDS):
        before = costs
        costs = _swept(_swept(costs, along_rows, 1), along_columns, 0)
        if np.array_equal(costs, before):
            break
    return costs


def _swept(costs: F64, travelled: F64, axis: int) -> F64:
    """Improve costs along the lines of an axis, both ways."""
    forth = np.minimum.accumulate(costs - travelled, axis=axis) + travelled
    back = np.flip(costs + travelled, axis)
    back = np.flip(np.minimum.accumulate(back, axis=axis), axis) - travelled
    return np.asarray(np.minimum(costs, np.minimum(forth, back)))
