"""Small pictures as arrays: to Lab, to gray, colored, at another size; and whether one is gray."""

from collections.abc import Iterable
from typing import Final

import numpy as np
import pyvips
from numpy.typing import NDArray

from photochrom.color.gamut import fit_to_srgb
from photochrom.color.lab import gray_to_lightness, srgb_to_gray, srgb_to_lab

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

GRAY_LIMIT: Final = 5.0  # CIC's rule: a picture without |a*| or |b*| above it is gray or toned


def to_lab(picture: U8) -> F32:
    """Convert (H, W, 3) uint8 sRGB to L*, a*, b*."""
    return srgb_to_lab((picture / 255).astype(np.float32))


def to_gray(picture: U8) -> U8:
    """Turn a color picture gray: sRGB-encoded CIE Y, rounded to 8 bits.

    Args:
        picture: (H, W, 3) uint8 sRGB.

    Returns:
        (H, W) uint8, what every colorizer is given.
    """
    gray = srgb_to_gray((picture / 255).astype(np.float32))
    return np.asarray(np.rint(gray * 255), np.uint8)


def is_gray(chroma: F32) -> bool:
    """Tell by CIC's rule whether no pixel (..., 2) has an |a*| or |b*| above 5."""
    return not bool((np.abs(chroma) > GRAY_LIMIT).any())


def put_chroma(gray: U8, chroma: F32) -> U8:
    """Put chroma (H, W, 2) on the lightness of a gray picture (H, W); gives (H, W, 3)."""
    return paint(gray_to_lightness((gray / 255).astype(np.float32)), chroma)


def paint(lightness: F32, chroma: F32) -> U8:
    """Turn L* (H, W) and a*, b* (H, W, 2) into (H, W, 3) uint8 sRGB; what cannot be shown pales."""
    return np.asarray(np.rint(fit_to_srgb(lightness, np.moveaxis(chroma, -1, 0)) * 255), np.uint8)


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
    return _codes(np.swapaxes(_resize_rows(np.swapaxes(scaled, 0, 1), width), 0, 1))


def _resize_rows(values: F64, rows: int) -> F64:
    """Scale along the first axis."""
    count = len(values)
    if rows == count:
        return values
    axes = (-1, *[1] * (values.ndim - 1))
    if rows < count:  # the exact area mean: differences of the running sum at fractional positions
        running = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
        edges = np.arange(rows + 1) * (count / rows)
        whole = np.minimum(edges.astype(np.int64), count - 1)
        integral = running[whole] + (edges - whole).reshape(axes) * values[whole]
        return np.asarray(np.diff(integral, axis=0) * (rows / count))
    position = np.clip((np.arange(rows) + 0.5) * (count / rows) - 0.5, 0, count - 1)
    lower = np.minimum(position.astype(np.int64), max(count - 2, 0))
    part = (position - lower).reshape(axes)
    return np.asarray(values[lower] * (1 - part) + values[np.minimum(lower + 1, count - 1)] * part)


def shrink(picture: U8, height: int, width: int) -> U8:
    """Scale a picture by area means of its codes; where it grows, pixels are repeated.

    Args:
        picture: (H, W, 3) uint8 sRGB.
        height: wanted.
        width: wanted.

    Returns:
        (height, width, 3) uint8.

    >>> shrink(np.uint8([[[0] * 3, [10] * 3], [[20] * 3, [31] * 3]]), 1, 1)[0, 0].tolist()
    [15, 15, 15]
    """
    if picture.shape[:2] == (height, width):
        return picture
    return _codes(area_means(picture.astype(np.float32), (height, width)))


def _codes(values: NDArray[np.floating]) -> U8:
    """Round to 8 bits, halves up."""
    return np.ascontiguousarray(np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8))


def square(picture: U8, side: int) -> U8:
    """Scale the short side to ``side`` and crop the center.

    Args:
        picture: (H, W, 3) uint8 sRGB.
        side: of the result in pixels.

    Returns:
        (side, side, 3) uint8 sRGB.
    """
    if picture.shape[:2] == (side, side):
        return picture
    image = pyvips.Image.new_from_array(picture)
    scaled = image.thumbnail_image(side, height=side, crop="centre", size="both")
    return np.ascontiguousarray(scaled.numpy())


def area_means(values: F32, size: tuple[int, int]) -> F32:
    """Shrink values (H, W, C) to (height, width, C) by area means; see `area_mean`."""
    shape = (values.shape[0], values.shape[1])
    channels = [area_mean([values[..., each]], shape, size) for each in range(values.shape[2])]
    return np.stack(channels, axis=-1)


def area_mean(blocks: Iterable[F32], size: tuple[int, int], new_size: tuple[int, int]) -> F32:
    """Average blocks of rows down to a new size, exactly the pixels that each new pixel covers.

    Args:
        blocks: (n, width) values, from top to bottom.
        size: (height, width) of all blocks together.
        new_size: (height, width) wanted; larger than ``size`` repeats pixels.

    Returns:
        ``new_size`` float32 means.

    >>> area_mean([np.array([[0, 2, 4, 8]], np.float32)], (1, 4), (1, 2)).tolist()
    [[1.0, 6.0]]
    """
    (height, width), (new_height, new_width) = size, new_size
    rows = np.zeros((new_height, width), np.float32)
    top = 0
    for block in blocks:
        _add_rows(rows, block, top, height / new_height)
        top += len(block)
    columns = np.zeros((new_width, new_height), np.float32)  # no product: BLAS would wake threads
    _add_rows(columns, np.ascontiguousarray(rows.T), 0, width / new_width)
    return np.ascontiguousarray(columns.T)


def _add_rows(rows: F32, block: F32, top: int, ratio: float) -> None:
    """Add a block of input rows, the first of which is ``top``, to the means they belong to."""
    bottom = top + len(block)
    for output in range(int(top / ratio), min(int(np.ceil(bottom / ratio)), len(rows))):
        low, high = max(output * ratio, top), min((output + 1) * ratio, bottom)
        first, last = int(low), min(int(np.ceil(high)), bottom)
        if last <= first:
            continue
        part = block[first - top : last - top]
        total = part.sum(axis=0) - (low - first) * part[0] - (last - high) * part[-1]
        rows[output] += total / ratio
