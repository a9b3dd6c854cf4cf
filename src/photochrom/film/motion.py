"""Where each part of a frame lies in the next and the last one, and how far that can be trusted.

FFmpeg's `mestimate` finds whole-pixel vectors of blocks, both ways, and `scdet` how much a frame
differs from the last. Grain leads blocks astray that have nothing else to hold on to: each block
may take the vector of its neighbors, of most of the frame, or none, when that fits about as well.
One step of Lucas and Kanade (1981) refines it below a pixel. A vector is trusted when the way there
and back ends where it began (Sundaram, Brox and Keutzer 2010, as in Lai et al. 2018), and when the
lightness at both ends is the same but for exposure and grain. All of this looks at softened frames.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from photochrom.engine.resample import resample
from photochrom.film.clip import pyav

F32 = NDArray[np.float32]
F16 = NDArray[np.float16]

BLOCK: Final = 8  # pixels of the working size
_CUT: Final = 10.0  # scdet's own default, of 100
_SIGMA_LIGHTNESS: Final = 6.0  # in L*: a difference that costs 63 % of the trust
_REACH: Final = 64  # pixels; longer vectors are taken for such
_OWN_RATIO: Final = 1.5  # by how much a vector of its own must fit a block better
_ROUNDS: Final = 2  # in which vectors spread from block to block
_GRAIN: Final = 2.0  # median differences that are taken for grain
_LEAST_TEXTURE: Final = 40.0  # sum of squared gradients in a block that moves a vector by half


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """How a frame moved.

    Attributes:
        to_last: (2, gh, gw) x, y in pixels from each block to where it was in the last frame.
        to_next: the same for the next frame.
        is_jump: whether it differs from the last frame as a cut does.
    """

    to_last: F32
    to_next: F32
    is_jump: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Two frames that follow each other.

    Attributes:
        back: (2, h, w) x, y in pixels from the later frame to the earlier.
        ahead: the same from the earlier to the later.
        trust_back: (h, w), 0 to 1: whether a pixel of the later frame is in the earlier at all.
        trust_ahead: the same of the earlier in the later.
    """

    back: F16
    ahead: F16
    trust_back: F16
    trust_ahead: F16


def softened(lightness: F32) -> F32:
    """Take the mean of 3 x 3 pixels.

    >>> softened(np.float32([[0, 0, 9], [0, 0, 0], [0, 0, 0]]))[1].tolist()
    [0.0, 1.0, 2.0]
    """
    rows = np.pad(lightness, ((1, 1), (0, 0)), mode="edge")
    tall = rows[:-2] + rows[1:-1] + rows[2:]
    columns = np.pad(tall, ((0, 0), (1, 1)), mode="edge")
    mean = (columns[:, :-2] + columns[:, 1:-1] + columns[:, 2:]) / 9
    return mean.astype(np.float32, copy=False)


def motions(frames: Iterable[F32]) -> Iterator[Motion]:
    """Find the motion of frames, one frame behind what is read.

    Args:
        frames: (h, w) softened L*, all of one size.

    Yields:
        One motion for each frame.
    """
    graph: Any = None
    count = 0
    codes: NDArray[np.uint8] | None = None
    for count, lightness in enumerate(frames, 1):
        height, width = lightness.shape
        missing = ((0, -height % BLOCK), (0, -width % BLOCK))
        codes = np.pad(np.rint(lightness * 2.55).astype(np.uint8), missing, mode="edge")
        graph = graph or _graph(codes.shape)
        yield from _pushed(graph, codes, count)
    if codes is not None:  # the filter gives a frame when it has seen the next
        yield from _pushed(graph, codes, count + 1)


def _graph(shape: tuple[int, ...]) -> Any:
    av = pyav()
    height, width = shape
    graph = av.filter.Graph()
    kind = av.VideoFormat("gray", width, height)
    source = graph.add_buffer(width=width, height=height, format=kind, time_base=Fraction(1, 25))
    parts = [
        graph.add("scdet", f"threshold={_CUT}"),
        graph.add("format", "yuv420p"),
        graph.add("mestimate", f"method=epzs:mb_size={BLOCK}:search_param=16"),
        graph.add("buffersink"),
    ]
    graph.link_nodes(source, *parts).configure()
    return graph


