"""Picture files that tell nothing but their pixels: one encoder, no metadata, one length."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.picture.libvips import array_to_image, translated

U8 = NDArray[np.uint8]

_END: Final = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
_PADDING: Final = b"phPd"  # ancillary, private, safe to copy: decoders skip it
_CHUNK_FRAME: Final = 12  # length, type, checksum


def encode_alike(pictures: Mapping[str, U8]) -> dict[str, bytes]:
    """Encode the versions of one photograph as PNG files of the same length.

    Args:
        pictures: by name, (H, W, 3) uint8 sRGB.

    Returns:
        By name, the files; they differ in pixels and in a chunk of zeros that decoders skip.

    >>> bodies = encode_alike({"a": np.zeros((8, 8, 3), np.uint8), "b": np.eye(24, dtype=np.uint8)
    ...     .reshape(8, 24, 3)})
    >>> len({len(body) for body in bodies.values()})
    1
    """
    plain = {name: _encode(pixels) for name, pixels in pictures.items()}
    length = max(map(len, plain.values())) + _CHUNK_FRAME
    return {name: pad_png(body, length) for name, body in plain.items()}


def _encode(pixels: U8) -> bytes:
    with translated("a picture of the study cannot be encoded"):
        image = array_to_image(pixels)
        body: bytes = image.write_to_buffer(".png", compression=6, filter="all", keep="none")
    return body


def pad_png(body: bytes, length: int) -> bytes:
    """Bring a PNG file to a length with a chunk that decoders skip.

    Args:
        body: a whole PNG file.
        length: wanted, at least 12 bytes more than it has.

    Source: PNG specification (third edition), 5.3 chunk layout, 5.4 chunk naming conventions.
    """
    zeros = bytes(length - len(body) - _CHUNK_FRAME)
    checksum = struct.pack(">I", zlib.crc32(_PADDING + zeros))
    chunk = struct.pack(">I", len(zeros)) + _PADDING + zeros + checksum
    return body.removesuffix(_END) + chunk + _END


def chunk_names(body: bytes) -> Sequence[str]:
    """List the chunks of a PNG file in their order, to check what it holds."""
    names, place = [], 8
    while place < len(body):
        (size,) = struct.unpack_from(">I", body, place)
        names.append(body[place + 4 : place + 8].decode("ascii"))
        place += size + _CHUNK_FRAME
    return names
