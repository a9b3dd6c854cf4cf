"""IPTC-IIM records: from and into the blocks that JPEG and TIFF keep them in, and as XMP.

Source: IPTC-IIM 4.2; Adobe Photoshop file formats, "Image Resource Blocks"; the mapping to XMP is
that of the IPTC Photo Metadata Standard, "IIM" column.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

_PHOTOSHOP: Final = b"Photoshop 3.0\0"
_RECORDS: Final = 0x0404
_THUMBNAILS: Final = frozenset({0x0409, 0x040C})  # pictures of the gray original
_DIGEST: Final = 0x0425  # MD5 of the records, by which readers tell whether XMP is newer
_RESOLUTION: Final = 0x03ED  # number, unit, unit of the width; and again for the height
_PLACES: Final = frozenset({0x0408, 0x041A, 0x0BB7})  # guides, slices, the path that clips
_PATHS: Final = range(0x07D0, 0x0BB7)

# dataset of record 2 -> (XMP prefix, property, form)
_TO_XMP: Final = {
    5: ("dc", "title", "Alt"),
    25: ("dc", "subject", "Bag"),
    40: ("photoshop", "Instructions", ""),
    55: ("photoshop", "DateCreated", ""),
    80: ("dc", "creator", "Seq"),
    85: ("photoshop", "AuthorsPosition", ""),
    90: ("photoshop", "City", ""),
    92: ("Iptc4xmpCore", "Location", ""),
    95: ("photoshop", "State", ""),
    100: ("Iptc4xmpCore", "CountryCode", ""),
    101: ("photoshop", "Country", ""),
    103: ("photoshop", "TransmissionReference", ""),
    105: ("photoshop", "Headline", ""),
    110: ("photoshop", "Credit", ""),
    115: ("photoshop", "Source", ""),
    116: ("dc", "rights", "Alt"),
    120: ("dc", "description", "Alt"),
    122: ("photoshop", "CaptionWriter", ""),
}
_CAPTION: Final = 120
_CAPTION_BYTES: Final = 2000
_UTF_8: Final = b"\x1b%G"  # in dataset 1:90
_DATE_CREATED: Final = 55  # CCYYMMDD here, ISO 8601 in XMP
_MAX_DATASETS: Final = 2000
_HOUSEKEEPING: Final = frozenset({0})  # the version of the record itself

Properties = dict[tuple[str, str, str], list[str]]  # (prefix, property, form) -> values


def _resources(block: bytes) -> Iterator[tuple[int, bytes]]:
    """Read the resources (id, data) of a Photoshop block; stops at the first damaged one."""
    at = len(_PHOTOSHOP)
    while block[at : at + 4] == b"8BIM" and at + 12 <= len(block):
        identifier = int.from_bytes(block[at + 4 : at + 6], "big")
        name_bytes = block[at + 6] + 1
        at += 6 + name_bytes + name_bytes % 2
        size = int.from_bytes(block[at : at + 4], "big")
        data = block[at + 4 : at + 4 + size]
        if len(data) < size:
            return
        yield identifier, data
        at += 4 + size + size % 2


def _resource(identifier: int, data: bytes) -> bytes:
    padded = data + b"\0" * (len(data) % 2)
    head = b"8BIM" + identifier.to_bytes(2, "big") + b"\0\0" + len(data).to_bytes(4, "big")
    return head + padded


def iptc_records(iptc: bytes) -> bytes:
    """Give the bare IIM records, out of a Photoshop block if they lie in one."""
    if not iptc.startswith(_PHOTOSHOP):
        return iptc if iptc[:1] == b"\x1c" else b""
    return b"".join(data for identifier, data in _resources(iptc) if identifier == _RECORDS)


def photoshop_block(iptc: bytes) -> bytes:
    """Give the block a JPEG keeps records in; its thumbnails show the gray original and go."""
    if not iptc.startswith(_PHOTOSHOP):
        return _PHOTOSHOP + _resource(_RECORDS, iptc_records(iptc))
    return _block(pair for pair in _resources(iptc) if pair[0] not in _THUMBNAILS)


def turn_block(block: bytes, *, is_quarter: bool) -> tuple[bytes, bool]:
    """Leave out of a Photoshop block what has a place in a picture that was turned.

    Args:
        block: as in a JPEG.
        is_quarter: whether the two directions of the resolution change places.

    Returns:
        The block, and whether guides, slices or paths went.
    """
    resources = list(_resources(block))
    kept = [pair for pair in resources if not (pair[0] in _PLACES or pair[0] in _PATHS)]
    turned = [
        (key, data[8:16] + data[:8] if is_quarter and key == _RESOLUTION else data)
        for key, data in kept
    ]
    return _block(turned), len(kept) < len(resources)


def _block(resources: Iterable[tuple[int, bytes]]) -> bytes:
    return _PHOTOSHOP + b"".join(_resource(identifier, data) for identifier, data in resources)


def _datasets(records: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Read (record, dataset, value); stops at the first damaged one."""
    at = 0
    while records[at : at + 1] == b"\x1c" and at + 5 <= len(records):
        record, dataset = records[at + 1], records[at + 2]
        size = int.from_bytes(records[at + 3 : at + 5], "big")
        if size >= 0x8000 or at + 5 + size > len(records):
            return
        yield record, dataset, records[at + 5 : at + 5 + size]
        at += 5 + size


