"""Tell damage from oddities, in both directions, where the decoders do not.

libjpeg and libtiff warn of lost pixels and of oddities that cost none, and only their words tell
which; those are not to be had (see ``libvips``). So a file is opened here without its oddities:
what is warned of then is damage. And of some damage they do not warn: bytes that are left over at
the end of a JPEG's pixels, wrong tiles of JPEG in a TIFF, checksums that nobody looks at.
"""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

import numpy as np

from photochrom.errors import InputError
from photochrom.picture.libvips import VipsError, read_blocks
from photochrom.picture.metadata.exif import Reader
from photochrom.picture.metadata.jpeg import harmless_oddities, single_scan
from photochrom.picture.metadata.tiff_layout import (
    DEFLATE,
    JPEG,
    UNCOMPRESSED,
    Pieces,
    pieces_of,
    plain_tiff,
)
from photochrom.picture.reading.source import Source

_END_OF_JPEG: Final = b"\xff\xd9"
_BLOCK: Final = 8  # pixels a side
_ROWS: Final = 64
_PACKED: Final = frozenset({5, 32773})  # by LZW or PackBits: without a checksum
_FAX: Final = frozenset({2, 3, 4})  # CCITT
_NAMED_AT_MOST: Final = 5
_CHUNK_BYTES: Final = 2**20
_SLACK_BYTES: Final = 2**12  # that a piece may have beyond its pixels, tables among them
_SPARE: Final = 64  # pixels that the JPEG of a piece may have beyond it


def strictness(source: Source, kind: str) -> str:
    """Say at what a decoder shall fail: at warnings, where one may be of lost pixels."""
    if kind == "jpeg":
        return "warning"
    if kind != "tiff":
        return "error"
    with source.reader() as read:
        return "error" if pieces_of(read).compression == UNCOMPRESSED else "warning"


def without_oddities(source: Source, kind: str) -> Source:
    """Give a file to a decoder without what it warns of though it costs no pixels."""
    with source.reader() as read:
        if kind == "jpeg":
            patches = harmless_oddities(read)
        elif kind == "tiff":
            patches = plain_tiff(read, source.size_bytes())
        else:
            patches = ()
    return replace(source, patches=patches)


def damage_of(source: Source, kind: str) -> str:
    """Name the damage to pixels of which their decoder does not tell.

    Args:
        source: a file.
        kind: one of ``KINDS``.

    Returns:
        In a few words; empty where none is known.
    """
    if kind == "jpeg":
        is_whole = _ends_with_its_pixels(source)
        return "" if is_whole else "some bytes of its pixels are wrong or missing"
    if kind != "tiff":
        return ""
    with source.reader() as read:
        pieces = pieces_of(read)
        if not plain_tiff(read, source.size_bytes()):
            return ""  # pixels are missing at the end, of which the decoder will tell
        if pieces.compression in _PACKED:
            broken = _pieces_too_long(source, pieces)
        elif pieces.compression in _FAX and pieces.unit == "tile":
            broken = _broken_fax_tiles(source, pieces)
        else:
            broken = (at for at in range(len(pieces.places)) if not _is_whole(read, pieces, at))
        named = [str(at + 1) for at in islice(broken, _NAMED_AT_MOST + 1)]
    if not named:
        return ""
    more = " and more" if len(named) > _NAMED_AT_MOST else ""
    plural = "s" if len(named) > 1 else ""
    listed = ", ".join(named[:_NAMED_AT_MOST])
    return f"wrong bytes in {pieces.unit}{plural} {listed}{more} of {len(pieces.places)}"


def _pieces_too_long(source: Source, pieces: Pieces) -> Iterator[int]:
    """Find strips and tiles whose data their rows do not use up: libtiff looks for too few only.

    It is told of one row more in each, which it leaves blank, or fills with what is left over.
    """
    with source.reader() as read:
        taller = replace(source, patches=plain_tiff(read, source.size_bytes(), rows_more=1))
    found, top = -1, 0
    try:
        for block in read_blocks(taller.open("tiff", fail_on="none"), _ROWS):
            piece, row = np.divmod(np.arange(top, top + len(block)), pieces.rows + 1)
            is_beyond = row >= np.minimum(pieces.rows, pieces.height - piece * pieces.rows)
            beyond = block[is_beyond]
            is_used = (beyond != beyond[:, -1:]).any(axis=(1, 2))
            for at in np.unique(piece[is_beyond][is_used]):
                if at > found:
                    yield int(at)
                    found = int(at)
            top += len(block)
    except InputError:  # of which the decoder will tell
        return
    except VipsError:
        return


