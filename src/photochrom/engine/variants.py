"""Other plausible colorings of a picture, in which whole regions change together.

A network's distribution over color bins says what else a place may be, but drawing from it cell by
cell gives speckle. Here cells that may be alike form a region, the colors a region may have fall
into a few modes, and a variant is one mode for each region. A cell's distribution is conditioned on
the mode of its region, so that its own evidence counts too: what the network is sure of stays.

The constants were tuned by eye and number on validation photographs, ``benchmarks/autochrome``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.bins import anneal

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Indices = NDArray[np.int64]

MAX_VARIANTS: Final = 16

_ROUNDS: Final = 12  # of k-means, after which nothing moves any more

_REGIONS: Final = 6  # at most
_ANCHOR_STEP: Final = 25.0  # a*, b*: between the colors by which a cell is described
_PLACE: Final = 0.1  # weight of where a cell lies; little, so that patches of a kind stay together
_LEAST_DISTANCE: Final = 0.22  # of two regions; below, they are one
_LEAST_SHARE: Final = 0.04  # of the picture; smaller regions join the most similar
_LOST_SHARE: Final = 1e-3  # of the picture; what smoothing leaves of a region that was speckle
_SOFTNESS: Final = 0.09  # distance over which one region becomes another
_SMOOTHINGS: Final = 10  # of the distances, across cells but not edges

_MODES: Final = 5  # of a region, at most
_LEAST_MASS: Final = 0.06  # of a region's distribution; rarer modes are not plausible
_PULLS: Final = (120.0, 90.0, 70.0, 55.0, 45.0, 36.0, 29.0, 23.0)  # a*, b*: from weak to strong
_WANTED_SHIFT: Final = 7.5  # a*, b*: mean change of a region, when its distribution allows it
_TOGETHER: Final = 0.65  # share of its region's mean in a cell's change

_COMBINATIONS: Final = 512  # compared; when there are more, drawn
_DIVERSITY: Final = 0.35  # log probability that a distance of 1 in a*, b* is worth
_ENOUGH: Final = 8.0  # a*, b*: distance beyond which more is worth nothing
_TINT: Final = 0.05  # log probability that one unit of a change common to all regions costs
_FADING: Final = 0.6  # of the change, each time that all combinations are used up

_REACH: Final = 2  # cells around a pixel that may give it color
_RANGE: Final = 9.0  # L*, a*, b*: how unlike a cell that gives color may be
_FALLBACK: Final = 1e-6  # weight of cells that are all unlike


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a network saw in one picture; all maps cover the same area.

    Attributes:
        distribution: (Q, h2, w2) float32, probabilities of the bins, sum 1 over Q.
        bins: (Q, 2) float32, a* and b*.
        temperature: T > 0 at which the distribution is decoded.
        lightness: (h, w) float32, L* in [0, 100]; h >= h2, w >= w2.
        chroma: (2, h, w) float32, a* and b*: the coloring from which variants depart.
    """

    distribution: F32
    bins: F32
    temperature: float
    lightness: F32
    chroma: F32

    def __post_init__(self) -> None:
        """Refuse maps that do not belong together."""
        given = self.distribution.shape, self.lightness.shape, self.chroma.shape
        is_matching = self.chroma.shape == (2, *self.lightness.shape)
        if not is_matching or self.bins.shape != (len(self.distribution), 2):
            raise ValueError(f"distribution, lightness and chroma do not match: {given}")
        if any(n < cells for n, cells in zip(self.lightness.shape, self.grid, strict=True)):
            raise ValueError(f"the distribution must not be finer than the lightness: {given}")

    @property
    def grid(self) -> tuple[int, int]:
        """h2 and w2."""
        return self.distribution.shape[1], self.distribution.shape[2]


@dataclass(frozen=True, slots=True)
class _Modes:
    """What a region may become; the first is what it is.

    Attributes:
        shifts: (modes, cells, 2) float64, change of a* and b*.
        mean_shifts: (modes, 2) float64, over the region.
        plausibility: (modes,) float64, log of the probability, 0 for the most probable.
    """

    shifts: F64
    mean_shifts: F64
    plausibility: F64


@dataclass(frozen=True, slots=True)
class _Gather:
    """Which cells of a grid give color to each pixel.

    Attributes:
        rows: (h, n) of cells.
        columns: (w, n) of cells.
        weights: (n, n, h, w) float32, sum 1 over the first two.
    """

    rows: Indices
    columns: Indices
    weights: F32


