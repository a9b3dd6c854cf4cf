"""What a TIFF says that libvips does not pass on: EXIF, compression, tiles."""

from dataclasses import dataclass
from typing import Any, Final

from photochrom.picture.exif import IPTC_TAG, Exif, Reader
from photochrom.picture.geometry.resolution import Resolution
from photochrom.picture.notes import COMPRESSION, LEFT_OUT_OF_TIFF

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

Layout = tuple[tuple[str, Any], ...]


def _number(exif: Exif, tag: int, default: int) -> int:
    """Read the first SHORT or LONG of a field of the first directory."""
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
        notes += (f"{LEFT_OUT_OF_TIFF}{', '.join(f'{tag:#06x}' for tag in private[:20])}",)
    return TiffFacts(
        exif=None if exif.is_empty() else exif.to_bytes(),
        iptc=records.data.rstrip(b"\0") if records else None,
        resolution=resolution,
        compression=compression,
        layout=tuple(options.items()),
        extras=extras,
        notes=notes,
    )
