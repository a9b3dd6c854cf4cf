"""What libvips would drop without a word is kept, or named."""

import io
import struct
import zlib

import numpy as np
import pytest
import pyvips
from PIL import Image, PngImagePlugin

from photochrom.picture import Provenance, encode_picture, read_picture
from photochrom.picture.metadata.exif import Exif, Value
from photochrom.picture.notes import for_people

PROVENANCE = Provenance(model="m", model_sha256="ab", options={}, version="1")
GRAY = np.tile(np.arange(0, 240, 6, dtype=np.uint8), (30, 1))


def jpeg(**options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(GRAY).save(buffer, "jpeg", **options)
    return buffer.getvalue()


def png(**texts: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword.replace("_", " "), text)
    buffer = io.BytesIO()
    Image.fromarray(GRAY).save(buffer, "png", pnginfo=info)
    return buffer.getvalue()


def recolored(data: bytes, kind: str | None = None) -> tuple[bytes, tuple[str, ...]]:
    picture = read_picture(data)
    color = np.zeros((picture.height, picture.width, 3), np.uint8)
    result, notes = encode_picture(picture, iter([color]), kind=kind, provenance=PROVENANCE)
    return result, picture.notes + notes


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "heic", "tiff"])
def test_exif_tags_that_libexif_does_not_know_stay(kind: str) -> None:
    if kind == "heic":
        pytest.importorskip("pillow_heif")
    exif = Image.Exif()
    exif[0x013C], exif[0x4746], exif[0xC62F] = "scanpc", 4, "123"  # HostComputer, Rating, serial
    result, _ = recolored(jpeg(exif=exif), kind)
    read = read_picture(result).metadata.exif
    assert read is not None
    tags = Exif.from_bytes(read).main
    assert tags[0x013C].data.startswith(b"scanpc")
    assert {0x4746, 0xC62F} <= tags.keys()


def test_exif_above_what_a_container_takes_is_named() -> None:
    exif = Exif(main={0x010E: Value(2, 70_000, b"x" * 70_000)})
    image = pyvips.Image.new_from_array(GRAY)
    picture = read_picture(image.pngsave_buffer())
    object.__setattr__(picture.metadata, "exif", exif.to_bytes())
    color = np.zeros((*GRAY.shape, 3), np.uint8)
    for kind in ("jpeg", "png", "webp"):
        _, notes = encode_picture(picture, iter([color]), kind=kind)
        assert any("EXIF was left out" in note for note in notes)


def test_unknown_segments_of_a_jpeg_are_named_and_what_a_person_wrote_goes_to_xmp() -> None:
    whole = jpeg(comment="Großmutter, box 17".encode())
    foreign = b"\xff\xe2" + struct.pack(">H", 12) + b"MPF\0" + b"\0" * 6
    result, notes = recolored(whole[:2] + foreign + whole[2:])
    assert notes == (
        "left out of the JPEG: APP2 MPF",
        "went into XMP: texts, where it did not say otherwise: Comment",
    )
    assert "Großmutter, box 17</" in (read_picture(result).metadata.xmp or b"").decode()
    assert for_people(notes) == []


@pytest.mark.parametrize(
    "comment",
    [b"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90\n", b"Created with GIMP",
     b"File written by Adobe Photoshop\xa8 5.2", b"Lavc58.54.100", b"AppleMark\n"],
)  # fmt: skip
def test_the_comment_of_a_program_is_named_for_those_who_look_closely(comment: bytes) -> None:
    result, notes = recolored(jpeg(comment=comment))
    assert len(notes) == 1
    assert notes[0].startswith("left out of the JPEG: the comment ")
    assert for_people(notes) == []
    assert b"UserComment" not in (read_picture(result).metadata.xmp or b"")


def test_comments_stay_texts_in_a_png() -> None:
    whole = jpeg(comment=b"from box 17")
    second = b"\xff\xfe\0\x0c" + b"her fourth"
    result, notes = recolored(whole[:2] + second + whole[2:], "png")
    assert notes == ()
    assert Image.open(io.BytesIO(result)).text["Comment"] == "her fourth\nfrom box 17"


def test_the_texts_of_a_png_stay_in_a_png() -> None:
    result, notes = recolored(png(Author="Anna", Box="17"))
    assert notes == ()
    assert Image.open(io.BytesIO(result)).text.items() >= {"Author": "Anna", "Box": "17"}.items()


def test_the_texts_of_a_png_go_to_xmp_or_are_named_elsewhere() -> None:
    result, notes = recolored(png(Title="Großmutter", Box="17"), "jpeg")
    assert any("Title" in note and "XMP" in note for note in notes)
    assert any("left out: Box" in note for note in notes)
    xmp = read_picture(result).metadata.xmp
    assert xmp is not None
    assert "Großmutter" in xmp.decode()


def chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(name + data).to_bytes(4, "big")
    return len(data).to_bytes(4, "big") + name + data + checksum


def test_what_lies_behind_the_pixels_of_a_png_is_named() -> None:
    whole = png()
    at = whole.index(b"IEND") - 4
    _, notes = recolored(whole[:at] + chunk(b"tEXt", b"Author\0Anna") + whole[at:])
    assert notes == ("left out of the PNG, as it lies behind the pixels: tEXt Author",)


def test_a_gamma_and_a_damaged_profile_of_a_png_are_named() -> None:
    whole = png()
    for name, data, word in (
        (b"gAMA", (100_000).to_bytes(4, "big"), "gamma of 1"),
        (b"iCCP", b"icc\0\0" + zlib.compress(b"x" * 200), "ICC profile is damaged"),
    ):
        _, notes = recolored(whole[:33] + chunk(name, data) + whole[33:])
        assert word in notes[0]


def test_private_tags_of_a_tiff_are_named() -> None:
    buffer = io.BytesIO()
    Image.fromarray(GRAY).save(buffer, "tiff", tiffinfo={0x8649: b"8BIM", 65000: "x"})
    _, notes = recolored(buffer.getvalue())
    assert notes == ("TIFF tags left out: 0x8649, 0xfde8",)


def test_a_caption_in_exif_is_not_hidden_by_the_sentence_in_xmp() -> None:
    exif = Image.Exif()
    exif[0x010E] = "A street, Graz"
    result, _ = recolored(jpeg(exif=exif))
    xmp = read_picture(result).metadata.xmp
    assert xmp is not None
    assert b"A street, Graz The colors of this picture are simulated" in xmp
