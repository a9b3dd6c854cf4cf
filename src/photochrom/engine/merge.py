"""Merge the original lightness with predicted chroma, strip by strip, at full resolution."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.gamut import GamutFit, curve_to_luminance
from photochrom.color.lab import gray_to_lightness, linear_to_srgb, srgb_to_gray
from photochrom.color.table import color_table, table_places, within_table
from photochrom.engine.resample import Taps, bicubic_taps, widen
from photochrom.errors import InferenceError

F32 = NDArray[np.float32]
Codes = NDArray[Any]  # uint8 or uint16

MERGE_THREADS: Final = 2
_AMBER: Final = (4.0, 14.0)  # a*, b* that full warmth adds to what is clearly colored
_TINTED_FROM: Final = 8.0  # a*, b*: paler colors are moved less, and gray not at all
_FULL_SCALE: Final = 65535
_EVERY: Final = 16  # pixels between two that are held against the original
_MAX_STRAYED: Final = 1.0  # in L*; rounding to eight bits makes 0.3 at most


@cache
def _decode_tables() -> tuple[F32, F32]:
    """Return f(Y) and Y of all 65536 gray codes."""
    gray = np.arange(_FULL_SCALE + 1) / _FULL_SCALE
    curve = ((gray_to_lightness(gray) + 16) / 116).astype(np.float32)
    return curve, curve_to_luminance(curve)


@cache
def _encode_tables() -> tuple[F32, F32]:
    """Return sRGB codes, 0 to 65535 plus one half, at 65536 steps of linear light; and slopes."""
    codes = linear_to_srgb(np.arange(_FULL_SCALE + 2) / _FULL_SCALE) * _FULL_SCALE
    return (codes[:-1] + 0.5).astype(np.float32), np.diff(codes).astype(np.float32)


@cache
def _encode_table_8() -> NDArray[np.uint8]:
    """Return the 8-bit sRGB codes at 65536 steps of linear light."""
    codes = linear_to_srgb(np.arange(_FULL_SCALE + 1) / _FULL_SCALE) * 255
    return np.rint(codes).astype(np.uint8)


class StripMerger:
    """Turns gray codes into colored ones; safe from several threads."""

    def __init__(
        self,
        chroma: F32,
        height: int,
        width: int,
        *,
        bits: int,
        columns: slice = slice(None),
        is_quick: bool = False,
    ) -> None:
        """Plan the merge of one picture.

        Args:
            chroma: (2, h, w) a*, b*, covering the whole picture; h <= height, w <= width.
            height: rows of the picture.
            width: columns of the picture.
            bits: 8 or 16, of the result.
            columns: of the picture that are merged; by default all.
            is_quick: look colors up in a table, of 8 bits, instead of computing them.
        """
        across = bicubic_taps(chroma.shape[2], width)
        self._chroma = within_table(chroma) if is_quick else chroma
        self._dtype: Any = np.uint8 if bits == 8 else np.uint16
        self._rows: Taps = bicubic_taps(chroma.shape[1], height)
        self._columns = Taps(across.cells[columns], across.weights[columns])
        self._width = len(self._columns.cells)
        self._workspaces = threading.local()
        self._workspace = _Lookup if is_quick else _Workspace

    def merge(self, codes: NDArray[np.uint16], first_row: int) -> Codes:
        """Color one strip.

        Args:
            codes: (n, W) sRGB-encoded CIE Y, full scale 65535.
            first_row: its place in the picture.

        Returns:
            (n, W, 3) sRGB codes; their luminance is that of ``codes``.

        Raises:
            InferenceError: when it is not, which is looked at on every 16th pixel both ways.
        """
        height = len(codes)
        result = np.empty((height, self._width, 3), self._dtype)
        needed = self._rows.cells[first_row : first_row + height]
        first, last = int(needed.min()), int(needed.max()) + 1
        wide = widen(self._chroma[:, first:last], self._columns)
        step = max(1, self._workspace.chunk // self._width)
        if not hasattr(self._workspaces, "own"):
            self._workspaces.own = self._workspace(max(self._width, self._workspace.chunk))
        own: _Workspace | _Lookup = self._workspaces.own
        strays: list[tuple[NDArray[np.intp], F32]] = []
        for row in range(0, height, step):
            chunk = slice(row, min(row + step, height))
            matrix, start, stop = self._rows.matrix(first_row + chunk.start, first_row + chunk.stop)
            near = wide[:, start - first : stop - first]
            places, colors = own.color(codes[chunk], matrix, near, result[chunk])
            strays.append((places + row * self._width, colors))
        places, colors = (np.concatenate(each, axis=-1) for each in zip(*strays, strict=True))
        own.reduce(places, colors, result)
        # held against the original: no mistake in a model or here may pass for a scan
        wanted = codes[::_EVERY, ::_EVERY] / _FULL_SCALE
        made = srgb_to_gray(result[::_EVERY, ::_EVERY] / np.iinfo(self._dtype).max)
        strayed = np.abs(gray_to_lightness(made) - gray_to_lightness(wanted)).max(initial=0)
        if strayed > _MAX_STRAYED:
            raise InferenceError(
                f"the colors of the model move the lightness of the picture by {strayed:.0f} of 100"
            )
        return result


class _Workspace:
    """The working memory of one thread."""

    chunk: Final = 1 << 17  # pixels; fewer, and threads wait for each other at every step of NumPy

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._fit = GamutFit(capacity)
        self._indices = np.empty((capacity, 3), np.intp)
        self._colors = np.empty((4, capacity), np.float32)  # f(Y), Y, a*, b*
        self._spare = np.empty(capacity, np.float32)

    def color(
        self, codes: NDArray[np.uint16], matrix: F32, wide: F32, result: Codes
    ) -> tuple[NDArray[np.intp], F32]:
        """Color (n, W) codes into ``result``; ``matrix`` (n, k) mixes the k rows of ``wide``.

        Returns:
            (m,) places of colors outside sRGB, black as yet; (4, m) what `reduce` takes of them.
        """
        indices = self._indices.reshape(-1)[: codes.size]
        colors = self._colors[:, : codes.size]
        np.copyto(indices.reshape(codes.shape), codes)
        for table, values in zip(_decode_tables(), colors, strict=False):
            table.take(indices, out=values, mode="clip")
        # einsum, not a matrix product: BLAS threads of two callers get in each other's way
        np.einsum("nk,ckw->cnw", matrix, wide, out=colors[2:].reshape(2, *codes.shape))
        linear, places = self._fit.merge(colors[0], colors[1], colors[2:])
        linear[:, places] = 0
        self._encode(linear, result.reshape(-1, 3))
        return places, colors[:, places]

    def reduce(self, places: NDArray[np.intp], colors: F32, result: Codes) -> None:
        """Fit (m,) colors of ``result`` that are outside sRGB into it."""
        for start in range(0, places.size, self._capacity):
            piece = slice(start, start + self._capacity)
            curve, luminance = colors[:2, piece]
            fitted = np.empty((curve.size, 3), result.dtype)
            self._encode(self._fit.reduce(curve, luminance, colors[2:, piece]), fitted)
            result.reshape(-1, 3)[places[piece]] = fitted

    def _encode(self, linear: F32, result: Codes) -> None:
        """Encode (3, n) linear light, which is overwritten, into (n, 3) codes."""
        linear *= _FULL_SCALE
        if result.dtype == np.uint8:
            linear += np.float32(0.5)
            indices = self._indices[: len(result)]
            for channel, light in enumerate(linear):  # a third of the time of all at once
                np.copyto(indices[:, channel], light, casting="unsafe")
            _encode_table_8().take(indices, out=result, mode="clip")
            return
        codes, slopes = _encode_tables()
        indices, spare = self._indices.reshape(-1)[: len(result)], self._spare[: len(result)]
        for channel, light in enumerate(linear):
            # interpolated between table entries; the dark end is too steep for the nearest
            np.copyto(indices, light, casting="unsafe")
            np.subtract(light, indices, out=light)
            np.multiply(light, slopes.take(indices, out=spare, mode="clip"), out=light)
            result[:, channel] = light + codes.take(indices, out=spare, mode="clip")


class _Lookup:
    """What a `_Workspace` does, by looking up."""

    chunk: Final = 1 << 15  # pixels, whose memory stays in the cache of the one core that is used

    def __init__(self, capacity: int) -> None:
        self._indices = np.empty(capacity, np.intp)
        self._chroma = np.empty((2, capacity), np.float32)
        self._spare = np.empty(capacity, np.float32)
        self._found = np.empty(capacity, np.uint32)

    def color(
        self, codes: NDArray[np.uint16], matrix: F32, wide: F32, result: Codes
    ) -> tuple[NDArray[np.intp], F32]:
        """Do as `_Workspace.color`; nothing is left over."""
        size = codes.size
        indices, chroma, found = self._indices[:size], self._chroma[:, :size], self._found[:size]
        np.einsum("nk,ckw->cnw", matrix, wide, out=chroma.reshape(2, *codes.shape))
        table_places(codes.ravel(), chroma, indices, self._spare[:size])
        color_table().take(indices, out=found, mode="clip")
        for channel, part in enumerate(found.view(np.uint8).reshape(-1, 4)[:, :3].T):
            result.reshape(-1, 3)[:, channel] = part
        return np.empty(0, np.intp), np.empty((4, 0), np.float32)

    def reduce(self, places: NDArray[np.intp], colors: F32, result: Codes) -> None:
        """Do nothing: what is outside sRGB fits in the table."""


def merge_strips(
    strips: Iterable[NDArray[np.uint16]],
    merger: StripMerger,
    *,
    threads: int = MERGE_THREADS,
    first_row: int = 0,
) -> Iterator[Codes]:
    """Color the strips of a picture, in order, a few of them at a time.

    Args:
        strips: (n, W) gray codes, top to bottom.
        merger: made for that picture.
        threads: strips colored at once; with 1, in the caller's thread, and nothing is read ahead.
        first_row: place of the first strip in the picture.

    Returns:
        (n, W, 3) sRGB codes, strip by strip.
    """
    placed = _with_first_rows(strips, first_row)
    if threads == 1:
        yield from (merger.merge(*each) for each in placed)
        return
    pending: deque[Future[Codes]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="photochrom-merge") as pool:
        try:
            for each in placed:
                pending.append(pool.submit(merger.merge, *each))
                if len(pending) > threads:
                    yield pending.popleft().result()
            last = [future.result() for future in pending]
        finally:
            for future in pending:
                future.cancel()
    yield from last  # the threads have ended, even if the reader stops at the last row


def _with_first_rows(
    strips: Iterable[NDArray[np.uint16]], first_row: int
) -> Iterator[tuple[NDArray[np.uint16], int]]:
    for strip in strips:
        yield strip, first_row
        first_row += len(strip)


def warmed(chroma: F32, warmth: float) -> F32:
    """Move colors towards amber, or blue, the more the less gray they are.

    Args:
        chroma: (2, h, w) a* and b*.
        warmth: -1, bluest, to 1.

    >>> warmed(np.zeros((2, 1, 1), np.float32), 1.0).ravel().tolist()
    [0.0, 0.0]
    """
    strength = np.hypot(*chroma)
    shift = np.float32(warmth) * np.tanh(strength / np.float32(_TINTED_FROM))
    towards: F32 = chroma + shift * np.array(_AMBER, np.float32)[:, None, None]
    return towards


def as_array(strips: Iterable[Codes], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Join strips to a picture of a type, floats in [0, 1]."""
    colored = np.concatenate(list(strips))
    if dtype == colored.dtype:
        return colored
    return (colored / np.iinfo(colored.dtype).max).astype(dtype)


def to_8_bit(strip: Codes) -> NDArray[np.uint8]:
    """Round codes to eight bits."""
    if strip.dtype == np.uint8:
        return strip.astype(np.uint8, copy=False)
    return ((strip.astype(np.uint32) + 128) // 257).astype(np.uint8)
