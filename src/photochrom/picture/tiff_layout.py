"""What a TIFF says that libvips does not pass on: EXIF, compression, tiles."""

import struct
from dataclasses import dataclass
from typing import Any, Final

from photochrom.picture.exif import IPTC_TAG, Directory, Exif, Reader

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

Layout = tuple[tuple[str, Any], ...]


def _number(directory: Directory, tag: int, order: str, default: int) -> int:
    """Read the first SHORT or LONG of a field."""
    value = directory.get(tag)
    form = {3: "H", 4: "I"}.get(value.kind) if value else None
    if value is None or form is None:
        return default
    return int(struct.unpack_from(order + form, value.data)[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class TiffFacts:
    """What the first directory of a TIFF says beside its pixels.

    Args:
        exif: as a block, or None.
        iptc: IIM records, or None.
        layout: options that make libvips write a TIFF of the same layout.
        notes: where that is not possible.
    """

    exif: bytes | None
    iptc: bytes | None
    layout: Layout
    notes: tuple[str, ...]


def describe_tiff(read: Reader) -> TiffFacts:
    """Read the first directory of a TIFF; ``read`` gives (offset, size) of the file."""
    exif = Exif.from_reader(read)
    compression = _number(exif.main, 259, exif.order, 1)
    options: dict[str, Any] = {"compression": _COMPRESSION.get(compression, "deflate")}
    if options["compression"] in {"lzw", "deflate", "zstd"}:
        options["predictor"] = "horizontal"
    tile_width = _number(exif.main, 322, exif.order, 0)
    tile_height = _number(exif.main, 323, exif.order, 0)
    if 16 <= tile_width <= 4096 and 16 <= tile_height <= 4096:
        options |= {"tile": True, "tile_width": tile_width, "tile_height": tile_height}
    options["bigtiff"] = read(2, 2) in {b"+\0", b"\0+"}
    notes: tuple[str, ...] = ()
    if compression in _LOSSY:
        notes = (f"{_LOSSY[compression]} compression inside the TIFF became lossless deflate",)
    if _number(exif.main, _SUBFILE_TYPE, exif.order, 0) & 1:
        notes += ("its first page is a reduced copy of another one: extract that to color it",)
    records = exif.main.get(IPTC_TAG)
    private = exif.keep_descriptive()
    if private:
        notes += (f"TIFF tags left out: {', '.join(f'{tag:#06x}' for tag in private[:20])}",)
    return TiffFacts(
        exif=None if exif.is_empty() else exif.to_bytes(),
        iptc=records.data.rstrip(b"\0") if records else None,
        layout=tuple(options.items()),
        notes=notes,
    )
