"""Picture files that tell nothing but their pixels: no metadata, no compression, one length."""

import struct
import zlib
from typing import Final

import numpy as np

from photochrom.arrays import U8

PNG: Final = b"\x89PNG\r\n\x1a\n"
_RGB_8_BIT: Final = (8, 2, 0, 0, 0)  # depth, color type, compression, filter, no interlace


def encode_stored(pixels: U8) -> bytes:
    """Encode a picture as a PNG file without compressing it.

    How well pixels can be compressed tells real colors from made-up ones (of 50 pairs in 49), so
    the length of the file, and of every part of it, hangs on the picture's size alone.

    Args:
        pixels: (H, W, 3) uint8 sRGB.

    Source: PNG specification (third edition), 5 datastream structure, 9.2 filter type 0.

    >>> black, noise = np.zeros((3, 2, 3), np.uint8), np.arange(18, dtype=np.uint8).reshape(3, 2, 3)
    >>> len(encode_stored(black)) == len(encode_stored(noise))
    True
    """
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with its filter: none
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, *_RGB_8_BIT)
    body = zlib.compress(rows.tobytes(), level=0)
    return PNG + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