def _broken_fax_tiles(source: Source, pieces: Pieces) -> Iterator[int]:
    """Find the first broken tile of CCITT, as a strip: libvips takes the errors of strips only."""
    with source.reader() as read:
        strips = replace(source, patches=plain_tiff(read, source.size_bytes(), rows_more=0))
    top = 0
    try:
        for block in read_blocks(strips.open("tiff", fail_on="warning"), pieces.rows):
            top += len(block)
    except VipsError:
        yield top // pieces.rows


def _is_whole(read: Reader, pieces: Pieces, at: int) -> bool:
    """Look at one strip or tile of a TIFF, if its compression lets tell."""
    offset, size = pieces.places[at]
    if pieces.compression in DEFLATE and not pieces.is_bit_reversed:
        return _is_whole_deflate(read, offset, size, pieces.largest_bytes + _SLACK_BYTES)
    if pieces.compression != JPEG or not 0 < size <= 2 * pieces.largest_bytes + _SLACK_BYTES:
        return True
    data = read(offset, size)
    if pieces.jpeg_tables:
        data = pieces.jpeg_tables.removesuffix(_END_OF_JPEG) + data[2:]
    stream = Source("a piece", None, data)
    try:
        header = stream.open("jpeg")
        if header.height > pieces.rows + _SPARE or header.width > pieces.columns + _SPARE:
            return True  # more than the piece: a decoder of the TIFF will tell
        return _decodes(stream) and _ends_with_its_pixels(stream)
    except InputError:  # its header, of which the decoder of the TIFF will tell
        return True


def _is_whole_deflate(read: Reader, offset: int, size: int, largest: int) -> bool:
    """Inflate to the end, where the checksum is; libtiff stops at the last pixel."""
    inflate, rest, end, count = zlib.decompressobj(), b"", offset + size, 0
    try:
        while not inflate.eof:
            if not rest:
                rest = read(offset, min(_CHUNK_BYTES, largest, end - offset))
                offset += len(rest)
                if not rest:
                    return False
            count += len(inflate.decompress(rest, min(_CHUNK_BYTES, largest + 1)))
            rest = inflate.unconsumed_tail
            if count > largest:  # a bomb, or many pieces that share their bytes
                return False
    except zlib.error:
        return False
    return True


def _ends_with_its_pixels(source: Source) -> bool:
    """Tell whether the data of a JPEG are all used up by its pixels, and suffice for them.

    Wrong bytes move everything behind them, so that in the end some are left over or missing.
    libjpeg does not look for the first, and of the second libvips does not hear when it comes in
    the last row. So the decoder is told of one row more. In its first unit it takes the last bits
    for colors, then finds that there are no more, and leaves the others gray. If more units are not
    gray, they are made of bytes left over; if none is, the end came before.
    """
    with source.reader() as read:
        frame, oddities = single_scan(read), harmless_oddities(read)
    if frame is None or not frame.row_more:
        return True  # at the end of each of several scans libjpeg looks itself
    taller = replace(source, patches=(*oddities, *frame.row_more))
    try:
        image = taller.open("jpeg", shrink=_BLOCK, fail_on="none")
        *_, row = read_blocks(image, frame.unit_height // _BLOCK)
        columns = (row != row[-1:, -1:]).any(axis=(0, 2)).nonzero()[0]
        width = frame.unit_width // _BLOCK
        used = int(columns[-1]) // width + 1 if len(columns) else 0  # units that are not gray
        is_unsure = used == 0 and frame.unit_height == _BLOCK  # else libjpeg is a row ahead
        return used <= 1 and (not is_unsure or _decodes(taller))
    except InputError:  # too narrow to be shrunk
        return True


def _decodes(source: Source) -> bool:
    """Tell whether a JPEG decodes without a warning, but for those in its last eight rows.

    Raises:
        InputError: when its header cannot be read.
    """
    try:
        for _ in read_blocks(source.open("jpeg", fail_on="warning"), _ROWS):
            pass
    except VipsError:
        return False
    return True
