"""Name what libvips reads past in a JPEG or a PNG: nothing is dropped without a word.

Source: ITU-T T.81, annex B; PNG (Third Edition), sections 5 and 11; Adobe XMP, part 3.
"""

import struct
import zlib
from collections.abc import Iterator
from itertools import takewhile
from typing import Final

from photochrom.picture.geometry.resolution import Resolution
from photochrom.picture.metadata.exif import Reader
from photochrom.picture.metadata.jpeg import Patches, segments
from photochrom.picture.notes import LEFT_OUT_OF_JPEG, listed

_MAX_PARTS: Final = 1_000_000  # a PNG has one part for some kilobytes of pixels
_JFIF: Final = 0xE0
_COMMENT: Final = 0xFE
# the beginnings of segments that are passed on, or that say only how the pixels are coded
_PASSED_ON: Final = (b"JFIF\0", b"JFXX\0", b"Exif\0", b"http://ns.adobe.com/xap/1.0/\0",
                     b"ICC_PROFILE\0", b"Photoshop 3.0\0", b"Adobe")  # fmt: skip
# in the comments that encoders leave, in lower case
_PROGRAMS: Final = (
    *("gd-jpeg", "ijg jpeg", "intel(r) jpeg", "jpeg encoder", "jpegmini", "jpeg-recompress"),
    *("adobe photoshop", "imageready", "created with gimp", "the gimp", "imagemagick", "lavc"),
    *("applemark", "lead technologies", "handmade software", "quality ="),
)
_EXTENDED_XMP: Final = b"http://ns.adobe.com/xmp/extension/\0"
_TEXTS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_MAX_TEXT: Final = 2**20  # letters of all texts together, but for what the last one has more
_MAX_TEXTS: Final = 100
_KEYWORD_BYTES: Final = 80
_FEW_TEXTS, _SMALL_TEXTS = 50, 2**16  # what libvips may unpack: at most a thousand times as much
_DECODED: Final = frozenset(
    {b"tRNS", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"sBIT", b"bKGD", b"pHYs", b"eXIf"}
)
_SKIP: Final = b"skIp"
_MAX_RUNS: Final = 1000
_OF_COLOR: Final = frozenset({b"iCCP", b"gAMA", b"sRGB"})
_XMP_KEYWORD: Final = "XML:com.adobe.xmp"
_SRGB_GAMMA: Final = range(45_000, 46_001)  # in hundred-thousandths

Texts = tuple[tuple[str, str], ...]  # (keyword, text), as in a PNG


def jpeg_leftovers(read: Reader) -> tuple[Texts, Resolution | None, tuple[str, ...]]:
    """Read comments, a megabyte at most, and density of a JPEG, and name what a result lacks.

    Args:
        read: gives (offset, size) of the file.

    Returns:
        The comments that people wrote, as one text of a PNG; the density that the first whole JFIF
        header gives, with a unit or without; one note on what was left out, the comments of
        programs among it, or none.
    """
    names: dict[str, None] = {}
    comments = []
    jfif = b""
    room = _MAX_TEXT
    for part in segments(read):
        if part.code == _JFIF and part.head.startswith(b"JFIF\0") and len(part.head) >= 12:
            jfif = jfif or part.head
        if part.code != _COMMENT:
            name = ""
            if 0xE0 <= part.code <= 0xEF and not part.head.startswith(_PASSED_ON):
                told = f"APP{part.code - 0xE0} {_printable(part.head.split(bytes(1))[0][:12])}"
                is_extended = part.head.startswith(_EXTENDED_XMP)
                name = "the extended XMP" if is_extended else told.strip()
        else:
            comment = ""
            if room > 0:
                comment = _comment(read(part.at, int.from_bytes(read(part.at - 2, 2), "big") - 2))
            if comment:
                comments.append(comment)
                room -= len(comment)
            name = "" if comment else f"the comment {_printable(part.head)!r}"
        if name:
            names[name] = None
    texts = (("Comment", "\n".join(comments)),) if comments else ()
    resolution = None
    if jfif:
        across, down = struct.unpack(">HH", jfif[8:12])
        resolution = Resolution.of(across, down, {1: 25.4, 2: 10.0}.get(jfif[7]))
    return texts, resolution, (f"{LEFT_OUT_OF_JPEG}{listed(names)}",) if names else ()


