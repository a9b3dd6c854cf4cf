"""What travels with the pixels: EXIF, XMP, IPTC, resolution."""

from dataclasses import dataclass
from typing import Any, Final

from photochrom.picture.geometry.resolution import Resolution
from photochrom.picture.geometry.turn import UNTURNED, Turn
from photochrom.picture.libvips import Image

PNG_TEXT: Final = "png-comment-"  # what libvips calls the texts of a PNG


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The metadata of a picture as found, unchanged and unchecked.

    Args:
        exif: a TIFF structure, with or without the ``Exif`` prefix.
        xmp: an XMP packet.
        iptc: IPTC-IIM records, bare or in a Photoshop resource block.
        resolution: what the container says beside EXIF, or None.
        texts: (keyword, text) of a PNG's own texts, and of the comments of a JPEG.
        layout: how a TIFF stored its pixels, as options for writing one.
        turn: how the stored pixels, which EXIF and XMP speak of, become upright.
        is_lossless: whether a JPEG, WebP, AVIF or HEIC stored its pixels exactly.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    resolution: Resolution | None = None
    texts: tuple[tuple[str, str], ...] = ()
    layout: tuple[tuple[str, Any], ...] = ()
    turn: Turn = UNTURNED
    is_lossless: bool = False


def _blob(image: Image, field: str) -> bytes | None:
    return bytes(image.get(field)) if image.get_typeof(field) else None


def metadata_of(image: Image, turn: Turn) -> Metadata:
    """Collect the metadata of an opened picture that libvips passes on as it is."""
    return Metadata(
        exif=_blob(image, "exif-data"),
        xmp=_blob(image, "xmp-data"),
        iptc=_blob(image, "iptc-data"),
        turn=turn,
    )
