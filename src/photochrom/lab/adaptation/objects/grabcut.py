"""Cut objects out of their boxes by color, so that what stands beside them is not learned.

Source: Rother, Kolmogorov and Blake, "GrabCut", 2004: two mixtures of Gaussians in Lab, and the
minimum cut of the grid of pixels, by turns. Eight-connected, on a small copy of the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from photochrom.arrays import F64, I64, U8
from photochrom.collection.label_maps import resize_labels
from photochrom.engine.tiles import working_shape
from photochrom.picture.pixels import resize, to_lab

Mask = NDArray[np.bool_]

_SIZE: Final = 160  # root of the area of the copy
_COLORS: Final = 5  # Gaussians of a mixture, as in the paper
_FEWEST_PIXELS: Final = 8  # of a Gaussian
_LEAST_SPREAD: Final = 4.0  # squared Lab units, added to each variance
_ROUNDS: Final = 4
_SMOOTHNESS: Final = 20.0  # cost of a border between two pixels alike; the paper's 50, for RGB
_MOST_EVIDENCE: Final = 8.0  # of one pixel's color, in nats
_CENTER: Final = 2.0  # nats for the middle of a box over its rim
_TURN: Final = 0.75  # radius, in half sides of the box, at which the place says nothing
_LEAST_SHARE: Final = 0.1  # of the boxes; a smaller object is taken for a mistake
_CERTAIN: Final = 1000.0
_STEPS: Final = 100  # of capacity in one nat


class Box(NamedTuple):
    """A box in pixels of the upright picture."""

    left: int
    top: int
    width: int
    height: int


def cut_out(rgb: U8, boxes: Sequence[Box]) -> Mask:
    """Tell the objects in some boxes from what stands beside them.

    Args:
        rgb: (H, W, 3) the picture.
        boxes: around the objects; what lies outside all of them is no object.

    Returns:
        (H, W), true on objects. All of the boxes when the colors tell nothing apart.
    """
    height, width = rgb.shape[:2]
    small = working_shape(height, width, _SIZE)
    radius = _radius(boxes, (height, width), small)
    whole = _radius(boxes, (height, width), (height, width)) < np.inf
    lab = to_lab(resize(rgb, *small)).astype(np.float64)
    found = _cut(lab, radius)
    if found is None:
        return whole
    return np.asarray(resize_labels(found, (height, width)) & whole)


def _radius(boxes: Sequence[Box], size: tuple[int, int], grid: tuple[int, int]) -> F64:
    """Measure how far out (h, w) cells are in their box: 0 in the middle, 1 at a side's middle."""
    rows, columns = (
        ((np.arange(count) + 0.5) * side / count) for side, count in zip(size, grid, strict=True)
    )
    nearest = np.full(grid, np.inf)
    for box in boxes:
        down = np.abs(rows - box.top - box.height / 2)[:, None] / (box.height / 2)
        right = np.abs(columns - box.left - box.width / 2)[None] / (box.width / 2)
        inside = np.maximum(down, right) <= 1
        nearest = np.where(inside, np.minimum(nearest, np.hypot(down, right)), nearest)
    return nearest


def _cut(lab: F64, radius: F64) -> Mask | None:
    """Cut by turns; None when there is nothing to tell apart."""
    in_box = radius < np.inf
    is_object = radius < 1.0
    random = np.random.default_rng(0)
    pixels = lab.reshape(-1, 3)
    edges = _edges_of(lab)
    place = np.where(in_box, _CENTER * (_TURN - np.minimum(radius, 2)), -_CERTAIN).ravel()
    for _ in range(_ROUNDS):
        inner, outer = pixels[is_object.ravel()], pixels[~is_object.ravel()]
        if not (_is_enough(inner) and _is_enough(outer)):
            return None
        evidence = _cost(outer, pixels, random) - _cost(inner, pixels, random)
        evidence = np.clip(evidence, -_MOST_EVIDENCE, _MOST_EVIDENCE)
        is_object = _minimum_cut(evidence + place, edges).reshape(in_box.shape)
        if is_object.sum() < _LEAST_SHARE * in_box.sum():
            return None
    return is_object


def _is_enough(examples: F64) -> bool:
    """Tell whether a mixture can be fitted to pixels (m, 3)."""
    if len(examples) < _COLORS * _FEWEST_PIXELS:
        return False
    return len(np.unique(examples, axis=0)) >= _COLORS


def _cost(examples: F64, pixels: F64, random: np.random.Generator) -> F64:
    """Fit a mixture to examples (m, 3); give minus its log density, up to a constant, at pixels."""
    _, nearest = kmeans2(examples, _COLORS, minit="++", rng=random, iter=8)
    terms = []
    for color in range(_COLORS):
        own = examples[nearest == color]
        if len(own) < _FEWEST_PIXELS:
            continue
        spread = np.cov(own.T) + _LEAST_SPREAD * np.eye(3)
        away = pixels - own.mean(axis=0)
        squares = np.einsum("ij,jk,ik->i", away, np.linalg.inv(spread), away)
        share = np.log(len(own) / len(examples)) - np.linalg.slogdet(spread)[1] / 2
        terms.append(share - squares / 2)
    return np.asarray(-np.logaddexp.reduce(terms, axis=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edges:
    """Pairs of neighboring pixels, and what a border between them costs in nats."""

    first: I64
    second: I64
    cost: F64


def _edges_of(lab: F64) -> _Edges:
    """Join each pixel to its eight neighbors; a border costs less where the color changes."""
    height, width = lab.shape[:2]
    numbers = np.arange(height * width).reshape(height, width)
    pairs = [
        (numbers[:, :-1], numbers[:, 1:], 1.0),
        (numbers[:-1], numbers[1:], 1.0),
        (numbers[:-1, :-1], numbers[1:, 1:], np.sqrt(2)),
        (numbers[:-1, 1:], numbers[1:, :-1], np.sqrt(2)),
    ]
    first, second = (np.concatenate([pair[side].ravel() for pair in pairs]) for side in (0, 1))
    apart = np.concatenate([np.full(pair[0].size, pair[2]) for pair in pairs])
    pixels = lab.reshape(-1, 3)
    squares = np.square(pixels[first] - pixels[second]).sum(axis=1)
    falloff = np.exp(-squares / max(2 * squares.mean(), 1e-6))
    return _Edges(first=first, second=second, cost=_SMOOTHNESS * falloff / apart)


def _minimum_cut(evidence: F64, edges: _Edges) -> Mask:
    """Choose the pixels (n,) that are objects: most evidence, least border."""
    count = len(evidence)
    source, sink = count, count + 1
    pixels = np.arange(count)
    is_for = evidence > 0
    starts = [edges.first, edges.second, np.full(is_for.sum(), source), pixels[~is_for]]
    ends = [edges.second, edges.first, pixels[is_for], np.full((~is_for).sum(), sink)]
    weights = [edges.cost, edges.cost, evidence[is_for], -evidence[~is_for]]
    capacity = np.rint(_STEPS * np.concatenate(weights)).astype(np.int32)
    place = (np.concatenate(starts), np.concatenate(ends))
    graph = coo_array((capacity, place), shape=(count + 2, count + 2)).tocsr()
    left = graph - maximum_flow(graph, source, sink).flow
    left.data[left.data < 0] = 0
    left.eliminate_zeros()
    reached = np.zeros(count + 2, bool)
    reached[breadth_first_order(left, source, return_predecessors=False)] = True
    return reached[:count]
