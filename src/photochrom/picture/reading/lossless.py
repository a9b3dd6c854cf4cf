"""Whether a file of a kind that may lose something was stored without loss.

Source: RFC 9649 (WebP: the chunk ``VP8L``); ITU-T H.273, table 4: color that is not converted, but
stored as green, blue and red, is what encoders of AVIF and HEIC use for no loss, and only for that.
Gray has nothing to convert, so gray without loss is not told from gray with little.
"""

from typing import Final

from photochrom.picture.metadata.exif import Reader
from photochrom.picture.metadata.jpeg import frame_of
from photochrom.picture.reading.heif_boxes import picture_properties

_MAX_CHUNKS: Final = 64  # before the pixels: a profile, an alpha channel
_PREDICTED: Final = frozenset(
    {0xC3, 0xC7, 0xCB, 0xCF}
)  # frames without loss, ITU-T T.81, table B.1
_NOT_CONVERTED: Final = 0


def is_lossless(kind: str, read: Reader) -> bool:
    """Tell whether a JPEG, WebP, AVIF or HEIC file holds its pixels exactly.

    Args:
        kind: one of ``KINDS``.
        read: gives (offset, size) of the file.
    """
    if kind == "webp":
        return _is_lossless_webp(read)
    if kind == "jpeg":
        return frame_of(read)[0] in _PREDICTED
    if kind not in {"avif", "heic"}:
        return False
    colors = [content for name, content in picture_properties(read) if name == b"colr"]
    return any(
        content[:4] == b"nclx" and int.from_bytes(content[8:10], "big") == _NOT_CONVERTED
        for content in colors
        if len(content) >= 10
    )


def _is_lossless_webp(read: Reader) -> bool:
    at = 12
    for _ in range(_MAX_CHUNKS):
        head = read(at, 8)
        name, size = head[:4], int.from_bytes(head[4:8], "little")
        if name in {b"VP8L", b"VP8 ", b""}:
            return name == b"VP8L"
        # the first frame of an animation is itself made of chunks, behind 16 bytes of its own
        at += 24 if name == b"ANMF" else 8 + size + size % 2
    return False