def _pushed(graph: Any, codes: NDArray[np.uint8], number: int) -> Iterator[Motion]:
    av = pyav()
    frame = av.VideoFrame.from_ndarray(codes, format="gray")
    frame.pts, frame.time_base = number, Fraction(1, 25)
    graph.push(frame)
    grid = codes.shape[0] // BLOCK, codes.shape[1] // BLOCK
    try:
        found = graph.vpull()
    except (av.error.BlockingIOError, av.error.EOFError):
        return
    vectors = found.side_data["MOTION_VECTORS"].to_ndarray()
    yield Motion(
        to_last=_grid(vectors[vectors["source"] < 0], grid),
        to_next=_grid(vectors[vectors["source"] > 0], grid),
        is_jump=found.pts > 1 and float(found.metadata.get("lavfi.scd.score", 0)) >= _CUT,
    )


def _grid(vectors: NDArray[Any], shape: tuple[int, int]) -> F32:
    grid = np.zeros((2, *shape), np.float32)
    rows, columns = vectors["dst_y"] // BLOCK, vectors["dst_x"] // BLOCK
    grid[0, rows, columns] = vectors["src_x"].astype(np.float32) - vectors["dst_x"]
    grid[1, rows, columns] = vectors["src_y"].astype(np.float32) - vectors["dst_y"]
    return grid


