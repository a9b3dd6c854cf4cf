"""How whole files are coded: in a way that cannot be read here, which is no damage; or exactly."""

import functools
from collections.abc import Callable
from typing import Final

import pyvips

from photochrom.errors import InputError
from photochrom.picture.libvips import Image, VipsError, harden
from photochrom.picture.metadata.exif import Exif, Reader
from photochrom.picture.metadata.jpeg import JPEG_LS, frame_of
from photochrom.picture.reading.heif_boxes import picture_properties

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
_MAX_CHUNKS: Final = 64  # of a WebP before the pixels: a profile, an alpha channel
_PREDICTED: Final = frozenset({0xC3, 0xC7, 0xCB, 0xCF})  # without loss, ITU-T T.81, table B.1
_NOT_CONVERTED: Final = 0
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


def is_lossless(kind: str, read: Reader) -> bool:
    """Tell whether a JPEG, WebP, AVIF or HEIC file holds its pixels exactly.

    Args:
        kind: one of ``KINDS``.
        read: gives (offset, size) of the file.

    Source: RFC 9649 (WebP: the chunk ``VP8L``); ITU-T H.273, table 4: color that is not converted,
    but stored as green, blue and red, is what encoders of AVIF and HEIC use for no loss, and only
    for that. Gray has nothing to convert, so gray without loss is not told from gray with little.
    """
    if kind == "webp":
        return _is_lossless_webp(read)
    if kind == "jpeg":
        return frame_of(read)[0] in _PREDICTED
    if kind not in {"avif", "heic"}:
        return False
    colors = [content for name, content in picture_properties(read) if name == b"colr"]
    return any(
        content[:4] == b"nclx" and int.from_bytes(content[8:10], "big") == _NOT_CONVERTED
        for content in colors
        if len(content) >= 10
    )


def _is_lossless_webp(read: Reader) -> bool:
    at = 12
    for _ in range(_MAX_CHUNKS):
        head = read(at, 8)
        name, size = head[:4], int.from_bytes(head[4:8], "little")
        if name in {b"VP8L", b"VP8 ", b""}:
            return name == b"VP8L"
        # the first frame of an animation is itself made of chunks, behind 16 bytes of its own
        at += 24 if name == b"ANMF" else 8 + size + size % 2
    return False