def _comment(data: bytes) -> str:
    """Read a comment; empty when a program wrote it about itself."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    text = "".join(char for char in text if char.isprintable() or char in "\n\t").strip()
    return "" if any(mark in text.casefold() for mark in _PROGRAMS) else text


def _printable(data: bytes) -> str:
    return "".join(char for char in data.decode("utf-8", "replace") if char.isprintable())


def png_texts(read: Reader, *, has_xmp: bool) -> tuple[Texts, tuple[str, ...]]:
    """Read the texts of a PNG, the first hundred or the first megabyte.

    Args:
        read: gives (offset, size) of the file.
        has_xmp: whether its XMP packet could be read.

    Returns:
        (keyword, text) of the texts that lie before the pixels, XMP not among them; notes on what
        was too much.
    """
    texts: list[tuple[str, str]] = []
    too_many: dict[str, None] = {}
    notes: list[str] = []
    left_out, room = 0, _MAX_TEXT
    for name, at, size in takewhile(lambda part: part[0] != b"IDAT", chunks(read)):
        keyword = _keyword(read, at, size) if name in _TEXTS else None
        if keyword == _XMP_KEYWORD and not has_xmp:
            notes = ["the XMP packet was left out: it cannot be unpacked"]
        if keyword in {None, _XMP_KEYWORD}:
            continue
        if len(texts) == _MAX_TEXTS or room <= 0:
            too_many[str(keyword)] = None
            left_out += 1
        elif pair := _text(name, read(at, min(size, _MAX_TEXT))):
            texts.append(pair)
            room -= len(pair[1])
    if left_out:
        notes.append(f"{left_out} texts left out, too many or too long: {listed(too_many)}")
    return tuple(texts), tuple(notes)


def png_leftovers(read: Reader, *, has_profile: bool) -> tuple[str, ...]:
    """Name what libvips does not pass on of a PNG, its texts aside.

    Args:
        read: gives (offset, size) of the file.
        has_profile: whether its ICC profile could be read.

    Returns:
        Notes on metadata behind the pixels, a damaged profile, a gamma that was not applied.
    """
    behind: dict[str, None] = {}
    before: dict[bytes, bytes] = {}
    has_pixels = False
    for name, at, size in chunks(read):
        has_pixels |= name == b"IDAT"
        if has_pixels and name in _TEXTS:
            behind[f"{name.decode()} {_keyword(read, at, size)}"] = None
        elif has_pixels and name == b"eXIf":
            behind["eXIf"] = None
        elif not has_pixels and name in _OF_COLOR:
            before[name] = read(at, 4)
    notes = []
    if behind:
        notes.append(f"left out of the PNG, as it lies behind the pixels: {listed(behind)}")
    if b"iCCP" in before and not has_profile:
        notes.append("its ICC profile is damaged or for other channels and was ignored")
    gamma = int.from_bytes(before.get(b"gAMA", b""), "big")
    if gamma and gamma not in _SRGB_GAMMA and not before.keys() & {b"iCCP", b"sRGB"}:
        notes.append(f"its gamma of {gamma / 1e5:g} was ignored: taken as sRGB")
    return tuple(notes)


def _keyword(read: Reader, at: int, size: int) -> str:
    return read(at, min(size, _KEYWORD_BYTES)).partition(b"\0")[0].decode("latin-1")


def surplus_texts(read: Reader) -> Patches:
    """Fold many or large texts of a PNG into parts that decoders skip: libvips unpacks every one.

    Args:
        read: gives (offset, size) of the file.

    Returns:
        Patches, (offset, bytes), of the file; none where the texts are few and small.
    """
    runs: list[tuple[int, int]] = []  # (first, end) of parts that follow each other
    count, size_bytes = 0, 0
    for name, at, size in chunks(read):
        if name == b"IDAT":
            break
        if name in _TEXTS and _keyword(read, at, size) != _XMP_KEYWORD:
            count, size_bytes = count + 1, size_bytes + size
        elif name in _TEXTS or name in _DECODED or name[:1].isupper():
            continue
        first, end = at - 8, at + size + 4
        if runs and runs[-1][1] == first:
            first = runs.pop()[0]
        runs.append((first, end))
    if (count <= _FEW_TEXTS and size_bytes <= _SMALL_TEXTS) or len(runs) > _MAX_RUNS:
        return ()
    return tuple(patch for run in runs for patch in _folded(read, *run))


def _folded(read: Reader, first: int, end: int) -> Patches:
    """Make one part, of a name that says private and needless, of all between two offsets."""
    if not read(end - 1, 1):
        return ()  # cut short
    checksum = zlib.crc32(_SKIP)
    for at in range(first + 8, end - 4, _MAX_TEXT):
        checksum = zlib.crc32(read(at, min(_MAX_TEXT, end - 4 - at)), checksum)
    head = (end - first - 12).to_bytes(4, "big") + _SKIP
    return (first, head), (end - 4, checksum.to_bytes(4, "big"))


def _text(name: bytes, data: bytes) -> tuple[str, str] | None:
    """Read (keyword, text) of a text chunk; None when it is damaged."""
    keyword, zero, rest = data.partition(b"\0")
    is_packed = name == b"zTXt" or (name == b"iTXt" and rest[:1] == b"\1")
    if name == b"zTXt":
        rest = rest[1:]
    elif name == b"iTXt":
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    try:
        text = zlib.decompressobj().decompress(rest, _MAX_TEXT) if is_packed else rest
    except zlib.error:
        return None
    encoding = "utf-8" if name == b"iTXt" else "latin-1"
    return (keyword.decode("latin-1"), text.decode(encoding, "replace")) if zero else None


def chunks(read: Reader) -> Iterator[tuple[bytes, int, int]]:
    """Read (name, offset, size) of the chunks of a PNG; stops at the end or the first oddity."""
    at = 8
    for _ in range(_MAX_PARTS):
        head = read(at, 8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[:4], "big")
        yield head[4:8], at + 8, size
        at += 12 + size


def png_resolution(read: Reader) -> Resolution | None:
    """Read the density that the chunk ``pHYs`` of a PNG gives, with a unit or without."""
    for name, at, size in chunks(read):
        if name == b"pHYs" and size == 9:
            across, down, unit = struct.unpack(">IIB", read(at, 9).ljust(9, b"\0"))
            return Resolution.of(across, down, 1000.0 if unit == 1 else None)
        if name == b"IDAT":
            return None
    return None
