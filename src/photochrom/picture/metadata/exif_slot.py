"""Put an EXIF block into a finished file byte for byte.

libvips hands EXIF to libexif, which drops every tag that it does not know (Rating, HostComputer,
serial numbers). So an encoder gets a placeholder that is as large, and the block replaces it in the
file; nothing else moves.
"""

import mmap
import zlib
from typing import Final

from photochrom.picture.metadata.exif import Exif, Value

_MAKER_NOTE: Final = 0x927C
_UNDEFINED: Final = 7
_MARK: Final = b"photochrom keeps this place"
_PREFIX: Final = b"Exif\0\0"
_START: Final = b"II*\0"

Buffer = bytearray | mmap.mmap


def placeholder(block: bytes) -> bytes:
    """Make a block that libexif passes on and in whose place ``block`` fits."""
    size = max(len(block), len(_MARK))
    note = Value(_UNDEFINED, size, _MARK.ljust(size, b"\0"))
    return Exif(photo={_MAKER_NOTE: note}).to_bytes()


def fill(buffer: Buffer, block: bytes) -> None:
    """Write a block over its placeholder in a finished JPEG, PNG, WebP or AVIF file.

    Args:
        buffer: the whole file.
        block: what the placeholder was made for, with the prefix ``Exif``.

    Raises:
        ValueError: when the placeholder is not there.
    """
    mark = buffer.find(_MARK)
    start = buffer.rfind(_START, 0, max(mark, 0))
    if mark < 0 or start < 0:
        raise ValueError("the encoder left the EXIF out")
    body = block.removeprefix(_PREFIX)
    stop = mark + max(len(block), len(_MARK))
    buffer[start:stop] = body.ljust(stop - start, b"\0")
    if buffer[start - 4 : start] == b"eXIf":  # a PNG chunk: length, name, data, checksum
        length = int.from_bytes(buffer[start - 8 : start - 4], "big")
        checksum = zlib.crc32(buffer[start - 4 : start + length])
        buffer[start + length : start + length + 4] = checksum.to_bytes(4, "big")
