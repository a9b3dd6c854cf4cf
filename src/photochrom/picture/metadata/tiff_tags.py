"""Add EXIF and IPTC to a finished TIFF: libvips writes no EXIF and mistypes IPTC.

The directory is written anew behind the pixels, with the old entries and the new ones, and the
header pointed at it; nothing else moves. Source: TIFF 6.0 section 2, BigTIFF design note.
"""

import struct
from typing import BinaryIO, Final

from photochrom.picture.metadata.exif import (
    GPS_POINTER,
    IPTC_TAG,
    PHOTO_POINTER,
    RESOLUTION_TAGS,
    Exif,
    Value,
    write_directory,
)

_ORIENTATION: Final = 0x0112


def add_tags(file: BinaryIO, exif: Exif, iptc: bytes | None) -> None:
    """Add EXIF and IPTC to the first directory of a little-endian TIFF.

    Args:
        file: a finished TIFF or BigTIFF, open for reading and writing.
        exif: tags that the file already has are left as they are, but for the resolution.
        iptc: IIM records, or None.
    """
    tree = exif.little_endian()
    if iptc:
        tree.main[IPTC_TAG] = Value(7, len(iptc), iptc)
    file.seek(0)
    head = file.read(16)
    is_big = head[2:4] == b"\x2b\0"
    offset = struct.unpack("<Q", head[8:16])[0] if is_big else struct.unpack("<I", head[4:8])[0]
    count_bytes, entry_bytes, next_bytes = (8, 20, 8) if is_big else (2, 12, 4)
    file.seek(offset)
    table = file.read(int.from_bytes(file.read(count_bytes), "little") * entry_bytes)
    split = [table[at : at + entry_bytes] for at in range(0, len(table), entry_bytes)]
    entries = {int.from_bytes(entry[:2], "little"): entry for entry in split}
    following = file.read(next_bytes)  # the offset of the next directory
    end = file.seek(0, 2)
    end += file.write(b"\0" * (end % 2))
    added = {
        tag: value
        for tag, value in tree.main.items()
        if tag not in entries or tag in RESOLUTION_TAGS
    }
    for tag, directory in ((PHOTO_POINTER, tree.photo), (GPS_POINTER, tree.gps)):
        if directory:
            added[tag] = Value(4, 1, struct.pack("<I", end))
            end += file.write(write_directory(directory, end, "<"))
    for tag, value in added.items():
        entries[tag], end = _place(file, tag, value, end, is_big=is_big)
    count = struct.pack("<Q" if is_big else "<H", len(entries))
    file.write(count + b"".join(entries[tag] for tag in sorted(entries)) + following)
    file.seek(8 if is_big else 4)
    file.write(struct.pack("<Q" if is_big else "<I", end))


def _place(file: BinaryIO, tag: int, value: Value, end: int, *, is_big: bool) -> tuple[bytes, int]:
    """Make the entry of a value, writing the value behind the file where it does not fit in."""
    room = 8 if is_big else 4
    data = value.data
    if len(data) > room:
        padded = data + b"\0" * (len(data) % 2)
        file.write(padded)
        data, end = struct.pack("<Q" if is_big else "<I", end), end + len(padded)
    form = "<HHQ" if is_big else "<HHI"
    return struct.pack(form, tag, value.kind, value.count) + data.ljust(room, b"\0"), end
