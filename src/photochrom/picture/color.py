"""Reading a color photograph whole, as the truth to learn from and to compare with."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photochrom.picture.libvips import translated
from photochrom.picture.plane import upright
from photochrom.picture.profile import to_srgb
from photochrom.picture.read import MAX_PIXELS, color_bands, open_source, to_codes


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
    opened = open_source(source, max_pixels, name=name)
    with translated(f"{opened.name}: damaged or truncated"):
        stored = to_codes(opened.open(1)).copy_memory()
        pixels = to_srgb(color_bands(stored), opened.profile)
        if stored.hasalpha():
            opacity = stored.extract_band(stored.bands - 1).numpy()[..., None]
            share = opacity.astype(np.float32) / np.iinfo(opacity.dtype).max
            pixels = np.rint(255 + share * (pixels - np.float32(255))).astype(np.uint8)
    return np.ascontiguousarray(upright(pixels, opened.orientation))
