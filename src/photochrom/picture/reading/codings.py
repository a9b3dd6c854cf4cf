"""Whole files coded in a way that cannot be read here: that is said, and they are not damaged."""

import functools
from collections.abc import Callable
from typing import Final

import pyvips

from photochrom.errors import InputError
from photochrom.picture.libvips import Image, VipsError, harden
from photochrom.picture.metadata.exif import Exif, Reader
from photochrom.picture.metadata.jpeg import JPEG_LS, frame_of

_BITS: Final = frozenset({1, 2, 4, 8, 16, 32})
_BITS_PER_SAMPLE, _COMPRESSION = 258, 259
# of TIFF's Compression, what every libtiff reads: plain, fax, LZW, JPEG, deflate, PackBits, logs
_EVERYWHERE: Final = frozenset(
    {*range(1, 9), 32771, 32773, 32809, 32909, 32946, 34676, 34677}
)  # fmt: skip
_NAMES: Final = {
    **dict.fromkeys((50000, 34926), "Zstandard"),
    **dict.fromkeys((50001, 34927), "WebP"),
    **dict.fromkeys((33003, 33004, 33005, 34712), "JPEG 2000"),
    **dict.fromkeys((50002, 52546), "JPEG XL"),
    **dict.fromkeys((22610, 34934), "JPEG XR"),
    **dict.fromkeys((34661, 34715), "JBIG"),
    34887: "LERC",
    34892: "JPEG with loss, of a DNG",
    34925: "LZMA",
    34933: "PNG",
}
_SAVED_AS: Final = {"Zstandard": "zstd", "WebP": "webp", "JPEG 2000": "jp2k"}  # by libvips


def refuse_samples(name: str, kind: str, read: Reader) -> None:
    """Refuse a JPEG or TIFF whose samples have a number of bits that no decoder here takes.

    Args:
        name: what messages call the file.
        kind: one of ``KINDS``.
        read: gives (offset, size) of the file.

    Raises:
        InputError: naming the number.
    """
    if kind == "jpeg":
        code, bits = frame_of(read)
        if code == JPEG_LS:
            raise InputError(f"{name}: this is a JPEG-LS, which cannot be read")
        if bits not in {0, 8}:
            raise InputError(
                f"{name}: this JPEG has {bits} bits per sample; only those of 8 can be read"
            )
    elif kind == "tiff":
        told = Exif.from_reader(read).numbers(_BITS_PER_SAMPLE)
        if strange := sorted(set(told) - _BITS):
            raise InputError(
                f"{name}: this TIFF has {strange[0]} bits per sample; "
                "1, 2, 4, 8, 16 and 32 can be read"
            )


def refuse_codec(name: str, compression: int, start: Callable[[], Image]) -> None:
    """Refuse a TIFF in a compression that the libvips in use was built without.

    Args:
        name: what messages call the file.
        compression: as the TIFF says, by number.
        start: opens the picture, of which the first row is decoded when there is doubt.

    Raises:
        InputError: naming the compression.
    """
    if compression in _EVERYWHERE:
        return
    codec = _NAMES.get(compression, f"number {compression}")
    try:
        image = start()
        image.crop(0, 0, image.width, 1).copy_memory()
    except VipsError as error:
        if _can_save(codec):
            return  # so it is damaged, and decoding will say so
        raise InputError(
            f"{name}: this TIFF is compressed with {codec}, which the libvips in use cannot read; "
            "save it with LZW or deflate"
        ) from error


@functools.cache
def _can_save(codec: str) -> bool:
    """Tell whether libvips has a codec, by using it."""
    harden()
    if codec not in _SAVED_AS:
        return False
    try:
        pyvips.Image.black(8, 8).tiffsave_buffer(compression=_SAVED_AS[codec])
    except VipsError:
        return False
    return True