def vary_chroma(scene: Scene, count: int, *, seed: int = 0) -> list[F32]:
    """Find other plausible colorings of a picture.

    Args:
        scene: what the network saw, and the coloring from which to depart.
        count: colorings wanted, 1 to `MAX_VARIANTS`.
        seed: same seed, same colorings.

    Returns:
        ``count`` maps (2, h, w) float32, a* and b*. Each is the best remaining compromise between
        plausible and unlike those before, and the first ones are the same for any ``count``. Where
        the distribution is certain, they are alike.

    Raises:
        ValueError: when the count is out of range.
    """
    if not 1 <= count <= MAX_VARIANTS:
        raise ValueError(f"count must be 1 to {MAX_VARIANTS}, not {count}")
    annealed = anneal(scene.distribution.astype(np.float64), scene.temperature)
    cells: F64 = annealed.reshape(len(scene.bins), -1).T  # (cells, Q)
    guide = np.concatenate([scene.lightness[None], scene.chroma])
    small = _cell_means(guide, scene.grid)
    among_cells = _plan_gather(small, small)
    to_pixels = _plan_gather(guide, small)

    regions = _find_regions(_describe(cells, scene.bins, small), among_cells)
    modes = [_find_modes(cells, scene.bins, region) for region in regions]
    variants = []
    for choice, strength in _choose(modes, regions.mean(axis=1), count, seed):
        parts = zip(modes, regions, choice, strict=True)
        changes = [region[:, None] * mode.shifts[chosen] for mode, region, chosen in parts]
        change = np.asarray(np.sum(changes, axis=0), np.float64) * strength
        maps = change.T.reshape(2, *scene.grid).astype(np.float32)
        variants.append(scene.chroma + _gather(_gather(maps, among_cells), to_pixels))
    return variants


def _describe(cells: F64, bins: F32, small: F32) -> F64:
    """Describe cells so that their Euclidean distance says how unlike two are.

    The main part is the distribution over 25 colors, as square roots: a Hellinger distance.

    Args:
        cells: (cells, Q) probabilities.
        bins: (Q, 2).
        small: (3, h2, w2) L*, a* and b* of the cells.

    Returns:
        (cells, F).
    """
    axis = np.arange(-2, 3) * _ANCHOR_STEP
    anchors = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    nearness = -_squared_distances(bins, anchors) / _ANCHOR_STEP**2
    near = np.exp(nearness - nearness.max(axis=1, keepdims=True))
    colors = np.sqrt(cells @ (near / near.sum(axis=1, keepdims=True)))
    _, rows, columns = small.shape
    place = np.mgrid[:rows, :columns].reshape(2, -1).T / max(rows, columns)
    shown = small.reshape(3, -1).T / (150, 60, 60)
    return np.column_stack([1.5 * colors, shown, _PLACE * place])


def _find_regions(features: F64, among_cells: _Gather) -> F64:
    """Group cells that are alike into soft regions, smooth but for the picture's edges.

    Returns:
        (regions, cells), sum 1 over the regions.
    """
    centers = _k_means(features, np.ones(len(features)), _REGIONS)
    centers = _merge_alike(features, centers)
    grid = len(among_cells.rows), len(among_cells.columns)
    distances = _squared_distances(features, centers).T.reshape(-1, *grid).astype(np.float32)
    for _ in range(_SMOOTHINGS):
        distances = _gather(distances, among_cells)
    regions = _membership(distances.reshape(len(centers), -1).astype(np.float64))
    kept = regions[regions.mean(axis=1) >= _LOST_SHARE]
    return np.asarray(kept / kept.sum(axis=0))


def _membership(squared_distances: F64) -> F64:
    """Turn distances (regions, cells) into weights, sum 1 over the regions."""
    further = squared_distances - squared_distances.min(axis=0)
    weights = np.exp(-further / (2 * _SOFTNESS**2))
    return np.asarray(weights / weights.sum(axis=0))


def _merge_alike(features: F64, centers: F64) -> F64:
    """Unite regions, given by their centers (regions, F), that are too small or too similar."""
    while len(centers) > 1:
        shares = _membership(_squared_distances(features, centers).T).mean(axis=1)
        apart = np.sqrt(_squared_distances(centers, centers))
        np.fill_diagonal(apart, np.inf)
        smallest = int(shares.argmin())
        if shares[smallest] < _LEAST_SHARE:
            pair = [smallest, int(apart[smallest].argmin())]
        else:
            pair = list(divmod(int(apart.argmin()), len(centers)))
            if apart[pair[0], pair[1]] >= _LEAST_DISTANCE:
                break
        united = np.average(centers[pair], axis=0, weights=shares[pair])
        centers = np.concatenate([np.delete(centers, pair, axis=0), united[None]])
    return centers


