"""The one place where libvips is set up and where its errors become ours."""

import functools
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import pyvips
from numpy.typing import NDArray

from photochrom.errors import InputError

Image = Any  # pyvips ships no types
VipsError = pyvips.Error

# lines of libvips that only say that something went wrong
_SAYS_NOTHING: Final = re.compile(r"^unable to call|unable to open source for input$|error -1$")

# What libjpeg warns of when pixels are lost, and it fills the gap with a guess (jerror.h). It warns
# of stray bytes and odd markers, too, which cost nothing.
_LOST_PIXELS: Final = re.compile(
    r"premature end|bad Huffman code|bad arithmetic code|restart marker|Inconsistent progression"
)


@functools.cache
def harden() -> None:
    """Block libvips' untrusted loaders, forget files once read, keep its log off stderr.

    None of the loaders used here (JPEG, PNG, TIFF, WebP, AVIF) is marked untrusted in libvips 8.18,
    so nothing has to be let in again. The operation cache is keyed by file name and would answer
    with an older content of the same name.
    """
    logging.getLogger("pyvips").addHandler(logging.NullHandler())
    pyvips.block_untrusted_set(True)
    pyvips.cache_set_max(0)


def reason(error: Exception) -> str:
    """Give the last line of a libvips error, without the operation's name."""
    detail = getattr(error, "detail", "") or str(error)
    lines = [line.strip() for line in detail.splitlines() if line.strip(" ()0123456789.")]
    told = [line for line in lines if not _SAYS_NOTHING.search(line)]
    return told[-1].split(": ", 1)[-1] if told else "its structure is damaged"


def is_harmless(error: Exception) -> bool:
    """Tell whether a strict decoder only warned of something that costs no pixels."""
    text = str(error)
    return "VipsJpeg: " in text and not _LOST_PIXELS.search(text)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn libvips errors into one line: ``<doing>: <reason>``.

    Raises:
        InputError: instead of every libvips error.
    """
    try:
        yield
    except VipsError as error:
        raise InputError(f"{doing}: {reason(error)}") from error


def array_to_image(array: NDArray[Any]) -> Image:
    """Wrap an array (H, W) or (H, W, bands) of uint8, uint16 or float32 without copying it."""
    harden()
    height, width = array.shape[:2]
    bands = 1 if array.ndim == 2 else array.shape[2]
    formats = {"uint8": "uchar", "uint16": "ushort", "float32": "float"}
    is_deep = array.dtype == np.uint16
    interpretation = (
        ("grey16" if is_deep else "b-w") if bands < 3 else "rgb16" if is_deep else "srgb"
    )
    packed = np.ascontiguousarray(array)
    image = pyvips.Image.new_from_memory(packed, width, height, bands, formats[packed.dtype.name])
    return image.copy(interpretation=interpretation)


def read_blocks(image: Image, rows: int) -> Iterator[NDArray[Any]]:
    """Evaluate an image from top to bottom.

    Args:
        image: opened for sequential access.
        rows: how many rows at a time.

    Yields:
        (n, W, bands) arrays of the image's own format.
    """
    types = {"uchar": np.uint8, "ushort": np.uint16, "float": np.float32}
    dtype, width, bands = types[image.format], image.width, image.bands
    region = pyvips.Region.new(image)
    for top in range(0, image.height, rows):
        count = min(rows, image.height - top)
        data = region.fetch(0, top, width, count)
        yield np.frombuffer(data, dtype).reshape(count, width, bands)
