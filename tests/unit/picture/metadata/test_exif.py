import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photochrom.picture.metadata.exif import Exif, Value
from photochrom.picture.metadata.iptc import iptc_records, iptc_to_xmp, photoshop_block


def block(**tags: object) -> bytes:
    exif = Image.Exif()
    names = {"make": 0x010F, "orientation": 0x0112, "artist": 0x013B}
    for name, value in tags.items():
        exif[names[name]] = value
    exif.get_ifd(0x8769)[0xA002] = 4000
    exif.get_ifd(0x8769)[0x9003] = "1931:05:01 12:00:00"
    exif.get_ifd(0x8825)[1] = "N"
    return exif.tobytes()


@pytest.mark.parametrize("order", ["<", ">"])
def test_it_is_corrected_and_written_again(order: str) -> None:
    tree = Exif.from_bytes(block(make="Leica", orientation=6, artist="Bob"))
    if order == ">":
        tree = big_endian(tree)
        tree = Exif.from_bytes(tree.to_bytes())
    tree.correct()
    again = Image.Exif()
    again.load(tree.to_bytes())
    assert (again[0x010F], again[0x013B], again[0x0112]) == ("Leica", "Bob", 1)
    photo = again.get_ifd(0x8769)
    assert photo[0xA001] == 1
    assert photo[0x9003] == "1931:05:01 12:00:00"
    assert 0xA002 not in photo
    assert again.get_ifd(0x8825)[1] == "N"


def big_endian(tree: Exif) -> Exif:
    def swap(value: Value) -> Value:
        word = {3: 2, 4: 4, 5: 4}.get(value.kind, 1)
        parts = [value.data[at : at + word][::-1] for at in range(0, len(value.data), word)]
        return Value(value.kind, value.count, b"".join(parts))

    directories = (
        {tag: swap(v) for tag, v in d.items()} for d in (tree.main, tree.photo, tree.gps)
    )
    return Exif(">", *directories)


def test_byte_order_is_turned_for_a_tiff() -> None:
    tree = Exif(">", {0x0112: Value(3, 1, b"\0\6")})
    assert tree.little_endian().main[0x0112].data == b"\6\0"


def test_the_thumbnail_is_not_kept() -> None:
    gray = Image.fromarray(np.zeros((8, 8), np.uint8))
    thumbnail = io.BytesIO()
    gray.save(thumbnail, "jpeg")
    data = block(make="Leica")[6:]
    end = struct.unpack("<H", data[8:10])[0] * 12 + 10
    following = struct.pack("<I", len(data))
    directory = struct.pack("<HHHII", 1, 0x0201, 4, 1, len(data) + 30) + b"\0\0\0\0"
    with_thumbnail = data[:end] + following + data[end + 4 :] + directory + thumbnail.getvalue()
    assert b"\xff\xd8" not in Exif.from_bytes(with_thumbnail).to_bytes()


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data: bytes) -> None:
    for start in (
        b"",
        b"Exif\0\0II*\0\x08\0\0\0",
        b"MM\0*\0\0\0\x08",
        b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0",
    ):
        tree = Exif.from_bytes(start + data)
        tree.correct()
        assert Exif.from_bytes(tree.to_bytes()).main[0x0112].data[:1] in {b"\1", b"\0"}


RECORDS = b"".join(
    b"\x1c\x02" + bytes([dataset]) + len(value).to_bytes(2, "big") + value
    for dataset, value in ((0, b"\0\4"), (120, b"Cap."), (25, b"a"), (25, b"b"), (12, b"z"))
)


def test_records_go_into_a_photoshop_block_and_back() -> None:
    assert iptc_records(photoshop_block(RECORDS)) == RECORDS
    assert iptc_records(RECORDS) == RECORDS
    assert iptc_records(b"garbage") == b""


def test_gray_thumbnails_in_a_photoshop_block_go() -> None:
    held = photoshop_block(RECORDS) + b"8BIM\x04\x0c\0\0\0\0\0\x04JPEG"
    assert b"JPEG" not in photoshop_block(held)
    assert iptc_records(photoshop_block(held)) == RECORDS


def test_records_become_properties_and_the_rest_is_named() -> None:
    properties, left_out = iptc_to_xmp(RECORDS)
    assert properties[("dc", "description", "Alt")] == ["Cap."]
    assert properties[("dc", "subject", "Bag")] == ["a", "b"]
    assert left_out == ("2:12",)


@given(st.binary(max_size=200))
def test_any_records_are_survived(data: bytes) -> None:
    for start in (b"\x1c\x02", b"Photoshop 3.0\x008BIM\x04\x04", b""):
        iptc_to_xmp(start + data)
        photoshop_block(start + data)
