from pathlib import Path

import numpy as np
import pytest
import pyvips

from photochrom.picture import read_picture
from photochrom.picture.metadata.captions import caption_of
from photochrom.picture.metadata.iptc import captioned, photoshop_block
from photochrom.picture.metadata.jpeg import START_OF_SCAN
from photochrom.picture.metadata.recaption import recaptioned

NEW = "Grandmother: garden in Döbeln, 1962"


def color_file(path: Path) -> bytes:
    """A photograph in color that is captioned wherever its kind has a place."""
    codes = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    image = pyvips.Image.new_from_array(codes).copy()
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-ImageDescription", "old (old, ASCII)")
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Artist", "Anna (Anna, ASCII)")
    if path.suffix == ".png":
        image.set_type(pyvips.GValue.gstr_type, "png-comment-0-Description", "old")
    else:
        block = photoshop_block(captioned(b"", "old"))
        image.set_type(pyvips.GValue.blob_type, "iptc-data", block)
    image.write_to_file(str(path))
    return path.read_bytes()


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
@pytest.mark.parametrize("caption", [NEW, ""])
def test_another_caption_leaves_the_pixels_alone(tmp_path: Path, name: str, caption: str) -> None:
    path = tmp_path / name
    data = color_file(path)
    picture = read_picture(path)
    assert caption_of(picture.metadata) == "old"
    told = recaptioned(data, picture.kind, picture.metadata, caption)
    assert told is not None
    path.write_bytes(told)
    again = read_picture(path)
    assert caption_of(again.metadata) == caption
    assert b"old" not in told
    assert b"Anna" in told
    mark = b"IDAT" if name == "a.png" else bytes((0xFF, START_OF_SCAN))
    assert told[told.index(mark) :] == data[data.index(mark) :]


def test_a_picture_beside_others_in_its_file_takes_no_caption(tmp_path: Path) -> None:
    data = color_file(tmp_path / "a.jpg")
    metadata = read_picture(tmp_path / "a.jpg").metadata
    beside = b"\xff\xe2\x00\x06MPF\0"
    assert recaptioned(data[:2] + beside + data[2:], "jpeg", metadata, NEW) is None
    assert recaptioned(data, "tiff", metadata, NEW) is None
