"""Bring photographs to the size of a protocol, in the same way on every machine."""

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]


def resize(picture: U8, height: int, width: int) -> U8:
    """Scale a picture: area mean where it shrinks, linear where it grows, rounded to 8 bits.

    Means are taken of sRGB codes, not of linear light, because every published table of this field
    did so; the truth is scaled once and all colorizers get the same pixels.

    Args:
        picture: (H, W, 3) uint8 sRGB.
        height: new height in pixels, at least 1.
        width: new width in pixels, at least 1.

    Returns:
        (height, width, 3) uint8.

    >>> resize(np.uint8([[[0] * 3, [10] * 3, [20] * 3, [31] * 3]]), 1, 2)[..., 0].tolist()
    [[5, 26]]
    """
    if picture.shape[:2] == (height, width):
        return picture
    scaled = _resize_rows(picture.astype(np.float64), height)
    scaled = np.swapaxes(_resize_rows(np.swapaxes(scaled, 0, 1), width), 0, 1)
    return np.ascontiguousarray(np.clip(np.floor(scaled + 0.5), 0, 255).astype(np.uint8))


def _resize_rows(values: F64, rows: int) -> F64:
    """Scale along the first axis."""
    if rows == len(values):
        return values
    return _shrink_rows(values, rows) if rows < len(values) else _grow_rows(values, rows)


def _shrink_rows(values: F64, rows: int) -> F64:
    """Take the exact area mean, by differences of the running sum at fractional positions."""
    running = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
    edges = np.arange(rows + 1) * (len(values) / rows)
    whole = np.minimum(edges.astype(np.int64), len(values) - 1)
    part = (edges - whole).reshape(-1, *[1] * (values.ndim - 1))
    integral = running[whole] + part * values[whole]
    return np.asarray(np.diff(integral, axis=0) * (rows / len(values)))


def _grow_rows(values: F64, rows: int) -> F64:
    """Interpolate linearly between pixel centers."""
    position = (np.arange(rows) + 0.5) * (len(values) / rows) - 0.5
    position = np.clip(position, 0, len(values) - 1)
    lower = np.minimum(position.astype(np.int64), max(len(values) - 2, 0))
    part = (position - lower).reshape(-1, *[1] * (values.ndim - 1))
    upper = np.minimum(lower + 1, len(values) - 1)
    return np.asarray(values[lower] * (1 - part) + values[upper] * part)
