"""How a JPEG file is laid out: its segments, what is odd in them, where its pixels end.

Source: ITU-T T.81, annex B; the warnings are those of libjpeg's jerror.h.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from photochrom.picture.metadata.exif import Reader

START_OF_SCAN: Final = 0xDA
_END_OF_IMAGE: Final = 0xD9
_APP0, _APP14 = 0xE0, 0xEE
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_LS: Final = 0xF7  # the frame of another coding, ITU-T T.87
_SEQUENTIAL: Final = frozenset({0xC0, 0xC1, 0xC9})
_WITHOUT_DATA: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_HUFFMAN: Final = frozenset({0xC0, 0xC1})  # and sequential
_MARKER: Final = re.compile(rb"\xff[^\x00\xff]")
_MAX_HEIGHT: Final = 65_500  # of libjpeg
_MAX_SEGMENTS: Final = 100_000
_MAX_STRAY: Final = 2**16  # bytes in one place
_MAX_GAPS: Final = 64
_HEAD_BYTES: Final = 40

Patches = tuple[tuple[int, bytes], ...]  # (offset, what is to be read there)


class Segment(NamedTuple):
    """One marker segment.

    Attributes:
        code: the second byte of the marker.
        at: offset of its data, behind the length.
        head: the first of its data.
        stray: offset and count of the bytes before the marker that belong to nothing.
    """

    code: int
    at: int
    head: bytes
    stray: tuple[int, int]


def segments(read: Reader) -> Iterator[Segment]:
    """Read the segments before the pixels, the head of the first scan last.

    Args:
        read: gives (offset, size) of the file.

    Yields:
        What there is; ends without a word where the file makes no sense.
    """
    at, gaps = 2, 0
    for _ in range(_MAX_SEGMENTS):
        found = _MARKER.search(read(at, 2))
        if found is None and (gaps := gaps + 1) <= _MAX_GAPS:
            found = _MARKER.search(read(at, _MAX_STRAY))
        if found is None:
            return
        stray, at = (at, found.start()), at + found.end()
        code = found[0][1]
        size = 2 if code in _WITHOUT_DATA else int.from_bytes(read(at, 2), "big")
        if code == _END_OF_IMAGE or size < 2:
            return
        yield Segment(code, at + 2, read(at + 2, min(size - 2, _HEAD_BYTES)), stray)
        at += 0 if code in _WITHOUT_DATA else size
        if code == START_OF_SCAN:
            return


def frame_of(read: Reader) -> tuple[int, int]:
    """Tell how the pixels are coded.

    Args:
        read: gives (offset, size) of the file.

    Returns:
        The code of the frame's marker and the bits per sample; (0, 0) where there is no frame.
    """
    known = _FRAMES | {JPEG_LS}
    frames = (part for part in segments(read) if part.code in known and part.head)
    return next(((part.code, part.head[0]) for part in frames), (0, 0))


def harmless_oddities(read: Reader) -> Patches:
    """Find what libjpeg warns of though it costs no pixels: before the first scan, all of it.

    Stray bytes between segments, a JFIF of an unknown version, an unknown Adobe transform, and
    spectral limits in the head of a sequential scan, where they say nothing.

    Args:
        read: gives (offset, size) of the file.

    Returns:
        Bytes that mean the same to a decoder and are nothing to warn of.
    """
    patches = []
    frame, components = 0, 0
    transform: tuple[int, int] | None = None
    for code, at, data, (stray_at, stray_bytes) in segments(read):
        if stray_bytes:
            patches.append((stray_at, b"\xff" * stray_bytes))  # fill bytes, as B.1.1.2 allows
        if code == _APP0 and data.startswith(b"JFIF\0") and data[5:6] not in {b"\1", b""}:
            patches.append((at + 5, b"\1"))
        elif code == _APP14 and data.startswith(b"Adobe") and len(data) >= 12:
            transform = at + 11, data[11]
        elif code in _FRAMES and len(data) >= 6:
            frame, components = code, data[5]
        elif code == START_OF_SCAN and frame in _SEQUENTIAL:
            limits = 1 + 2 * data[0] if data else 0
            if data[limits : limits + 3] != b"\0\x3f\0":
                patches.append((at + limits, b"\0\x3f\0"))
    if transform is not None and transform[1] not in {0, assumed := 1 if components == 3 else 2}:
        patches.append((transform[0], bytes([assumed])))
    return tuple(patches)


class SingleScan(NamedTuple):
    """The frame of a sequential JPEG whose pixels lie in one scan.

    Attributes:
        row_more: claims one more row of coded units than there is; none where that is too many.
        unit_height: of a row of coded units, in pixels.
        unit_width: of such a unit, in pixels.
    """

    row_more: Patches
    unit_height: int
    unit_width: int


def single_scan(read: Reader) -> SingleScan | None:
    """Read the frame; None for other JPEGs than sequential ones, by Huffman, of one scan.

    Args:
        read: gives (offset, size) of the file.
    """
    frame: SingleScan | None = None
    components = 0
    for code, at, head, _ in segments(read):
        if code in _FRAMES and len(head) >= 6:
            frame, components = None, head[5]
            if code in _HUFFMAN:
                sampling = [head[7 + 3 * number] for number in range(components)]
                if components == 1:  # its units are single blocks, whatever its sampling
                    sampling = [0x11]
                unit_height = 8 * max(factors & 15 for factors in sampling)
                unit_width = 8 * max(factors >> 4 for factors in sampling)
                taller = (-(-int.from_bytes(head[1:3], "big") // unit_height) + 1) * unit_height
                row_more = ((at + 1, taller.to_bytes(2, "big")),) if taller <= _MAX_HEIGHT else ()
                frame = SingleScan(row_more, unit_height, unit_width)
        elif code == START_OF_SCAN and head[:1] == bytes([components]):
            return frame
    return None
