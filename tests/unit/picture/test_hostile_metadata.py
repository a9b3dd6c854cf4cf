"""Small files do not take the machine: work is linear, totals are capped, what goes is named."""

import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import pyvips

from photochrom.picture import Provenance, encode_picture, read_picture
from photochrom.picture.libvips import array_to_image
from photochrom.picture.metadata.exif import Exif, Value, write_directory
from photochrom.picture.metadata.iptc import iptc_to_xmp
from photochrom.picture.metadata.leftovers import surplus_texts
from photochrom.picture.metadata.xmp import XmpPacket
from photochrom.picture.reading import intact
from photochrom.picture.reading.source import Source

PROVENANCE = Provenance(model="m", model_sha256="ab", options={}, version="1")
GRAY = np.tile(np.arange(0, 240, 6, dtype=np.uint8), (30, 1))
MEBIBYTE = 2**20


@contextmanager
def at_most(limit: int) -> Iterator[None]:
    """Bound what Python allocates."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


def recolored(data: bytes, kind: str | None = None) -> tuple[bytes, tuple[str, ...]]:
    picture = read_picture(data)
    color = np.zeros((picture.height, picture.width, 3), np.uint8)
    result, notes = encode_picture(picture, iter([color]), kind=kind, provenance=PROVENANCE)
    return result, picture.notes + notes


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*chunks: bytes) -> bytes:
    plain = array_to_image(GRAY).pngsave_buffer()
    at = plain.index(b"IDAT") - 4
    return plain[:at] + b"".join(chunks) + plain[at:]


def bomb(count: int) -> bytes:
    packed = zlib.compress(b"x" * MEBIBYTE, 9)
    return png(*(chunk(b"zTXt", b"key%d\0\0" % number + packed) for number in range(count)))


def test_texts_of_a_png_that_unpack_to_gigabytes_are_left_out_and_named() -> None:
    """1500 of a kilobyte took five gigabytes."""
    with at_most(20 * MEBIBYTE):
        result, notes = recolored(bomb(1500))
    (note,) = notes
    assert note.startswith("1499 texts left out, too many or too long: key1, key2, ")
    assert note.endswith(" and 1479 more")
    assert len(read_picture(result).metadata.texts[0][1]) == MEBIBYTE


def test_libvips_does_not_unpack_them_either() -> None:
    data = bomb(60)
    patched = bytearray(data)
    for at, piece in surplus_texts(lambda offset, size: data[offset : offset + size]):
        patched[at : at + len(piece)] = piece
    image = pyvips.Image.pngload_buffer(bytes(patched), fail_on="warning")
    assert not [name for name in image.get_fields() if name.startswith("png-comment")]
    assert np.array_equal(image.numpy(), GRAY)
    assert len(pyvips.Image.pngload_buffer(data).get("png-comment-0-key0")) == MEBIBYTE


def test_what_lies_between_texts_of_a_png_is_kept() -> None:
    texts = [chunk(b"tEXt", b"k%d\0text" % number) for number in range(120)]
    xmp = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    physical = chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1))
    data = png(*texts[:60], xmp, *texts[60:90], chunk(b"tIME", bytes(7)), physical, *texts[90:])
    picture = read_picture(data)
    assert len(picture.metadata.texts) == 100
    assert picture.metadata.xmp is not None
    assert picture.metadata.resolution is not None
    assert picture.notes == (
        "20 texts left out, too many or too long: "
        + ", ".join(f"k{number}" for number in range(100, 120)),
    )


def test_many_short_texts_of_a_png_are_left_out_and_named() -> None:
    """40 000 of them took more than 90 seconds: each was looked for among all."""
    data = png(*(chunk(b"tEXt", b"k\0%d" % number) for number in range(20_000)))
    result, notes = recolored(data)
    assert notes == ("19900 texts left out, too many or too long: k",)
    assert len(read_picture(result).metadata.texts) == 100


def test_names_behind_the_pixels_of_a_png_are_listed_in_short() -> None:
    late = b"".join(chunk(b"tEXt", b"%04d" % number * 15 + b"\0t") for number in range(3000))
    plain = array_to_image(GRAY).pngsave_buffer()
    data = plain[:-12] + late + plain[-12:]
    picture = read_picture(data)
    (note,) = picture.notes
    assert len(note) < 2000
    assert note.endswith(" and 2980 more")


def test_a_packet_that_unpacks_to_a_gigabyte_is_named() -> None:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(2**24)) for _ in range(16)) + packer.flush()
    picture = read_picture(png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packed)))
    assert picture.metadata.xmp is None
    assert picture.notes == ("the XMP packet was left out: it cannot be unpacked",)


def test_comments_of_a_jpeg_are_read_up_to_a_mebibyte() -> None:
    data = array_to_image(GRAY).jpegsave_buffer()
    comment = b"\xff\xfe\xff\xff" + b"word " * 13106 + b"end"
    assert len(comment) == 2 + 0xFFFF
    with at_most(30 * MEBIBYTE):
        picture = read_picture(data[:2] + comment * 100 + data[2:])
    (pair,) = picture.metadata.texts
    assert MEBIBYTE <= len(pair[1]) < MEBIBYTE + 2**16
    assert "the comment" in picture.notes[0]


def overlapping(count: int) -> bytes:
    """Make a TIFF whose Exif directory has many fields that point at the same mebibyte."""
    pixels, blob = bytes(range(256)), bytes(MEBIBYTE)
    blob_at = 8 + len(pixels)
    main_at = blob_at + len(blob)
    fields = [
        *((256, 4, 1, 16), (257, 4, 1, 16), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)),
        *((273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 16), (279, 4, 1, 256)),
    ]
    photo_at = main_at + 2 + 12 * (len(fields) + 1) + 4
    fields.append((0x8769, 4, 1, photo_at))
    photo = [(0xB000 + number, 7, len(blob), blob_at) for number in range(count)]
    return b"".join(
        (
            b"II*\0" + struct.pack("<I", main_at) + pixels + blob,
            *(
                struct.pack("<H", len(each))
                + b"".join(struct.pack("<HHII", *entry) for entry in each)
                + bytes(4)
                for each in (fields, photo)
            ),
        )
    )


def test_exif_fields_that_share_their_bytes_are_left_out_and_named() -> None:
    """A TIFF of one megabyte took 1.4 gigabytes and two minutes."""
    with at_most(80 * MEBIBYTE):
        result, notes = recolored(overlapping(900))
    (note,) = notes
    assert note.startswith("EXIF fields left out, too many or too large: 0xb008, 0xb009, ")
    assert note.endswith(" and 872 more")
    assert len(result) < 10 * MEBIBYTE


@pytest.mark.parametrize("compression", [7, 8])
def test_pieces_of_a_tiff_that_share_their_bytes_are_not_unpacked_whole(
    monkeypatch: pytest.MonkeyPatch, compression: int
) -> None:
    """A tile has as many bytes as pixels: where it says more, nobody unpacks them 900 times."""
    large = np.zeros((2000, 2000), np.uint8)
    packed = {7: array_to_image(large).jpegsave_buffer(), 8: zlib.compress(large.tobytes())}
    data = packed[compression]
    tiles = 900
    at = 8 + len(data)
    lists = struct.pack(f"<{tiles}I", *[8] * tiles) + struct.pack(
        f"<{tiles}I", *[len(data)] * tiles
    )
    fields = [
        *((256, 4, 1, 480), (257, 4, 1, 480), (258, 3, 1, 8), (259, 3, 1, compression)),
        *((262, 3, 1, 1), (277, 3, 1, 1), (322, 4, 1, 16), (323, 4, 1, 16)),
        *((324, 4, tiles, at), (325, 4, tiles, at + 4 * tiles)),
    ]
    directory = struct.pack("<H", len(fields))
    directory += b"".join(struct.pack("<HHII", *entry) for entry in fields) + bytes(4)
    start = at + len(lists)
    tiff = b"II*\0" + struct.pack("<I", start) + data + lists + directory
    decoded = []
    read_all = intact.read_blocks
    monkeypatch.setattr(
        intact, "read_blocks", lambda image, rows: decoded.append(1) or read_all(image, rows)
    )
    inflated = []
    plain = zlib.decompressobj
    monkeypatch.setattr(intact.zlib, "decompressobj", lambda: Counting(plain(), inflated))
    intact.damage_of(Source("", None, tiff), "tiff")
    assert not decoded
    assert sum(inflated) < 900 * 2**13


class Counting:
    """An inflater that tells how much it gave."""

    def __init__(self, inflater: object, counts: list[int]) -> None:
        self._inflater, self._counts = inflater, counts

    def __getattr__(self, name: str) -> object:
        return getattr(self._inflater, name)

    def decompress(self, *given: object) -> bytes:
        data: bytes = self._inflater.decompress(*given)
        self._counts.append(len(data))
        return data


def test_exif_fields_behind_the_first_thousand_are_named() -> None:
    photo = {tag: Value(3, 1, b"\1\0") for tag in range(0xA500, 0xA500 + 1003)}
    block = b"II*\0\x08\0\0\0" + b"\1\0" + struct.pack("<HHII", 0x8769, 4, 1, 26) + bytes(4)
    tree = Exif.from_bytes(block + write_directory(photo, 26, "<"))
    assert len(tree.photo) == 1000
    assert tree.notes == ("EXIF fields left out, too many or too large: 0xa8e8, 0xa8e9, 0xa8ea",)


def test_a_directory_is_written_in_linear_work() -> None:
    """Each value was joined to all before it."""
    values = {tag: Value(7, 2**16, bytes(2**16)) for tag in range(100)}
    with at_most(30 * MEBIBYTE):
        written = write_directory(values, 8, "<")
    assert len(written) == 2 + 12 * 100 + 4 + 100 * 2**16


def packet(body: str) -> bytes:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}">'
        f'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:q="q">{body}'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


@pytest.mark.parametrize(
    "body",
    [
        lambda: "<q:a/>" * 30_000,
        lambda: "<!---->" * 30_000,
        lambda: "<?a?>" * 30_000,
        lambda: "<q:a>" + "<![CDATA[a]]>" * 30_000 + "</q:a>",
        lambda: "<q:a " + " ".join(f'a{number}="1"' for number in range(30_000)) + "/>",
        lambda: "<q:a>" + f"<q:b {'x' * 9}='1'/>" * 15_000 + "</q:a>",
    ],
    ids=["elements", "comments", "instructions", "sections", "attributes", "both"],
)
def test_an_xmp_packet_of_too_many_nodes_is_left_out_and_named(body: Callable[[], str]) -> None:
    """Four mebibytes of them took a gigabyte and 100 seconds."""
    with at_most(20 * MEBIBYTE):
        xmp = XmpPacket(packet(body()))
    assert xmp.notes == (
        "the XMP packet was left out: it has more than 20000 elements and attributes",
    )


def test_stale_properties_that_come_in_thousands_go_in_linear_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """40 000 of them took 137 seconds: after each the packet was searched anew."""
    searches = []
    search = XmpPacket._named
    monkeypatch.setattr(
        XmpPacket, "_named", lambda *words: searches.append(words) or search(*words)
    )
    xmp = XmpPacket(packet("<q:keep/><tiff:Orientation>6</tiff:Orientation>" * 5000))
    xmp.drop_stale()
    xmp.add_provenance(PROVENANCE)
    text = xmp.to_bytes()
    assert text.count(b"<q:keep/>") == 5000
    assert b"Orientation" not in text
    assert b"simulated" in text
    assert len(searches) < 200


def test_an_iptc_block_of_thousands_of_datasets_is_cut_and_named() -> None:
    keyword = b"\x1c\x02\x19\0\1k"
    properties, left_out = iptc_to_xmp(keyword * 100_000)
    assert len(properties["dc", "subject", "Bag"]) == 2000
    assert left_out == ("those behind the first 2000",)
    assert iptc_to_xmp(b"\x1c\x02\x0c\0\1k" * 9)[1] == ("2:12",)
