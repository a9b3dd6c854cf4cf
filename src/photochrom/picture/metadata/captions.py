"""What people say of a photograph: read from XMP, IPTC and EXIF, and written into all of them."""

import re
from dataclasses import replace
from typing import Final

from photochrom.picture.metadata.exif import Exif
from photochrom.picture.metadata.fields import Metadata
from photochrom.picture.metadata.iptc import captioned, iptc_caption
from photochrom.picture.metadata.xmp import XmpPacket

MOST_CHARACTERS: Final = 2000  # as in IPTC-IIM 2:120
_OURS: Final = re.compile(r"\s*The colors of this picture are simulated, by photochrom [^\n]*")
_CAMERAS: Final = re.compile(r".*digital camera|sony dsc|dcim.*|.*dsc_?\d+", re.IGNORECASE)
_TEXT: Final = "Description"  # the keyword in a PNG


def caption_of(metadata: Metadata) -> str:
    """Give the caption, of XMP, else IPTC, else EXIF, else a PNG's text.

    Sentences of ours, and what cameras write without having been asked, do not count.
    """
    candidates = (
        XmpPacket(metadata.xmp).description() if metadata.xmp else "",
        iptc_caption(metadata.iptc) if metadata.iptc else "",
        Exif.from_bytes(metadata.exif).description() if metadata.exif else "",
        dict(metadata.texts).get(_TEXT, ""),
    )
    cleaned = (_OURS.sub("", each).strip()[:MOST_CHARACTERS] for each in candidates)
    return next((each for each in cleaned if each and not _CAMERAS.fullmatch(each)), "")


def with_caption(metadata: Metadata, caption: str) -> Metadata:
    """Say something else of a photograph, wherever something was said of it, in XMP and in EXIF.

    Args:
        metadata: as found.
        caption: the new one; empty takes the old one away.
    """
    caption = "".join(each for each in caption if each.isprintable() or each in "\n\t").strip()
    packet = XmpPacket(metadata.xmp)
    packet.describe(caption)
    exif = Exif.from_bytes(metadata.exif) if metadata.exif else Exif()
    exif.describe(caption)
    texts = tuple(
        (key, caption if key == _TEXT else text)
        for key, text in metadata.texts
        if caption or key != _TEXT
    )
    return replace(
        metadata,
        xmp=packet.to_bytes(),
        exif=exif.to_bytes(),
        iptc=captioned(metadata.iptc, caption) if metadata.iptc else None,
        texts=texts,
    )
