"""The object that a click means: a region that grows from a point up to edges.

The way from the point to a pixel costs what it crosses: steps of lightness and of the colors that
the model sees. Where the cheapest way is cheap, and the pixel looks as the point does, the region
is; the less surely, the farther that is from what surely belongs to it. The weights are those of a
logistic regression on objects of validation photographs, ``benchmarks/autochrome/hint_regions.py``.
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

_STEP: Final = 6.0  # L*, or a*, b*: a step between neighbors that costs as much as one
_LENGTH: Final = 1e-5  # cost of a step on a plain surface
_WAY, _COLOR_WAY = 2.16, 1.45  # weights of the ways, in units of the picture's median
_UNLIKE, _COLOR_UNLIKE = 0.38, 0.96  # of how unlike the point a pixel looks, likewise
_TEXTURE: Final = 0.78  # of how much rougher or smoother it is there
_DISTANCE: Final = 1.5  # of how far it is, in sides of a square as large as the picture
_LEAST: Final = 0.05  # added to the medians
_SURE: Final = 3.2  # cost below which a pixel that is joined to the point surely belongs to it
_AWAY: Final = 30.0  # of how far it is from such a pixel, in sides of such a square
_FAR: Final = 5.85  # cost at which half of a pixel belongs to the region
_SOFT: Final = 0.1  # of the cost, over which the region fades
_RANGE: Final = 15.0  # L*, or a*, b*: that count as one unlike
_FINE, _COARSE = 4, 12  # rounds of smoothing: of what is compared, and of texture
_BLURRED: Final = 3  # px
_POINT: Final = 1e-3  # cost below which a pixel is as near as the point itself
_NEVER: Final = 1e6
_ROUNDS: Final = 24  # turns that a way may take


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
    found = 1 / (1 + np.exp(np.clip((costs - _FAR) / _SOFT, -30, 30)))  # soft at the border
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
    guide = np.concatenate([lightness[None], seen.chroma])
    smooth = _smoothed(guide, _FINE)
    light, colors = smooth[:1] / _STEP, smooth[1:] / _STEP
    variance = _smoothed(lightness[None] ** 2, _COARSE) - _smoothed(lightness[None], _COARSE) ** 2
    texture = np.log1p(np.sqrt(np.maximum(variance[0], 0)))
    rows, columns = np.ogrid[: len(lightness), : lightness.shape[1]]
    far = np.hypot(rows - place[0], columns - place[1]) / np.sqrt(lightness.size)
    cost = (
        _WAY * _in_medians(_way(light, place))
        + _COLOR_WAY * _in_medians(_way(colors, place))
        + _UNLIKE * _in_medians(_unlike(light, place))
        + _COLOR_UNLIKE * _in_medians(_unlike(colors, place))
        + _TEXTURE * np.abs(texture - texture[place])
        + _DISTANCE * far
    )
    cost[place] = 0
    for _ in range(_BLURRED):  # what is smooth knows an edge only from some pixels away
        for axis in (0, 1):
            steps = np.square(np.diff(guide, axis=axis + 1) / _STEP).sum(axis=0)
            step = np.moveaxis(np.asarray(steps, np.float64), axis, 0)
            lines: F64 = np.moveaxis(cost, axis, 0)
            np.minimum(lines[1:], lines[:-1] + step, out=lines[1:])
            np.minimum(lines[:-1], lines[1:] + step, out=lines[:-1])
    unsure = np.asarray(cost >= _SURE, np.float64) + _LENGTH
    down, right = np.maximum(unsure[1:], unsure[:-1]), np.maximum(unsure[:, 1:], unsure[:, :-1])
    away = cheapest_ways(np.asarray(down, np.float32), np.asarray(right, np.float32), place)
    return np.asarray(cost + _AWAY * away / np.sqrt(lightness.size), np.float64)


def _way(maps: F32, place: tuple[int, int]) -> F64:
    """Give the root of what the cheapest way from a pixel costs."""
    down, right = (_LENGTH + np.square(np.diff(maps, axis=axis)).sum(axis=0) for axis in (1, 2))
    return np.asarray(np.sqrt(cheapest_ways(down, right, place)))


def _unlike(maps: F32, place: tuple[int, int]) -> F64:
    away = maps - maps[(slice(None), *place)][:, None, None]
    return np.asarray(np.sqrt(np.square(away).sum(axis=0)), np.float64) * _STEP / _RANGE


def _in_medians(costs: F64) -> F64:
    """Count in what is usual in this picture: an edge says more where there are few."""
    return np.asarray(costs / (np.median(costs) + _LEAST))


def _smoothed(maps: F32, rounds: int) -> F32:
    """Average (C, h, w) with neighbors: a Gaussian, its variance half the rounds, in px."""
    for _ in range(rounds):
        for axis in (1, 2):
            ends = [(0, 0)] * 3
            ends[axis] = (1, 1)
            wide = np.moveaxis(np.pad(maps, ends, mode="edge"), axis, 0)
            mean = (wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4
            maps = np.asarray(np.moveaxis(mean, 0, axis), np.float32)
    return maps


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
        if np.allclose(costs, before, atol=1e-6):
            break
    return costs


def _swept(costs: F64, travelled: F64, axis: int) -> F64:
    """Improve costs along the lines of an axis, both ways."""
    forth = np.minimum.accumulate(costs - travelled, axis=axis) + travelled
    back = np.flip(costs + travelled, axis)
    back = np.flip(np.minimum.accumulate(back, axis=axis), axis) - travelled
    return np.asarray(np.minimum(costs, np.minimum(forth, back)))
