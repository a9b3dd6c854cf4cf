"""Name what libvips reads past in a JPEG or a PNG: nothing is dropped without a word.

Source: ITU-T T.81, annex B; PNG (Third Edition), sections 5 and 11; Adobe XMP, part 3.
"""

from collections.abc import Iterator
from typing import Final

from photochrom.picture.exif import Reader

_MAX_PARTS: Final = 1_000_000  # a PNG has one part for some kilobytes of pixels
_START_OF_SCAN: Final = 0xDA
_COMMENT: Final = 0xFE
_HEAD: Final = 40
# the beginnings of segments that are passed on, or that say only how the pixels are coded
_PASSED_ON: Final = (b"JFIF\0", b"JFXX\0", b"Exif\0", b"http://ns.adobe.com/xap/1.0/\0",
                     b"ICC_PROFILE\0", b"Photoshop 3.0\0", b"Adobe")  # fmt: skip
_EXTENDED_XMP: Final = b"http://ns.adobe.com/xmp/extension/\0"
_TEXTS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_SRGB_GAMMA: Final = range(45_000, 46_001)  # in hundred-thousandths


def jpeg_leftovers(read: Reader) -> tuple[str, ...]:
    """Name the segments of a JPEG that a result does not have.

    Args:
        read: gives (offset, size) of the file.

    Returns:
        One note, or none.
    """
    names = dict.fromkeys(name for marker, data in _segments(read) if (name := _name(marker, data)))
    return (f"left out of the JPEG: {', '.join(names)}",) if names else ()


def _segments(read: Reader) -> Iterator[tuple[int, bytes]]:
    """Read (marker, first bytes) of the segments before the pixels; stops at the first oddity."""
    at = 2
    for _ in range(_MAX_PARTS):
        head = read(at, 4)
        size = int.from_bytes(head[2:4], "big")
        if len(head) < 4 or head[0] != 0xFF or head[1] == _START_OF_SCAN or size < 2:
            return
        yield head[1], read(at + 4, min(size - 2, _HEAD))
        at += 2 + size


def _name(marker: int, data: bytes) -> str:
    """Name a segment that is not passed on; empty for the others."""
    if marker == _COMMENT:
        return f"the comment {_printable(data)!r}"
    if not 0xE0 <= marker <= 0xEF or data.startswith(_PASSED_ON):
        return ""
    if data.startswith(_EXTENDED_XMP):
        return "the extended XMP"
    return f"APP{marker - 0xE0} {_printable(data.split(bytes(1))[0][:12])}".strip()


def _printable(data: bytes) -> str:
    return "".join(char for char in data.decode("utf-8", "replace") if char.isprintable())


def png_leftovers(read: Reader, *, has_profile: bool) -> tuple[str, ...]:
    """Name what a PNG says that libvips does not pass on.

    Args:
        read: gives (offset, size) of the file.
        has_profile: whether its ICC profile could be read.

    Returns:
        Notes: metadata behind the pixels, a damaged profile, a gamma that was not applied.
    """
    behind: dict[str, None] = {}
    before: dict[bytes, bytes] = {}
    has_pixels = False
    for name, data in _chunks(read):
        has_pixels |= name == b"IDAT"
        if not has_pixels:
            before[name] = data
        elif name in _TEXTS or name == b"eXIf":
            keyword = _printable(data.split(bytes(1))[0]) if name in _TEXTS else ""
            behind[f"{name.decode()} {keyword}".strip()] = None
    notes = [f"left out of the PNG, as it lies behind the pixels: {', '.join(behind)}"]
    notes = notes if behind else []
    if b"iCCP" in before and not has_profile:
        notes.append("its ICC profile is damaged and was ignored")
    gamma = int.from_bytes(before.get(b"gAMA", b"")[:4], "big")
    if gamma and gamma not in _SRGB_GAMMA and not before.keys() & {b"iCCP", b"sRGB"}:
        notes.append(f"its gamma of {gamma / 1e5:g} was ignored: taken as sRGB")
    return tuple(notes)


def _chunks(read: Reader) -> Iterator[tuple[bytes, bytes]]:
    """Read (name, first bytes) of the chunks; stops at the end or the first oddity."""
    at = 8
    for _ in range(_MAX_PARTS):
        head = read(at, 8 + _HEAD)
        if len(head) < 12:
            return
        size = int.from_bytes(head[:4], "big")
        yield head[4:8], head[8 : 8 + min(size, _HEAD)]
        at += 12 + size