def iptc_to_xmp(iptc: bytes) -> tuple[Properties, tuple[str, ...]]:
    """Say in XMP what the records say, for containers without a place for them.

    Returns:
        The properties, and the datasets that have no counterpart, as in ``2:12``, or are too many.
    """
    properties: Properties = {}
    left_out: dict[str, None] = {}
    datasets = list(islice(_datasets(iptc_records(iptc)), _MAX_DATASETS + 1))
    if len(datasets) > _MAX_DATASETS:
        left_out[f"those behind the first {_MAX_DATASETS}"] = None
        del datasets[_MAX_DATASETS:]
    is_utf8 = any((r, d) == (1, 90) and v == _UTF_8 for r, d, v in datasets)
    for record, dataset, value in datasets:
        target = _TO_XMP.get(dataset) if record == 2 else None
        if target is not None:
            text = _decode(value, is_utf8=is_utf8)
            if dataset == _DATE_CREATED and len(text) == 8:
                text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
            properties.setdefault(target, []).append(text)
        elif record == 2 and dataset not in _HOUSEKEEPING:
            left_out[f"{record}:{dataset}"] = None
    return properties, tuple(left_out)


def iptc_caption(iptc: bytes) -> str:
    """Read the caption, dataset 2:120; empty when there is none."""
    captions = iptc_to_xmp(iptc)[0].get(_TO_XMP[_CAPTION], [])
    return captions[0].strip() if captions else ""


def captioned(iptc: bytes, caption: str) -> bytes:
    """Put another caption into records, bare or in a Photoshop block; the rest stays.

    It is in UTF-8, cut at 2000 bytes, as the standard wants, unless the others are in Latin-1.

    Args:
        iptc: as found.
        caption: an empty one takes the old one away.
    """
    records = iptc_records(iptc)
    kept = [each for each in _datasets(records) if each[:2] != (2, _CAPTION)]
    if caption:
        is_latin = any(not _is_utf8(value) for _, _, value in kept)
        encoded = caption.encode("latin-1" if is_latin else "utf-8", "replace")[:_CAPTION_BYTES]
        text = encoded if is_latin else encoded.decode("utf-8", "ignore").encode()
        kept.append((2, _CAPTION, text))
        if not (is_latin or text.isascii() or any(each[:2] == (1, 90) for each in kept)):
            kept.insert(0, (1, 90, _UTF_8))
    new = b"".join(
        bytes((0x1C, record, dataset)) + len(value).to_bytes(2, "big") + value
        for record, dataset, value in kept
    )
    if not iptc.startswith(_PHOTOSHOP):
        return new
    digest = hashlib.md5(new, usedforsecurity=False).digest()
    changed = {_RECORDS: new, _DIGEST: digest}
    return _block((key, changed.get(key, data)) for key, data in _resources(iptc))


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode(value: bytes, *, is_utf8: bool) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("utf-8" if is_utf8 else "latin-1", "replace")
    return "".join(char for char in text if char.isprintable() or char in "\n\t")
