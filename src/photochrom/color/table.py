"""sRGB of all colors on a grid of CIELAB, looked up where speed counts more than the last code.

Colors that lie outside sRGB stand there with as much of their chroma as fits.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.gamut import GamutFit, curve_to_luminance
from photochrom.color.lab import gray_to_lightness, linear_to_srgb

F32 = NDArray[np.float32]
U32 = NDArray[np.uint32]

_A: Final = (-88, 100)  # a* and b* of the grid, which has all whole ones; beyond is no sRGB
_B: Final = (-110, 96)
_COLUMNS: Final = _B[1] - _B[0] + 1
_CELLS: Final = (_A[1] - _A[0] + 1) * _COLUMNS  # of one lightness
_FIRST: Final = _A[0] * _COLUMNS + _B[0]
_LEVELS: Final = 256  # gray codes
_TURNS: Final = 1024  # directions in which the reach of sRGB is looked for
_FARTHEST: Final = np.float32(150)  # a*, b*: no color of sRGB has that much chroma
_BISECTIONS: Final = 14
_STEPS: Final = 1 << 16


@cache
def color_table() -> U32:
    """Tabulate the colors of 256 gray codes with each whole a* and b*; 40 MB, half a second.

    Returns:
        (n,) red, green and blue in the three low bytes, in the order of `table_places`.
    """
    a, b = (np.arange(low, high + 1, dtype=np.float32) for low, high in (_A, _B))
    grid = np.stack(np.broadcast_arrays(a[:, None], b)).reshape(2, -1)
    chroma = np.hypot(*grid)
    turn = (np.arctan2(grid[1], grid[0]) / (2 * np.pi) % 1 * _TURNS).astype(np.float32)
    before = turn.astype(np.intp) % _TURNS
    after, part = (before + 1) % _TURNS, turn % 1
    encoded = np.rint(linear_to_srgb(np.arange(_STEPS + 1) / _STEPS) * 255).astype(np.uint8)
    curves = ((gray_to_lightness(np.arange(_LEVELS) / 255) + 16) / 116).astype(np.float32)
    fit, table = GamutFit(_CELLS), np.zeros((_LEVELS, _CELLS, 4), np.uint8)
    for colors, curve, reach in zip(table, curves, _reach(curves), strict=True):
        whole = np.full(_CELLS, curve)
        luminance = curve_to_luminance(whole)
        _, outside = fit.merge(whole, luminance, grid.copy())
        kept = grid.copy()
        most = reach[before] * (1 - part) + reach[after] * part
        kept[:, outside] *= np.minimum(1, most / np.maximum(chroma, 1))[outside]
        linear, _ = fit.merge(whole, luminance, kept)
        linear *= _STEPS
        for channel, light in enumerate(linear):
            encoded.take(light.astype(np.intp), out=colors[:, channel], mode="clip")
    table.setflags(write=False)
    return table.reshape(-1).view(np.uint32)


def within_table(chroma: F32) -> F32:
    """Shorten (2, ...) chroma that ends beyond the grid, where there is no sRGB, to its rim."""
    most = [
        np.where(axis < 0, -low, high) for axis, (low, high) in zip(chroma, (_A, _B), strict=True)
    ]
    share = np.min(np.stack(most) / np.maximum(np.abs(chroma), 1), axis=0)
    within: F32 = chroma * np.minimum(share, 1).astype(np.float32)
    return within


def _reach(curves: F32) -> F32:
    """Find how much chroma sRGB has, for each f(Y) and direction; gives (n, `_TURNS`)."""
    angle = np.arange(_TURNS) * (2 * np.pi / _TURNS)
    unit = _FARTHEST * np.tile([np.cos(angle), np.sin(angle)], curves.size).astype(np.float32)
    whole = np.repeat(curves, _TURNS)
    luminance = curve_to_luminance(whole)
    fit, share = GamutFit(whole.size), np.zeros(whole.size, np.float32)
    for step in 0.5 ** np.arange(1, _BISECTIONS + 1, dtype=np.float32):
        fits = np.ones(whole.size, np.bool_)
        fits[fit.merge(whole, luminance, unit * (share + step))[1]] = False
        share += step * fits
    return (share * _FARTHEST).reshape(curves.size, _TURNS)


def table_places(
    codes: NDArray[np.uint16], chroma: F32, places: NDArray[np.intp], spare: F32
) -> None:
    """Find colors in the table.

    Args:
        codes: (n,) gray codes, full scale 65535.
        chroma: (2, n) a* and b*; overwritten.
        places: (n,) gets the indices.
        spare: (n,) overwritten.
    """
    place, other = chroma
    np.clip(place, *_A, out=place)
    np.rint(place, out=place)
    place *= np.float32(_COLUMNS)
    np.clip(other, *_B, out=other)
    np.rint(other, out=other)
    place += other
    np.multiply(codes, np.float32(1 / 257), out=spare)
    np.rint(spare, out=spare)
    spare *= np.float32(_CELLS)
    place += spare
    place -= np.float32(_FIRST)  # whole numbers below 2**24, so that nothing is rounded
    np.copyto(places, place, casting="unsafe")
