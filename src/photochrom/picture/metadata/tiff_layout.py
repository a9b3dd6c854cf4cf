"""What a TIFF says that libvips does not pass on: EXIF, compression, tiles."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from photochrom.picture.geometry.resolution import Resolution
from photochrom.picture.metadata.exif import IPTC_TAG, Exif, Reader
from photochrom.picture.notes import COMPRESSION, LEFT_OUT_OF_TIFF, listed

_COMPRESSION: Final = {
    1: "none",
    5: "lzw",
    8: "deflate",
    32946: "deflate",
    32773: "packbits",
    50000: "zstd",
}
_LOSSY: Final = {6: "JPEG", 7: "JPEG", 50001: "WebP", 34712: "JPEG 2000"}

_SUBFILE_TYPE: Final = 254  # bit 0: a reduced-resolution version of another page
_SUB_DIRECTORIES: Final = 330
_INK_SET: Final = 332
_EXTRA_SAMPLES: Final = 338
_SEPARATED: Final = 5
# by PhotometricInterpretation; the others have one: gray, a palette, a mask, LogL, a color filter
_COLOR_CHANNELS: Final = {2: 3, _SEPARATED: 4, 6: 3, 8: 3, 9: 3, 10: 3, 32845: 3, 34892: 3}

UNCOMPRESSED, JPEG, DEFLATE = 1, 7, frozenset({8, 32946})
_JPEG_TABLES: Final = 347
# what a decoder needs for the pixels, and the profile
_NEEDED: Final = frozenset(
    {
        *(256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 324),
        *(325, 332, 338, 339, _JPEG_TABLES, *range(512, 522), *range(529, 533), 34675, 50674),
    }
)
_TILE_HEIGHT: Final = 323
_TILES_TO_STRIPS: Final = {322: 256, 324: 273, 325: 279}  # width, offsets, sizes
_MAX_ENTRIES: Final = 1000

Layout = tuple[tuple[str, Any], ...]


def _number(exif: Exif, tag: int, default: int) -> int:
    """Read the first whole number of a field of the first directory."""
    return next(iter(exif.numbers(tag)), default)


def _extras(exif: Exif) -> tuple[int, ...]:
    """Read what the channels beyond the color are; those that no field tells of are 0."""
    told = exif.numbers(_EXTRA_SAMPLES)
    samples = _number(exif, 277, 1)
    photometric = _number(exif, 262, 2 if samples >= 3 else 1)  # libvips guesses so, too
    if photometric == _SEPARATED and _number(exif, _INK_SET, 1) != 1:
        return ()  # other inks than those of CMYK: no color that could be read
    color = _COLOR_CHANNELS.get(photometric, 1)
    return (told + (0,) * samples)[: max(samples - color, 0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TiffFacts:
    """What the first directory of a TIFF says beside its pixels.

    Args:
        exif: as a block, or None.
        iptc: IIM records, or None.
        resolution: or None where it is not told.
        compression: by number.
        layout: options that make libvips write a TIFF of the same layout.
        extras: what the channels beyond the color are, see `Opened`.
        notes: where that is not possible, and what was left out.
    """

    exif: bytes | None
    iptc: bytes | None
    resolution: Resolution | None
    compression: int
    layout: Layout
    extras: tuple[int, ...]
    notes: tuple[str, ...]


def describe_tiff(read: Reader) -> TiffFacts:
    """Read the first directory of a TIFF; ``read`` gives (offset, size) of the file."""
    exif = Exif.from_reader(read)
    compression = _number(exif, 259, 1)
    options: dict[str, Any] = {"compression": _COMPRESSION.get(compression, "deflate")}
    if options["compression"] in {"lzw", "deflate", "zstd"}:
        options["predictor"] = "horizontal"
    tile_width = _number(exif, 322, 0)
    tile_height = _number(exif, 323, 0)
    if 16 <= tile_width <= 4096 and 16 <= tile_height <= 4096:
        options |= {"tile": True, "tile_width": tile_width, "tile_height": tile_height}
    options["bigtiff"] = read(2, 2) in {b"+\0", b"\0+"}
    notes: tuple[str, ...] = ()
    if compression in _LOSSY:
        notes = (f"{COMPRESSION}{_LOSSY[compression]} became lossless deflate",)
    if _number(exif, _SUBFILE_TYPE, 0) & 1:
        notes += ("its first page is a reduced copy of another one: extract that to color it",)
    below = exif.main.get(_SUB_DIRECTORIES)
    if below is not None:
        pages = "a page" if below.count == 1 else f"{below.count} pages"
        notes += (f"{pages} below the first (SubIFDs: smaller copies, as a rule) left out",)
    records = exif.main.get(IPTC_TAG)
    extras, resolution = _extras(exif), exif.resolution()
    private = exif.keep_descriptive()
    if private:
        notes += (f"{LEFT_OUT_OF_TIFF}{listed(f'{tag:#06x}' for tag in private)}",)
    notes += exif.notes
    return TiffFacts(
        exif=None if exif.is_empty() else exif.to_bytes(),
        iptc=records.data.rstrip(b"\0") if records else None,
        resolution=resolution,
        compression=compression,
        layout=tuple(options.items()),
        extras=extras,
        notes=notes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """The strips or tiles of the first page of a TIFF.

    Args:
        unit: ``"strip"`` or ``"tile"``.
        compression: by its number.
        places: (offset, size) of each in the file; the largest size where no other is told.
        rows: of pixels in each; the last strip may have fewer.
        columns: of pixels in each.
        height: rows of all, one below the other.
        largest_bytes: that one may have uncompressed.
        is_bit_reversed: whether the first pixel lies in the lowest bit.
        jpeg_tables: a JPEG stream of the tables that all share, or nothing.
    """

    unit: str
    compression: int
    places: tuple[tuple[int, int], ...]
    rows: int
    columns: int
    height: int
    largest_bytes: int
    is_bit_reversed: bool
    jpeg_tables: bytes


def pieces_of(read: Reader) -> Pieces:
    """Find the strips or tiles; ``read`` gives (offset, size) of the file."""
    exif = Exif.from_reader(read)
    is_tiled = 324 in exif.main
    offsets, sizes = (
        exif.numbers(324 if is_tiled else 273),
        exif.numbers(325 if is_tiled else 279),
    )
    width, height = _number(exif, 256, 0), _number(exif, 257, 0)
    columns = _number(exif, 322, 0) if is_tiled else width
    rows = _number(exif, 323, 0) if is_tiled else min(_number(exif, 278, height), height)
    samples = _number(exif, 277, 1)
    bits = max(exif.numbers(258), default=1) * samples
    largest = rows * (-(-columns * bits // 8))
    across = -(-width // max(columns, 1))
    count = -(-height // max(rows, 1)) * across * (samples if _number(exif, 284, 1) == 2 else 1)
    places = tuple(zip(offsets, sizes or (largest,) * len(offsets), strict=False))[:count]
    tables = exif.main.get(_JPEG_TABLES)
    return Pieces(
        unit="tile" if is_tiled else "strip",
        compression=_number(exif, 259, UNCOMPRESSED),
        places=places,
        rows=max(rows, 1),
        columns=columns,
        height=rows * len(places) if is_tiled else height,
        largest_bytes=largest,
        is_bit_reversed=_number(exif, 266, 1) == 2,
        jpeg_tables=tables.data if tables else b"",
    )


def plain_tiff(
    read: Reader, end: int, *, rows_more: int | None = None
) -> tuple[tuple[int, bytes], ...]:
    """Write the first directory anew: sorted, each field once, and no more than the pixels need.

    Args:
        read: gives (offset, size) of the file.
        end: its size in bytes.
        rows_more: to claim of each strip than it has, tiles becoming strips; None for neither.

    Returns:
        Patches, (offset, bytes): a directory behind the end, and the header that leads to it. None
        where pixels are missing at the end: a decoder would take the directory for them.
    """
    pieces = pieces_of(read)
    if any(offset + size > end for offset, size in pieces.places):
        return ()
    head = read(0, 16)
    order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"
    is_big = head[2:4] in {b"+\0", b"\0+"}
    count_bytes, entry_bytes, size = (8, 20, 8) if is_big else (2, 12, 4)
    offset = int.from_bytes(head[size : 2 * size], order)
    count = min(int.from_bytes(read(offset, count_bytes), order), _MAX_ENTRIES)
    table = read(offset + count_bytes, count * entry_bytes)
    entries: dict[int, bytes] = {}
    for at in range(0, len(table) - entry_bytes + 1, entry_bytes):
        entry = table[at : at + entry_bytes]
        entries.setdefault(int.from_bytes(entry[:2], order), entry)
    if rows_more is not None:
        rows = pieces.rows + rows_more
        count = -(-pieces.height // pieces.rows)
        for tag, number in ((257, count * rows), (278, rows)):
            fields = ((tag, 2), (4, 2), (1, size), (number, 4), (0, size - 4))  # a LONG
            entries[tag] = b"".join(value.to_bytes(width, order) for value, width in fields)
        entries.pop(_TILE_HEIGHT, None)
        for of_tiles, of_strips in _TILES_TO_STRIPS.items():
            if of_tiles in entries:
                entries[of_strips] = of_strips.to_bytes(2, order) + entries.pop(of_tiles)[2:]
    kept = [entries[tag] for tag in sorted(entries.keys() & _NEEDED)]
    place = end + end % 2
    if not kept or place >= 2 ** (8 * size):
        return ()
    directory = len(kept).to_bytes(count_bytes, order) + b"".join(kept) + bytes(size)
    return (size, place.to_bytes(size, order)), (end, bytes(end % 2) + directory)
