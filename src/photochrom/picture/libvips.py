"""The one place where libvips is set up and where its errors become ours."""

import ctypes
import functools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import pyvips
from numpy.typing import NDArray

from photochrom.errors import InputError

Image = Any  # pyvips ships no types
# That a call failed is known of that call alone. Its text is not: libvips keeps one buffer of words
# for all threads, so that a failure may quote another thread's picture, or nothing. Hence no words
# of libvips are looked at, and none are shown. pyvips reads them all the same, and stumbles when
# they are cut within a letter.
VipsError: Final = (pyvips.Error, UnicodeDecodeError)


_TYPES: Final = {
    "uchar": np.uint8,
    "ushort": np.uint16,
    "uint": np.uint32,
    "char": np.int8,
    "short": np.int16,
    "int": np.int32,
    "float": np.float32,
    "double": np.float64,
}
_ALL_LEVELS: Final = 0xFC  # of GLib's log


@functools.cache
def harden() -> None:
    """Block libvips' untrusted loaders, forget files once read, silence its log.

    None of the loaders used here (JPEG, PNG, TIFF, WebP, AVIF) is marked untrusted in libvips 8.18,
    so nothing has to be let in again. The operation cache is keyed by file name and would answer
    with an older content of the same name.

    pyvips has Python write the log. Whatever that lets go of may be a damaged picture, which is
    logged in its turn, and GLib ends a process whose log calls itself. So a C function that does
    nothing, and needs no lock, takes the log.
    """
    nothing = ctypes.cast(ctypes.pythonapi.Py_IsInitialized, ctypes.c_void_p).value
    handler = pyvips.ffi.cast("GLogFunc", nothing)
    pyvips.glib_lib.g_log_set_handler(b"VIPS", _ALL_LEVELS, handler, pyvips.ffi.NULL)
    logging.getLogger("pyvips").addHandler(logging.NullHandler())
    pyvips.block_untrusted_set(True)
    pyvips.cache_set_max(0)


@contextmanager
def translated(saying: str) -> Iterator[None]:
    """Turn libvips errors into one line, ``saying``.

    Raises:
        InputError: instead of every libvips error.
    """
    try:
        yield
    except VipsError as error:
        raise InputError(saying) from error


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


def color_bands(image: Image) -> Image:
    """Take the alpha channel away."""
    if not image.hasalpha():
        return image
    return image.extract_band(0, n=image.bands - 1).copy(interpretation=image.interpretation)


def read_blocks(image: Image, rows: int) -> Iterator[NDArray[Any]]:
    """Evaluate an image from top to bottom.

    Args:
        image: opened for sequential access.
        rows: how many rows at a time.

    Yields:
        (n, W, bands) arrays of the image's own format.
    """
    dtype, width, bands = np.dtype(_TYPES[image.format]), image.width, image.bands
    region = pyvips.Region.new(image)
    for top in range(0, image.height, rows):
        count = min(rows, image.height - top)
        data = region.fetch(0, top, width, count)
        yield np.frombuffer(data, dtype).reshape(count, width, bands)
