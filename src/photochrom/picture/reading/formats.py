"""Which kinds of picture files there are, and how their first bytes tell."""

from typing import Final

KINDS: Final = ("jpeg", "png", "tiff", "webp", "avif", "heic")

HEAD_BYTES: Final = 64  # enough for every signature below, the brands of ISO media files included

SUFFIXES: Final = {
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "png": (".png",),
    "tiff": (".tif", ".tiff"),
    "webp": (".webp",),
    "avif": (".avif",),
    "heic": (".heic", ".heif", ".hif"),
}
PICTURE_SUFFIXES: Final = frozenset(suffix for each in SUFFIXES.values() for suffix in each)

_SIGNATURES: Final = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"II+\0": "tiff",
    b"MM\0+": "tiff",
}

# Named only to make the refusal clear; nothing here is ever decoded.
_REFUSED: Final = {
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"%PDF": "a PDF",
    b"8BPS": "a Photoshop file",
    b"\xff\x0a": "a JPEG XL",
    b"\0\0\0\x0cJXL ": "a JPEG XL",
    b"\0\0\0\x0cjP  ": "a JPEG 2000",
    b"PK\x03\x04": "a ZIP archive",
}

_FILMS: Final = (
    b"\x1aE\xdf\xa3",  # Matroska and WebM
    b"\0\0\x01\xba",  # MPEG program stream
    b"0&\xb2u",  # Windows Media
    b"FLV\x01",
)


def _brand_kind(head: bytes) -> str | None:
    """Tell AVIF from HEIC by the brands of an ISO base media file (ISO/IEC 23008-12)."""
    size = int.from_bytes(head[:4], "big")
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, min(size, len(head)), 4))}
    if brands & {b"avif", b"avis"}:
        return "avif"
    known = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
    return "heic" if brands & known else None


def sniff_kind(head: bytes) -> str | None:
    """Tell the kind of a picture from its content; the name of the file has no say.

    Args:
        head: the first ``HEAD_BYTES`` bytes.

    Returns:
        One of ``KINDS``, or None when it is none of them.

    >>> sniff_kind(bytes.fromhex("ffd8ffe0"))
    'jpeg'
    """
    for signature, kind in _SIGNATURES.items():
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return _brand_kind(head) if head[4:8] == b"ftyp" else None


def describe_stranger(head: bytes) -> str:
    """Say in a few words what a file that is none of the known kinds seems to be.

    >>> describe_stranger(b"<svg xmlns=")
    'an SVG or another XML file'
    """
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if text.startswith(b"<"):
        return "an SVG or another XML file"
    for signature, words in _REFUSED.items():
        if head.startswith(signature):
            return words
    is_film = head[4:8] in (b"ftyp", b"moov", b"mdat") or head.startswith(_FILMS)
    is_film = is_film or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")
    return "a video, which photochrom film takes" if is_film else "not a picture"


def kind_of_suffix(suffix: str) -> str | None:
    """Give the kind that a file name asks for, as in ``.TIF``; None when it asks for none."""
    wanted = suffix.lower()
    return next((kind for kind, suffixes in SUFFIXES.items() if wanted in suffixes), None)
