"""A whole file in a coding that is not built in is called that, and not damaged."""

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image

from photochrom.errors import InputError
from photochrom.picture import encode_picture, read_color, read_picture

GRAY = np.random.default_rng(0).integers(0, 256, (40, 30), dtype=np.uint8)


def jpeg(*, frame: bytes = b"\xff\xc0", bits: int = 8) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(GRAY).save(buffer, "jpeg")
    data = buffer.getvalue()
    at = data.index(b"\xff\xc0")
    return data[:at] + frame + data[at + 2 : at + 4] + bytes([bits]) + data[at + 5 :]


def tiff(compression: int) -> bytes:
    """Make a TIFF that says that its pixels, which are noise, are compressed so."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, GRAY, photometric="minisblack", metadata=None)
    field = struct.pack("<HHI", 259, 3, 1)
    at = buffer.getvalue().index(field) + len(field)
    return buffer.getvalue()[:at] + struct.pack("<H", compression) + buffer.getvalue()[at + 2 :]


def refusal(data: bytes) -> str:
    """Read in both ways, which must say the same but for what only one can do about it."""
    said = []
    for read in (lambda: list(read_picture(data).strips()), lambda: read_color(data)):
        with pytest.raises(InputError) as caught:
            read()
        said.append(str(caught.value))
    assert said[0].removesuffix("; --damaged colorizes what can be read") == said[1]
    assert "\n" not in said[0]
    return said[0]


@pytest.mark.parametrize(
    ("compression", "name"),
    [(34887, "LERC"), (50002, "JPEG XL"), (34934, "JPEG XR"), (51_234, "number 51234")],
)
def test_a_compression_that_is_not_built_in_is_named(compression: int, name: str) -> None:
    assert f"compressed with {name}, which the libvips in use cannot read" in refusal(
        tiff(compression)
    )


@pytest.mark.parametrize("can_save", [True, False])
def test_damage_in_a_compression_that_is_built_in_is_damage(
    monkeypatch: pytest.MonkeyPatch, *, can_save: bool
) -> None:
    monkeypatch.setattr("photochrom.picture.reading.codings._can_save", lambda codec: can_save)
    said = refusal(tiff(50_000))
    assert ("damaged" in said) == can_save
    assert ("Zstandard" in said) != can_save


def test_bits_that_no_decoder_takes_are_named() -> None:
    assert "this JPEG has 12 bits per sample" in refusal(jpeg(frame=b"\xff\xc1", bits=12))
    assert "this is a JPEG-LS" in refusal(jpeg(frame=b"\xff\xf7"))
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, GRAY / 255, photometric="minisblack", metadata=None)
    assert "this TIFF has 64 bits per sample" in refusal(buffer.getvalue())


def test_a_jpeg_without_loss_is_told_that_its_result_has_some() -> None:
    picture = read_picture(jpeg())
    object.__setattr__(picture.metadata, "is_lossless", True)
    for kind, quality, is_told in ((None, None, True), (None, 90, False), ("png", None, False)):
        color = iter([np.repeat(GRAY[..., None], 3, axis=2)])
        _, notes = encode_picture(picture, color, kind=kind, quality=quality)
        assert any("without loss" in note for note in notes) == is_told
    assert not read_picture(jpeg()).metadata.is_lossless
