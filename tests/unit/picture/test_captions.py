"""What people say of a photograph: read wherever it stands, and written into all of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.photographs import save_gray

from photochrom.picture import read_picture
from photochrom.picture.metadata.captions import caption_of, with_caption
from photochrom.picture.metadata.exif import Exif
from photochrom.picture.metadata.fields import Metadata, Provenance
from photochrom.picture.metadata.iptc import captioned, iptc_caption, photoshop_block
from photochrom.picture.metadata.xmp import XmpPacket
from photochrom.picture.write import write_picture

SAID = "Großmutter am See, 1934\nwith Emma & <Karl>"
COLORED = Provenance(model="m", model_sha256="0", options={}, version="1")


def dataset(number: int, value: bytes, record: int = 2) -> bytes:
    return bytes((0x1C, record, number)) + len(value).to_bytes(2, "big") + value


@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff", "webp"])
def test_a_caption_is_in_the_result_as_it_was_said(kind: str, tmp_path: Path) -> None:
    picture = read_picture(save_gray(tmp_path / "a.png"))
    told = with_caption(picture.metadata, SAID)
    colored = np.full((48, 64, 3), 90, np.uint8)
    path = tmp_path / f"out.{kind}"
    write_picture(
        replace(picture, metadata=told), iter([colored]), path, kind=kind, provenance=COLORED
    )
    found = read_picture(path).metadata
    assert caption_of(found) == SAID
    assert found.exif
    assert Exif.from_bytes(found.exif).description() == SAID
    described = XmpPacket(found.xmp).description()
    assert described.startswith(SAID)
    assert "simulated" in described
    untold = with_caption(found, "")
    assert caption_of(untold) == ""


def test_xmp_comes_before_iptc_before_exif() -> None:
    said = {}
    for name in ("xmp", "iptc", "exif"):
        exif, packet = Exif(), XmpPacket(None)
        exif.describe("of exif")
        packet.describe("of xmp")
        said[name] = Metadata(
            exif=exif.to_bytes(),
            iptc=dataset(120, b"of iptc") if name != "exif" else None,
            xmp=packet.to_bytes() if name == "xmp" else None,
        )
    assert [caption_of(each) for each in said.values()] == ["of xmp", "of iptc", "of exif"]


@pytest.mark.parametrize("words", ["OLYMPUS DIGITAL CAMERA         ", "SONY DSC", "DSC_0012"])
def test_what_cameras_write_is_no_caption(words: str) -> None:
    exif = Exif()
    exif.describe(words)
    assert caption_of(Metadata(exif=exif.to_bytes())) == ""


def test_iptc_keeps_its_other_records_and_its_digest() -> None:
    records = dataset(80, "Müller".encode()) + dataset(120, b"old")
    new = captioned(records, SAID)
    assert iptc_caption(new) == SAID
    assert dataset(80, "Müller".encode()) in new
    assert new.startswith(dataset(90, b"\x1b%G", record=1))
    block = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(records).to_bytes(4, "big") + records
    block += b"\0" * (len(records) % 2) + b"8BIM\x04\x25\0\0" + (16).to_bytes(4, "big") + b"d" * 16
    changed = captioned(block, "new")
    assert iptc_caption(changed) == "new"
    assert b"d" * 16 not in changed
    latin = dataset(80, "Müller".encode("latin-1"))
    assert iptc_caption(captioned(latin, "Großmutter")) == "Großmutter"


def test_a_caption_in_iptc_of_a_jpeg_is_replaced(tmp_path: Path) -> None:
    image = pyvips.Image.new_from_file(str(save_gray(tmp_path / "a.png"))).copy()
    image.set_type(pyvips.GValue.blob_type, "iptc-data", photoshop_block(dataset(120, b"old")))
    image.write_to_file(str(tmp_path / "a.jpg"))
    picture = read_picture(tmp_path / "a.jpg")
    assert caption_of(picture.metadata) == "old"
    assert caption_of(with_caption(picture.metadata, "new\x07 one")) == "new one"


def test_a_text_of_a_png_counts(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("Description", "At the lake")
    Image.new("L", (8, 8)).save(tmp_path / "a.png", pnginfo=info)
    assert caption_of(read_picture(tmp_path / "a.png").metadata) == "At the lake"