def _find_modes(cells: F64, bins: F32, region: F64) -> _Modes:
    """Find what a region may become, and how its cells follow.

    Those of too little probability are left out.
    """
    share = region / region.sum()
    pooled = share @ cells
    centers = _k_means(bins.astype(np.float64), pooled, _MODES)
    owners = _squared_distances(bins, centers).argmin(axis=1)
    mass = np.bincount(owners, weights=pooled, minlength=len(centers))
    is_plausible = mass >= _LEAST_MASS
    shifts = _shifts_towards(centers[is_plausible], cells, bins, share)
    mass = mass[is_plausible] / mass.max()

    shifts = np.concatenate([np.zeros_like(shifts[:1]), shifts])
    means = np.einsum("n,mnc->mc", share, shifts)
    shifts += _TOGETHER * (means[:, None] - shifts)
    return _Modes(shifts, means, np.log(np.concatenate([[1.0], mass])))


def _shifts_towards(centers: F64, cells: F64, bins: F32, share: F64) -> F64:
    """Condition cells on a color, just as strongly as changes the region visibly.

    The condition is a Gaussian around the color; its width is the largest of `_PULLS` that moves
    the region's mean by `_WANTED_SHIFT`.

    Args:
        centers: (modes, 2) colors.
        cells: (cells, Q) probabilities.
        bins: (Q, 2).
        share: (cells,) of the region, sum 1.

    Returns:
        (modes, cells, 2) changes of the decoded a* and b*.
    """
    squared = _squared_distances(centers, bins)
    squared -= squared.min(axis=1, keepdims=True)
    widths = np.array(_PULLS)[:, None]
    tilts = np.exp(-squared[:, None] / (2 * widths**2)).reshape(-1, len(bins))
    mass = np.maximum(cells @ tilts.T, np.finfo(np.float64).tiny)
    colors = [cells @ (tilts * bins[:, axis]).T / mass for axis in (0, 1)]
    moved = np.stack(colors, axis=-1) - (cells @ bins)[:, None]
    moved = moved.reshape(len(cells), len(centers), len(_PULLS), 2)
    distances = np.linalg.norm(np.einsum("n,nmwc->mwc", share, moved), axis=-1)
    is_enough = distances >= _WANTED_SHIFT
    width = np.where(is_enough.any(axis=1), is_enough.argmax(axis=1), distances.argmax(axis=1))
    shifts: F64 = moved[:, np.arange(len(centers)), width].swapaxes(0, 1)
    return shifts


