"""What travels with the pixels: EXIF, XMP, IPTC, resolution, and who simulated the colors."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from photochrom.picture.geometry.resolution import Resolution
from photochrom.picture.geometry.turn import UNTURNED, Turn

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


def written_at() -> str:
    """Give the time to write into files, in ISO 8601; ``SOURCE_DATE_EPOCH`` overrules the clock."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What made the colors.

    Args:
        model: name of the model.
        model_sha256: of the model file, in hexadecimal.
        options: the options in force, by name.
        version: of photochrom.
        made_at: the time to write into files, in ISO 8601.
    """

    model: str
    model_sha256: str
    options: Mapping[str, object]
    version: str
    made_at: str = field(default_factory=written_at)

    def sentence(self) -> str:
        """Say it for people, in one plain sentence.

        >>> Provenance(model="m", model_sha256="", options={}, version="1").sentence()
        'The colors of this picture are simulated, by photochrom 1 with the model m.'
        """
        return (
            f"The colors of this picture are simulated, by photochrom {self.version} "
            f"with the model {self.model}."
        )
