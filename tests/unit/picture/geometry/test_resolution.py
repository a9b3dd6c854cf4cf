"""No file gets a density of pixels that the original did not tell."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from photochrom.picture import encode_picture, read_picture
from photochrom.picture.geometry.resolution import UNKNOWN, Resolution, best_known
from photochrom.picture.metadata.exif import Exif

GRAY = np.tile(np.arange(0, 240, 6, dtype=np.uint8), (30, 1))
_UNITS = {1: "none", 2: "inch"}
Told = tuple[float, float, str]


def saved(kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(GRAY).save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg(unit: int, across: int, down: int) -> bytes:
    data = saved("jpeg")
    at = data.index(b"JFIF") + 7
    return data[:at] + struct.pack(">BHH", unit, across, down) + data[at + 5 :]


def png(unit: int, across: int, down: int) -> bytes:
    data, body = saved("png"), b"pHYs" + struct.pack(">IIB", across, down, unit)
    return data[:33] + b"\0\0\0\x09" + body + struct.pack(">I", zlib.crc32(body)) + data[33:]


def tiff(unit: int, across: int, down: int) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, GRAY, resolution=(across, down), resolutionunit=unit, metadata=None)
    return buffer.getvalue()


def exif_only(unit: int, across: int, down: int) -> bytes:
    exif = Image.Exif()
    exif[0x011A], exif[0x011B], exif[0x0128] = float(across), float(down), unit
    return saved("webp", exif=exif)


def silent_tiff() -> bytes:
    whole = tiff(1, 1, 1)
    for tag in (282, 283, 296):  # into tags that nobody knows
        assert whole.count(struct.pack("<H", tag)) >= 1
        whole = whole.replace(struct.pack("<H", tag), struct.pack("<H", tag + 60_000), 1)
    return whole


def told_by(data: bytes, kind: str) -> Told | None:
    """Read what a result says, without the code under test."""
    if kind == "png":
        at = data.index(b"pHYs")
        across, down, unit = struct.unpack(">IIB", data[at + 4 : at + 13])
        assert zlib.crc32(data[at : at + 13]) == int.from_bytes(data[at + 13 : at + 17], "big")
        return (across / 39.37, down / 39.37, "inch") if unit else (across, down, "none")
    if kind == "tiff":
        tags = tifffile.TiffFile(io.BytesIO(data)).pages[0].tags
        (x, under), (y, below) = tags["XResolution"].value, tags["YResolution"].value
        return x / under, y / below, _UNITS[int(tags["ResolutionUnit"].value)]
    exif = Image.open(io.BytesIO(data)).getexif()
    if 0x011A not in exif:
        return None
    return float(exif[0x011A]), float(exif[0x011B]), _UNITS.get(exif[0x0128], "odd")


def recolored(source: bytes | NDArray[np.uint8], kind: str) -> Told | None:
    picture = read_picture(source)
    strips = iter([np.zeros((picture.height, picture.width, 3), np.uint8)])
    return told_by(encode_picture(picture, strips, kind=kind)[0], kind)


@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff", "webp"])
@pytest.mark.parametrize(
    "source",
    [GRAY, saved("jpeg"), jpeg(0, 1, 1), jpeg(1, 0, 0), saved("png"), saved("webp"), silent_tiff()],
    ids=["array", "jpeg", "jfif", "zero", "png", "webp", "tiff"],
)
def test_an_unknown_resolution_stays_unknown(source: bytes | NDArray[np.uint8], kind: str) -> None:
    """Results claimed 72 or 25.4 dots per inch, and printed 40 times too large."""
    expected = None if kind in {"jpeg", "webp"} else (1, 1, "none")
    assert recolored(source, kind) == expected


@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff", "webp"])
@pytest.mark.parametrize("make", [jpeg, png, tiff])
def test_a_ratio_without_a_unit_stays_one(make: object, kind: str) -> None:
    unit = 1 if make is tiff else 0
    assert recolored(make(unit, 1, 2), kind) == (1, 2, "none")  # type: ignore[operator]


@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff", "webp"])
@pytest.mark.parametrize(
    ("source", "inch"),
    [(jpeg(1, 300, 150), (300, 150)), (jpeg(2, 100, 50), (254, 127)),
     (png(1, 11_811, 5906), (300, 150)), (tiff(2, 300, 150), (300, 150)),
     (tiff(3, 100, 50), (254, 127)), (exif_only(2, 300, 150), (300, 150)),
     (exif_only(3, 100, 50), (254, 127))],
)  # fmt: skip
def test_a_known_resolution_is_kept(source: bytes, inch: tuple[int, int], kind: str) -> None:
    told = recolored(source, kind)
    assert told is not None
    assert told[:2] == pytest.approx(inch, rel=1e-3)
    assert told[2] == "inch"


def test_numbers_without_a_unit_in_a_tiff_are_no_millimetres() -> None:
    """300 without a unit became 7620 dots per inch."""
    assert recolored(tiff(1, 300, 300), "tiff") == (300, 300, "none")
    assert recolored(tiff(1, 300, 300), "png") == (1, 1, "none")


def test_exif_goes_before_its_container_but_not_without_a_unit() -> None:
    inches, ratio = Resolution(12, 12), Resolution(1, 2, has_unit=False)
    assert best_known(inches, Resolution(3, 3)) == inches
    assert best_known(ratio, inches) == inches
    assert best_known(None, ratio) == ratio
    assert best_known(None, None) == UNKNOWN


def test_hostile_numbers_are_survived() -> None:
    for make in (png, exif_only):
        for across, down in ((2**32 - 1, 1), (1, 2**31), (0, 5)):
            for unit in (0, 1, 2, 7):
                for kind in ("png", "tiff", "jpeg"):
                    recolored(make(unit, across, down), kind)
    assert Exif().resolution() is None
