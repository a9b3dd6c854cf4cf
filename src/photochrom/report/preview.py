"""Small pictures for pages, embedded so that a page needs nothing beside it."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import pyvips
from numpy.typing import NDArray

from photochrom.errors import InputError
from photochrom.picture.libvips import Image, array_to_image, harden, translated

_QUALITY: Final = 80
_KIND: Final = ".webp"


def array_preview(picture: NDArray[np.uint8]) -> str:
    """Encode a picture for an ``src`` attribute.

    Args:
        picture: (H, W, 3) uint8 sRGB.

    Returns:
        A ``data:`` address holding WebP.

    >>> array_preview(np.zeros((2, 2, 3), np.uint8))[:23]
    'data:image/webp;base64,'
    """
    return _data_address(array_to_image(picture))


def file_preview(path: Path, *, side_px: int = 640) -> str:
    """Shrink a picture file for an ``src`` attribute; browsers show no TIFF and few show HEIC.

    Args:
        path: any kind of picture that libvips opens; the first page of many.
        side_px: longest side of the preview; smaller pictures are not enlarged.

    Returns:
        A ``data:`` address holding WebP, upright, in sRGB, transparency on white.

    Raises:
        InputError: when the file cannot be shown.
    """
    with _thumbnail(path, side_px) as image:
        return _data_address(image)


def gray_preview(path: Path, *, side_px: int = 640) -> str:
    """Shrink a colored picture and turn it gray, to stand for an original that cannot be shown.

    Args:
        path: as in ``file_preview``.
        side_px: as in ``file_preview``.

    Returns:
        A ``data:`` address holding WebP.

    Raises:
        InputError: when the file cannot be shown.
    """
    with _thumbnail(path, side_px) as image:
        return _data_address(image.colourspace("b-w").colourspace("srgb"))


@contextmanager
def _thumbnail(path: Path, side_px: int) -> Iterator[Image]:
    """Open a file shrunk while loading, which keeps big scans cheap, and translate errors.

    By descriptor: libvips reads options out of names, and takes none that are not UTF-8.
    """
    harden()
    with _readable(path), path.open("rb") as opened, translated(f"{path} cannot be shown"):
        source = pyvips.Source.new_from_descriptor(opened.fileno())
        image = pyvips.Image.thumbnail_source(
            source, side_px, height=side_px, size="down", output_profile="srgb"
        )
        yield image.flatten(background=255) if image.hasalpha() else image


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Translate the errors of opening a file."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path} cannot be shown: {error.strerror}") from error


def _data_address(image: Image) -> str:
    """Encode to WebP without metadata."""
    srgb = image.colourspace("srgb").cast("uchar")
    encoded = srgb.write_to_buffer(_KIND, Q=_QUALITY, keep="none")
    return "data:image/webp;base64," + base64.b64encode(encoded).decode("ascii")
