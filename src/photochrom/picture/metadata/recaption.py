"""Another caption in a JPEG or PNG that stays as it is: no pixel is touched.

Source: ITU-T T.81, annex B; PNG (Third Edition), section 5; Adobe XMP, part 3.
"""

import zlib
from typing import Final

from photochrom.picture.metadata.captions import with_caption
from photochrom.picture.metadata.exif import Exif
from photochrom.picture.metadata.fields import Metadata
from photochrom.picture.metadata.jpeg import START_OF_SCAN, segments
from photochrom.picture.metadata.leftovers import chunks

_EXIF: Final = b"Exif\0\0"
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_APP0, _APP1, _APP13 = 0xE0, 0xE1, 0xED
_MOST_BYTES: Final = 65_533  # of a segment
_XMP_TEXT: Final = b"XML:com.adobe.xmp"
_CAPTION: Final = b"Description"
_TEXTS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})


def recaptioned(data: bytes, kind: str, metadata: Metadata, caption: str) -> bytes | None:
    """Say something else of a photograph in its file, in XMP and wherever else it has a caption.

    Args:
        data: the whole file.
        kind: of it.
        metadata: of it.
        caption: the new one; empty takes the old one away.

    Returns:
        The file; None when that cannot be done without writing its pixels anew: it is neither JPEG
        nor PNG, or built in a way that would be damaged.
    """
    told = with_caption(metadata, caption)
    assert told.exif is not None  # noqa: S101  (`with_caption` gives both)
    assert told.xmp is not None  # noqa: S101
    has_exif = metadata.exif is not None and bool(Exif.from_bytes(metadata.exif).description())
    exif = told.exif.removeprefix(_EXIF) if has_exif else b""
    if kind == "jpeg":
        return _in_jpeg(data, exif, told.xmp, told.iptc or b"")
    if kind == "png":
        return _in_png(data, exif, told.xmp, dict(told.texts).get(_CAPTION.decode(), ""))
    return None


def _in_jpeg(data: bytes, exif: bytes, xmp: bytes, iptc: bytes) -> bytes | None:
    blocks = [(_APP1, _EXIF, exif), (_APP1, _XMP, xmp), (_APP13, iptc[:14], iptc[14:])]
    new = [(code, prefix + body) for code, prefix, body in blocks if body]
    replaced = tuple(prefix for _, prefix, body in blocks if body)
    kept: list[tuple[int, bytes]] = []
    end, gone = 2, 0
    for part in segments(lambda at, size: data[at : at + size]):
        if part.code == START_OF_SCAN:
            break
        after = part.at - 2 + int.from_bytes(data[part.at - 2 : part.at], "big")
        if part.head.startswith(b"MPF\0"):  # it tells where other pictures lie in the file
            return None
        if part.head.startswith(replaced):
            gone += part.code == _APP13
        else:
            kept.append((part.code, data[end:after]))
        end = after
    else:
        return None
    if gone > 1 or any(len(block) > _MOST_BYTES for _, block in new):
        return None
    first = next((n for n, (code, _) in enumerate(kept) if code != _APP0), len(kept))
    written = [
        b"\xff" + bytes([code]) + (len(block) + 2).to_bytes(2, "big") + block for code, block in new
    ]
    before, behind = ([piece for _, piece in part] for part in (kept[:first], kept[first:]))
    return b"".join([data[:2], *before, *written, *behind, data[end:]])


def _in_png(data: bytes, exif: bytes, xmp: bytes, text: str) -> bytes:
    kept = [data[:8]]
    for name, at, size in chunks(lambda at, size: data[at : at + size]):
        keyword = data[at : at + 80].partition(b"\0")[0] if name in _TEXTS else b""
        if keyword in {_XMP_TEXT, _CAPTION} or (name == b"eXIf" and exif):
            continue
        kept.append(data[at - 8 : at + size + 4])
        if name == b"IHDR":
            kept += [_chunk(b"eXIf", exif)] if exif else []
            kept.append(_text_chunk(_XMP_TEXT, xmp))
            kept += [_text_chunk(_CAPTION, text.encode())] if text else []
    return b"".join(kept)


def _text_chunk(keyword: bytes, text: bytes) -> bytes:
    return _chunk(b"iTXt", keyword + bytes(5) + text)


def _chunk(name: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(name + body).to_bytes(4, "big")
    return len(body).to_bytes(4, "big") + name + body + checksum
