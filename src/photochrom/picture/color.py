"""Reading a color photograph whole, or shrunk, as something to learn from and compare with."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.picture.geometry.turn import upright
from photochrom.picture.libvips import Image, color_bands, translated
from photochrom.picture.pixels import shrink
from photochrom.picture.profile import to_srgb
from photochrom.picture.reading.opened import Opened
from photochrom.picture.reading.read import MAX_PIXELS, open_source

_WHILE_DECODING: Final = (1, 2, 4, 8)
_AT_LEAST: Final = 2  # times the wanted size stay, so that the area mean has pixels to mean


def read_color(
    source: Any, *, name: str = "the picture", max_pixels: int = MAX_PIXELS
) -> NDArray[np.uint8]:
    """Read a picture to 8-bit sRGB, upright; what is transparent is laid on white.

    Args:
        source: what `read_picture` takes.
        name: what messages call it when it comes as bytes.
        max_pixels: larger pictures are refused before they are decoded.

    Returns:
        (H, W, 3) uint8.

    Raises:
        InputError: in one line, when it is not a picture, damaged, or too large.
    """
    return _decode(open_source(source, max_pixels, name=name), shrink=1)


def read_color_shrunk(
    source: Any,
    fit: Callable[[int, int], tuple[int, int]],
    *,
    name: str = "the picture",
    max_pixels: int = MAX_PIXELS,
) -> NDArray[np.uint8]:
    """Read a picture to 8-bit sRGB at another size; large JPEGs are decoded shrunk.

    Args:
        source: what `read_picture` takes.
        fit: gives the wanted height and width, of the upright height and width.
        name: what messages call it when it comes as bytes.
        max_pixels: larger pictures are refused before they are decoded.

    Returns:
        (h, w, 3) uint8: area means of the codes, rounded.

    Raises:
        InputError: in one line, when it is not a picture, damaged, or too large.
    """
    opened = open_source(source, max_pixels, name=name)
    stored = (opened.header.height, opened.header.width)
    height, width = fit(*(stored[::-1] if opened.orientation >= 5 else stored))
    spare = int(np.sqrt(stored[0] * stored[1] / (height * width))) // _AT_LEAST
    return shrink(_decode(opened, shrink=max(1, spare)), height, width)


def _decode(opened: Opened, *, shrink: int) -> NDArray[np.uint8]:
    """Decode upright, at about 1/shrink of the size: a JPEG so from the start, then by means."""

    def shrunk(image: Image) -> Image:
        left = shrink * image.width // opened.header.width
        if left > 1 and min(image.width, image.height) >= left:
            image = image.shrink(left, left).copy(interpretation=image.interpretation)
        return image.copy_memory()

    stored = opened.decode(shrunk, max(s for s in _WHILE_DECODING if s <= shrink))
    with translated(f"{opened.name}: damaged or truncated"):
        pixels = to_srgb(color_bands(stored), opened.profile)
    if stored.hasalpha():
        opacity = stored.extract_band(stored.bands - 1).numpy()[..., None]
        share = opacity.astype(np.float32) / np.iinfo(opacity.dtype).max
        pixels = np.rint(255 + share * (pixels - np.float32(255))).astype(np.uint8)
    return np.ascontiguousarray(upright(pixels, opened.orientation))