def still(shape: tuple[int, int]) -> F32:
    """Give the vectors of blocks that do not move, for frames of a shape."""
    return np.zeros((2, -(-shape[0] // BLOCK), -(-shape[1] // BLOCK)), np.float32)


def link(earlier: F32, later: F32, to_last: F32, to_next: F32) -> Link:
    """Refine the vectors between two frames and weigh them.

    Args:
        earlier: (h, w) softened L*.
        later: (h, w) softened L* of the frame that follows.
        to_last: vectors of the blocks of the later frame.
        to_next: vectors of the blocks of the earlier frame.

    Returns:
        The vectors of each pixel and how far they can be trusted.
    """
    exposed = same_exposure(earlier, later)
    back = _refined(to_last, later, exposed)
    ahead = _refined(to_next, exposed, later)
    return Link(
        back=back.astype(np.float16),
        ahead=ahead.astype(np.float16),
        trust_back=_trust(back, ahead, later, exposed),
        trust_ahead=_trust(ahead, back, exposed, later),
    )


def same_exposure(lightness: F32, other: F32) -> F32:
    """Give lightness the mean and the spread of another frame's, so that fades are no changes.

    >>> dim = np.array([[10, 20]], np.float32)
    >>> same_exposure(dim, dim * 1.5 + 3).round(2).tolist()
    [[18.0, 33.0]]
    """
    gain = np.clip((other.std() + 1e-3) / (lightness.std() + 1e-3), 0.5, 2)
    exposed: F32 = ((lightness - lightness.mean()) * gain + other.mean()).astype(np.float32)
    return exposed


class _Blocks:
    """The blocks of one frame, and what lies where their vectors lead in another."""

    def __init__(self, here: F32, there: F32, grid: tuple[int, int]) -> None:
        rows, columns = grid
        missing = rows * BLOCK - here.shape[0], columns * BLOCK - here.shape[1]
        padded = np.pad(here, ((0, missing[0]), (0, missing[1])), mode="edge")
        self.here = padded.reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2)
        wide = np.pad(there, [(_REACH, _REACH + each) for each in missing], mode="edge")
        self._there = sliding_window_view(wide, (BLOCK, BLOCK))
        self._places = (np.arange(columns) * BLOCK, np.arange(rows)[:, None] * BLOCK)

    def found(self, vectors: F32) -> F32:
        """Give (gh, gw, BLOCK, BLOCK) for (2, gh, gw) x, y, which are rounded."""
        x, y = np.clip(np.rint(vectors), -_REACH, _REACH).astype(np.intp) + _REACH
        found: F32 = self._there[y + self._places[1], x + self._places[0]]
        return found

    def errors(self, vectors: F32) -> F32:
        """Sum up how much the lightness of each block differs from where its vector leads."""
        error: F32 = np.abs(self.found(vectors) - self.here).sum(axis=(2, 3))
        return error


def _settled(grid: F32, blocks: _Blocks) -> F32:
    """Give blocks the vector of their neighbors, of most blocks, or none, where it fits as well."""
    rows, columns = grid.shape[1:]
    none = np.zeros_like(grid)
    errors_of_none = blocks.errors(none)
    for _ in range(_ROUNDS):
        padded = np.pad(grid, ((0, 0), (1, 1), (1, 1)), mode="edge")
        around = [padded[:, y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
        most = np.broadcast_to(np.median(grid, axis=(1, 2))[:, None, None], grid.shape)
        candidates = [none, most, np.median(around, axis=0), grid]
        errors = np.stack([errors_of_none, *map(blocks.errors, candidates[1:])])
        grain = np.median(errors.min(axis=0))
        errors[-1] *= _OWN_RATIO
        errors = np.maximum(errors, _GRAIN * grain)  # of those that fit, the first is taken
        grid = np.choose(np.argmin(errors, axis=0), candidates).astype(np.float32)
    return grid


def _refined(vectors: F32, here: F32, there: F32) -> F32:
    """Settle each block's vector, add what its gradients tell, and give every pixel a vector."""
    height, width = here.shape
    rows, columns = vectors.shape[1:]
    blocks = _Blocks(here, there, (rows, columns))
    grid = np.rint(_settled(vectors, blocks))
    moved = blocks.found(grid)
    error = moved - blocks.here
    whole = moved.swapaxes(1, 2).reshape(rows * BLOCK, columns * BLOCK)
    along_y, along_x = (
        each.reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2) for each in np.gradient(whole)
    )

    def block_sum(one: F32, other: F32) -> F32:
        total: F32 = np.einsum("rcyx,rcyx->rc", one, other)
        return total

    grain = np.float32(_LEAST_TEXTURE + _GRAIN * BLOCK**2 * np.median(error[..., ::2, ::2] ** 2))
    xx = block_sum(along_x, along_x) + grain
    yy = block_sum(along_y, along_y) + grain
    xy = block_sum(along_x, along_y)
    right, down = block_sum(along_x, error), block_sum(along_y, error)
    area = xx * yy - xy * xy
    step = np.stack([(xy * down - yy * right) / area, (xy * right - xx * down) / area])
    better = grid + np.clip(step, -1, 1)
    fine = resample(better.astype(np.float32), rows * BLOCK, columns * BLOCK)
    return np.ascontiguousarray(fine[:, :height, :width])


def warp(maps: F32, flow: F32 | F16) -> F32:
    """Fetch for each pixel the values to which its vector points, bilinearly.

    Args:
        maps: (C, h, w).
        flow: (2, h, w) x, y in pixels; beyond the edge lies the edge.

    Returns:
        (C, h, w).

    >>> row = np.array([[[0, 10, 20, 30]]], np.float32)
    >>> warp(row, np.stack([np.full((1, 4), 0.5), np.zeros((1, 4))]).astype(np.float32)).tolist()
    [[[5.0, 15.0, 25.0, 30.0]]]
    """
    height, width = maps.shape[1:]
    x = np.clip(np.arange(width, dtype=np.float32) + flow[0], 0, width - 1)
    y = np.clip(np.arange(height, dtype=np.float32)[:, None] + flow[1], 0, height - 1)
    left, top = x.astype(np.int32), y.astype(np.int32)
    x -= left
    y -= top
    first = (top * width + left).astype(np.intp)
    right = np.minimum(left + 1, width - 1) - left
    below = (np.minimum(top + 1, height - 1) - top) * width
    flat = maps.reshape(len(maps), -1)
    mixed = np.zeros_like(maps)
    for across, x_weight in ((0, 1 - x), (right, x)):
        for down, y_weight in ((0, 1 - y), (below, y)):
            corner = flat.take(first + across + down, axis=1)
            corner *= x_weight * y_weight
            mixed += corner
    return mixed


def leads_back(flow: F32, found: F32) -> NDArray[np.bool_]:
    """Tell where vectors lead to something that leads back (Sundaram, Brox and Keutzer 2010).

    Args:
        flow: (2, h, w) x, y in pixels from here to there.
        found: those from there to here, fetched along the flow.

    Returns:
        (h, w); False where a vector leads out of the frame.
    """
    height, width = flow.shape[1:]
    x = np.arange(width, dtype=np.float32) + flow[0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[1]
    is_inside = (x > -1) & (x < width) & (y > -1) & (y < height)
    around = ((flow + found) ** 2).sum(axis=0)
    limit = 0.01 * ((flow**2).sum(axis=0) + (found**2).sum(axis=0)) + 0.5
    return np.asarray(is_inside & (around <= limit))


def _trust(flow: F32, reverse: F32, here: F32, there: F32) -> F16:
    """Tell, 0 to 1, how far each pixel's vector leads to the same thing."""
    found = warp(np.concatenate([reverse, there[None]]), flow)
    change = np.abs(found[2] - here)
    change = np.maximum(change - np.float32(_GRAIN * np.median(change)), 0)
    alike = np.exp(-((change / np.float32(_SIGMA_LIGHTNESS)) ** 2))
    trust: F16 = (alike * leads_back(flow, found[:2])).astype(np.float16)
    return trust
