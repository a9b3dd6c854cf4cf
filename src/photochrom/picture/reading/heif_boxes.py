"""What the boxes of an AVIF or HEIC say of the picture in it, which its decoder keeps to itself.

Source: ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12:2022 (items, their properties, irot and imir).
"""

import struct
from collections.abc import Iterator
from typing import Final

import numpy as np

from photochrom.picture.geometry.turn import upright
from photochrom.picture.metadata.exif import Reader

_MAX_BYTES: Final = 2**20  # of the box with all metadata but EXIF and XMP themselves
_MAX_BOXES: Final = 64  # before that one: it is the second, as a rule


def picture_properties(read: Reader) -> tuple[tuple[bytes, bytes], ...]:
    """Read the properties of the main picture in the order in which they apply.

    Args:
        read: gives (offset, size) of the file.

    Returns:
        (type, content) of each; none where the boxes are damaged.
    """
    try:
        boxes = dict(_boxes(_metadata(read)))
        primary = boxes[b"pitm"]
        wanted = int.from_bytes(primary[4:8] if primary[0] else primary[4:6], "big")
        inside = dict(_boxes(boxes[b"iprp"]))
        properties = list(_boxes(inside[b"ipco"]))
        chosen = (properties[index - 1] for index in _associations(inside[b"ipma"], wanted))
        return tuple((kind, content) for kind, content in chosen if content)
    except (struct.error, IndexError, KeyError):
        return ()


def orientation_of(properties: tuple[tuple[bytes, bytes], ...]) -> int:
    """Tell how a decoder turns the stored pixels, as an EXIF orientation.

    >>> orientation_of(((b"irot", bytes([3])),))
    6
    """
    stored = np.arange(4).reshape(2, 2)
    turned = stored
    for kind, content in properties:
        if kind == b"irot":
            turned = np.rot90(turned, content[0] & 3)
        elif kind == b"imir":
            turned = turned[:, ::-1] if content[0] & 1 else turned[::-1]
    return next(o for o in range(1, 9) if np.array_equal(upright(stored, o), turned))


def _metadata(read: Reader) -> bytes:
    """Find the box with the metadata of the whole file."""
    at = 0
    for _ in range(_MAX_BOXES):
        head = read(at, 16)
        size, kind = struct.unpack(">I4s", head[:8])
        start = 8
        if size == 1:
            size, start = struct.unpack(">Q", head[8:16])[0], 16
        if kind == b"meta":
            return read(at + start + 4, min(size - start - 4, _MAX_BYTES))
        if size < start:
            break
        at += size
    raise KeyError(b"meta")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Read (type, content) of the boxes in one; those of 64-bit sizes are no metadata."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        if size < 8:
            return
        yield kind, data[at + 8 : at + size]
        at += size


def _associations(data: bytes, wanted: int) -> list[int]:
    """Find which properties, counted from 1, an item has."""
    item_bytes = 4 if data[0] else 2
    index_bytes = 2 if data[3] & 1 else 1
    essential = 0x8000 if index_bytes == 2 else 0x80
    at = 8
    for _ in range(int.from_bytes(data[4:8], "big")):
        item = int.from_bytes(data[at : at + item_bytes], "big")
        count = data[at + item_bytes]
        at += item_bytes + 1
        end = at + count * index_bytes
        if item == wanted:
            packed = [data[i : i + index_bytes] for i in range(at, end, index_bytes)]
            indices = [int.from_bytes(each, "big") & (essential - 1) for each in packed]
            return [index for index in indices if index]
        at = end
    return []
