"""The metadata of a result: the original's, corrected, plus where the colors come from."""

import mmap
import zlib
from dataclasses import dataclass
from typing import Any, Final

import pyvips

from photochrom.picture.geometry.resolution import UNKNOWN, Resolution, best_known, correct_png
from photochrom.picture.geometry.turn import Turn
from photochrom.picture.libvips import Image
from photochrom.picture.metadata.exif import Exif, Value
from photochrom.picture.metadata.fields import PNG_TEXT, Metadata, Provenance
from photochrom.picture.metadata.iptc import (
    iptc_caption,
    iptc_records,
    iptc_to_xmp,
    photoshop_block,
    turn_block,
)
from photochrom.picture.metadata.xmp import XmpPacket
from photochrom.picture.notes import NOT_TURNED, TO_XMP, listed
from photochrom.picture.profile import srgb_profile

_EXIF_BYTES: Final = 65_000  # and some more for the place that is kept
_MAKER_NOTE: Final = 0x927C
_UNDEFINED: Final = 7
_MARK: Final = b"photochrom keeps this place"
_PREFIX: Final = b"Exif\0\0"
_START: Final = b"II*\0"

_JPEG_SEGMENT: Final = 65_000  # a JPEG segment holds 65 533 bytes, its own prefix included

# Keywords of the PNG specification, 11.3.3.1 -> (prefix, property, form)
_TEXTS_TO_XMP: Final = {
    "Title": ("dc", "title", "Alt"),
    "Author": ("dc", "creator", "Seq"),
    "Description": ("dc", "description", "Alt"),
    "Copyright": ("dc", "rights", "Alt"),
    "Comment": ("exif", "UserComment", "Alt"),
    "Software": ("xmp", "CreatorTool", ""),
    "Source": ("dc", "source", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What is embedded beside the pixels.

    Args:
        exif: corrected, never empty: it says sRGB and upright.
        xmp: a packet, or None.
        iptc: in the form the container wants, or None.
        resolution: as far as it is known.
        texts: (keyword, text) for a PNG.
        layout: options for a TIFF, of the original's compression and tiles.
        notes: what could not be kept as it was.
    """

    exif: Exif
    xmp: bytes | None
    iptc: bytes | None
    resolution: Resolution
    texts: tuple[tuple[str, str], ...]
    layout: tuple[tuple[str, Any], ...]
    notes: tuple[str, ...]

    def attach(self, image: Image, kind: str) -> Image:
        """Give an image the metadata, in place of all it has."""
        named = image.copy()
        if self.resolution.has_unit:
            named = image.copy(xres=self.resolution.across, yres=self.resolution.down)
        is_tiff, exif = kind == "tiff", None
        if not is_tiff:
            self.exif.set_size(image.height, image.width)
            # libvips hands EXIF to libexif, which drops every tag that it does not know (Rating,
            # HostComputer, serial numbers): an encoder gets a block that it passes on and that is
            # as large, in whose place `fill` writes ours, byte for byte
            size = max(len(self.exif.to_bytes()), len(_MARK))
            note = Value(_UNDEFINED, size, _MARK.ljust(size, b"\0"))
            exif = Exif(photo={_MAKER_NOTE: note}).to_bytes()
        for field, data in (
            ("exif-data", exif),
            ("xmp-data", self.xmp),
            ("iptc-data", None if is_tiff else self.iptc),
            ("icc-profile-data", srgb_profile()),
        ):
            if data:
                named.set_type(pyvips.GValue.blob_type, field, data)
        for number, (keyword, text) in enumerate(self.texts):
            field = f"{PNG_TEXT}{number}-{keyword}"
            named.set_type(pyvips.GValue.gstr_type, field, text)
        return named


def prepare_outgoing(metadata: Metadata, kind: str, provenance: Provenance | None) -> Outgoing:
    """Correct and complete the metadata of the original for one kind of file.

    Args:
        metadata: of the original.
        kind: one of ``KINDS``.
        provenance: what made the colors; None leaves the XMP without a word about it.
    """
    exif = Exif.from_bytes(metadata.exif) if metadata.exif else Exif()
    packet, turn = XmpPacket(metadata.xmp), metadata.turn
    notes = [*packet.notes, *exif.notes]
    exif.correct()
    resolution = metadata.resolution
    if turn.orientation > 1:
        left_out = dict.fromkeys((*exif.turn(turn), *packet.turn(turn)))
        if left_out:
            notes.append(f"{NOT_TURNED}{listed(left_out)}")
        if resolution and turn.is_quarter:
            resolution = resolution.turned()
    resolution = best_known(exif.resolution() if metadata.exif else None, resolution)
    if kind == "tiff" or resolution != UNKNOWN:
        exif.set_resolution(resolution)
    if metadata.xmp:
        packet.drop_stale()
    iptc = _place_iptc(metadata.iptc, turn, kind, packet, notes) if metadata.iptc else None
    texts = _place_texts(metadata.texts, kind, packet, notes) if metadata.texts else ()
    if provenance is not None:
        # in older records; readers would prefer the one that is added to XMP
        caption = iptc_caption(metadata.iptc) if metadata.iptc else ""
        caption = caption or (exif.description() if metadata.exif else "")
        packet.add_provenance(provenance, caption=caption)
    xmp = packet.to_bytes()
    if kind not in {"tiff", "heic"} and len(exif.to_bytes()) > _EXIF_BYTES:
        notes.append(f"EXIF was left out: too large for {kind.upper()}")
        exif = Exif()
        exif.correct()
    if kind == "jpeg" and max(len(xmp), len(iptc or b"")) > _JPEG_SEGMENT:
        xmp, iptc = _fit_segments(xmp, iptc, provenance, notes)
    return Outgoing(
        exif=exif,
        xmp=xmp,
        iptc=iptc,
        resolution=resolution,
        texts=texts,
        layout=metadata.layout,
        notes=tuple(notes),
    )


def _place_texts(
    texts: tuple[tuple[str, str], ...], kind: str, packet: XmpPacket, notes: list[str]
) -> tuple[tuple[str, str], ...]:
    """Keep texts in a PNG as far as libvips can write them, else in XMP."""
    kept: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for keyword, text in texts:
        fits = kind == "png" and " " not in keyword and text.isascii()
        (kept if fits else others).append((keyword, text))
    moved = {_TEXTS_TO_XMP[key]: [text] for key, text in others if key in _TEXTS_TO_XMP}
    if moved:
        packet.add_missing(moved)
        names = listed(key for key, _ in others if key in _TEXTS_TO_XMP)
        notes.append(f"{TO_XMP}texts, where it did not say otherwise: {names}")
    lost = listed(keyword for keyword, _ in others if keyword not in _TEXTS_TO_XMP)
    if lost:
        notes.append(f"texts left out: {lost}")
    return tuple(kept)


def _place_iptc(
    iptc: bytes, turn: Turn, kind: str, packet: XmpPacket, notes: list[str]
) -> bytes | None:
    """Put IPTC records where the container has a place for them, else into XMP."""
    if kind == "jpeg":
        block, has_lost = photoshop_block(iptc), False
        if turn.orientation > 1:
            block, has_lost = turn_block(block, is_quarter=turn.is_quarter)
        if has_lost:
            notes.append(f"{NOT_TURNED}Photoshop's guides, slices and paths")
        return block
    if kind == "tiff":
        return iptc_records(iptc) or None  # written with the EXIF, see ``tiff_tags``
    properties, left_out = iptc_to_xmp(iptc)
    packet.add_missing(properties)
    if properties:
        notes.append(f"{TO_XMP}the IPTC records, as {kind.upper()} has no place for them")
    if left_out:
        notes.append(f"IPTC datasets without a counterpart in XMP left out: {listed(left_out)}")
    return None


def _fit_segments(
    xmp: bytes, iptc: bytes | None, provenance: Provenance | None, notes: list[str]
) -> tuple[bytes, bytes | None]:
    """Leave out what is too large for a JPEG segment, and say so."""
    if len(xmp) > _JPEG_SEGMENT:
        notes.append("the XMP packet was left out: too large for JPEG")
        fresh = XmpPacket(None)
        if provenance is not None:
            fresh.add_provenance(provenance)
        xmp = fresh.to_bytes()
    if iptc is not None and len(iptc) > _JPEG_SEGMENT:
        notes.append("the IPTC records were left out: too large for JPEG")
        iptc = None
    return xmp, iptc


def fill(buffer: bytearray | mmap.mmap, kind: str, outgoing: Outgoing) -> None:
    """Write EXIF into the place that was kept for it in a finished JPEG, PNG, WebP or AVIF.

    Args:
        buffer: the whole file.
        kind: of the file.
        outgoing: what the place was kept for.

    Raises:
        ValueError: when there is no such place.
    """
    mark = buffer.find(_MARK)
    start = buffer.rfind(_START, 0, max(mark, 0))
    if mark < 0 or start < 0:
        raise ValueError("the encoder left the EXIF out")
    block = outgoing.exif.to_bytes()
    body = block.removeprefix(_PREFIX)
    stop = mark + max(len(block), len(_MARK))
    buffer[start:stop] = body.ljust(stop - start, b"\0")
    if buffer[start - 4 : start] == b"eXIf":  # a PNG chunk: length, name, data, checksum
        length = int.from_bytes(buffer[start - 8 : start - 4], "big")
        checksum = zlib.crc32(buffer[start - 4 : start + length])
        buffer[start + length : start + length + 4] = checksum.to_bytes(4, "big")
    if kind == "png":
        correct_png(buffer, outgoing.resolution)