def _choose(
    modes: Sequence[_Modes], shares: F64, count: int, seed: int
) -> list[tuple[Indices, float]]:
    """Choose combinations of modes one by one: plausible, and unlike the base and those before.

    Args:
        modes: of each region.
        shares: (regions,) of the picture.
        count: combinations wanted.
        seed: of the combinations compared, where there are too many.

    Returns:
        Pairs of (regions,) modes, and how strongly to apply them.
    """
    combinations = _combinations([len(mode.plausibility) for mode in modes], seed)
    columns = list(zip(modes, combinations.T, strict=True))
    moved = np.stack([mode.mean_shifts[column] for mode, column in columns], axis=1)
    worth = np.stack([mode.plausibility[column] for mode, column in columns], axis=1) @ shares
    worth -= _TINT * np.linalg.norm(shares @ moved, axis=-1)
    nearest = np.linalg.norm(moved, axis=-1) @ shares  # distance to the base
    chosen: list[tuple[Indices, float]] = []
    is_free = np.ones(len(combinations), np.bool_)
    for turn in range(count):
        if not is_free.any():
            is_free[:] = True
        gain = worth + _DIVERSITY * np.minimum(nearest, _ENOUGH)
        best = int(np.where(is_free, gain, -np.inf).argmax())
        is_free[best] = False
        nearest = np.minimum(nearest, np.linalg.norm(moved - moved[best], axis=-1) @ shares)
        chosen.append((combinations[best], _FADING ** (turn // len(combinations))))
    return chosen


def _combinations(sizes: Sequence[int], seed: int) -> Indices:
    """List combinations of modes, (C, regions), without the one that changes nothing."""
    if prod(sizes) <= _COMBINATIONS:
        every = np.array(list(product(*map(range, sizes))), np.int64)
    else:
        generator = np.random.default_rng(seed)
        every = np.unique(generator.integers(0, sizes, (_COMBINATIONS, len(sizes))), axis=0)
    changing = every[every.any(axis=1)]
    return changing if len(changing) else every


def _k_means(points: F64, weights: F64, count: int) -> F64:
    """Find centers of weighted points (n, F); each new one begins where the others are far.

    Returns:
        (k, F), k at most ``count`` and the number of different points.
    """
    mean = np.average(points, axis=0, weights=weights)[None]
    centers = points[[(_squared_distances(points, mean)[:, 0] * weights).argmax()]]
    while len(centers) < count:
        far = _squared_distances(points, centers).min(axis=1) * weights
        if far.max() <= 1e-6:
            break
        centers = np.concatenate([centers, points[[far.argmax()]]])
    for _ in range(_ROUNDS):
        owners = _squared_distances(points, centers).argmin(axis=1)
        members = (owners == np.arange(len(centers))[:, None]) * weights
        mass = members.sum(axis=1, keepdims=True)
        moved = members @ points / np.maximum(mass, np.finfo(np.float64).tiny)
        centers = np.where(mass > 0, moved, centers)
    return centers


def _squared_distances(points: NDArray[np.floating], centers: NDArray[np.floating]) -> F64:
    """Measure from each of (n, F) to each of (k, F); gives (n, k)."""
    between = points[:, None].astype(np.float64) - centers
    return np.asarray((between**2).sum(axis=-1))


def _cell_means(maps: F32, grid: tuple[int, int]) -> F32:
    """Average maps (C, h, w) over the cells of a grid; gives (C, h2, w2)."""
    _, height, width = maps.shape
    tops = np.arange(grid[0]) * height // grid[0]
    lefts = np.arange(grid[1]) * width // grid[1]
    sums = np.add.reduceat(np.add.reduceat(maps, tops, axis=1), lefts, axis=2)
    areas = np.outer(np.diff(tops, append=height), np.diff(lefts, append=width))
    return (sums / areas).astype(np.float32)


def _plan_gather(guide: F32, small: F32) -> _Gather:
    """Plan a joint bilateral resampling: pixels take color from near cells that look like them.

    It is a mean, so that it cannot overshoot into halos as bicubic resampling does.

    Args:
        guide: (3, h, w) L*, a*, b* of the pixels.
        small: (3, h2, w2) of the cells.

    Source: Kopf et al. 2007, "Joint bilateral upsampling", equation 3, with a guide in color.
    """
    rows, near_rows = _near_cells(guide.shape[1], small.shape[1])
    columns, near_columns = _near_cells(guide.shape[2], small.shape[2])
    weights = np.empty((rows.shape[1], columns.shape[1], *guide.shape[1:]), np.float32)
    for i, j in np.ndindex(weights.shape[:2]):
        unlike = ((small[:, rows[:, i, None], columns[:, j]] - guide) ** 2).sum(axis=0)
        alike = np.exp(-unlike / np.float32(2 * _RANGE**2)) + np.float32(_FALLBACK)
        weights[i, j] = alike * np.outer(near_rows[:, i], near_columns[:, j])
    weights /= weights.sum(axis=(0, 1))
    return _Gather(rows, columns, weights)


def _near_cells(size: int, cells: int) -> tuple[Indices, F32]:
    """List the cells near each pixel along one axis, (size, n), and how near they are."""
    position = (np.arange(size) + 0.5) * (cells / size) - 0.5
    near = np.rint(position)[:, None] + np.arange(-_REACH, _REACH + 1)
    weights = np.exp(-((near - position[:, None]) ** 2) / 2)
    return np.clip(near, 0, cells - 1).astype(np.int64), weights.astype(np.float32)


def _gather(maps: F32, plan: _Gather) -> F32:
    """Resample maps (C, h2, w2) to (C, h, w)."""
    total = np.zeros((len(maps), *plan.weights.shape[2:]), np.float32)
    for i, j in np.ndindex(plan.weights.shape[:2]):
        total += plan.weights[i, j] * maps[:, plan.rows[:, i, None], plan.columns[:, j]]
    return total
