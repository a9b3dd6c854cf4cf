"""What exiftool, written by others, reads in our results."""

import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from photochrom.picture import Provenance, read_picture, write_picture

pytestmark = pytest.mark.skipif(
    shutil.which("exiftool") is None, reason="exiftool is not installed"
)

PROVENANCE = Provenance(
    model="autochrome", model_sha256="ab" * 32, options={"saturation": 1.0}, version="0.1.0"
)
KINDS = ("jpeg", "png", "tiff", "webp", "avif")
IN_XMP = ("png", "webp", "avif")  # kinds without a place for IPTC records


def exiftool(*arguments: object) -> str:
    command = ["exiftool", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def tags_of(path: Path) -> dict[str, Any]:
    tags: dict[str, Any] = json.loads(exiftool("-j", "-G1", "-n", "-struct", path))[0]
    return tags


def original(folder: Path, kind: str) -> Path:
    path = folder / f"original.{kind}"
    gray = Image.fromarray(np.tile(np.arange(40, dtype=np.uint8) * 6, (30, 1)))
    thumbnail = io.BytesIO()
    gray.save(thumbnail, "jpeg")
    (folder / "thumbnail.jpg").write_bytes(thumbnail.getvalue())
    gray.save(path, kind)
    exiftool(
        "-overwrite_original", "-q", "-m",
        "-EXIF:Make=Leica", "-EXIF:Artist=Anna Müller",
        "-EXIF:DateTimeOriginal=1931:05:01 12:00:00",
        "-EXIF:GPSLatitude=47.07", "-EXIF:GPSLatitudeRef=N", "-EXIF:Orientation#=6",
        "-EXIF:XResolution=600", "-EXIF:YResolution=600", "-EXIF:ResolutionUnit=inches",
        "-EXIF:UserComment=box 17",
        "-XMP-dc:Description=Grandmother", "-XMP-dc:Rights=free",
        "-XMP-iptcExt:DigitalSourceType=http://cv.iptc.org/newscodes/digitalsourcetype/print",
        path,
    )  # fmt: skip
    if kind in {"jpeg", "tiff"}:
        exiftool("-overwrite_original", "-q", "-IPTC:City=Graz", "-IPTC:Keywords=bicycle", path)
    if kind == "jpeg":
        exiftool("-overwrite_original", "-q", f"-ThumbnailImage<={folder / 'thumbnail.jpg'}", path)
    return path


def colors(height: int, width: int) -> Iterator[NDArray[np.uint8]]:
    yield np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def colored(source: Path, kind: str | None = None) -> tuple[dict[str, Any], tuple[str, ...]]:
    picture = read_picture(source)
    target = source.with_name("result")
    strips = colors(picture.height, picture.width)
    notes = write_picture(picture, strips, target, kind=kind, provenance=PROVENANCE)
    return tags_of(target), notes


@pytest.mark.parametrize("kind", KINDS)
def test_everything_stays_in_the_kind_that_came_in(tmp_path: Path, kind: str) -> None:
    tags, notes = colored(original(tmp_path, kind))
    assert notes == ()
    check_exif(tags)
    check_provenance(tags)
    assert tags["XMP-dc:Rights"] == "free"
    if kind in {"jpeg", "tiff"}:
        assert tags["IPTC:City"] == "Graz"
        assert tags["IPTC:Keywords"] == "bicycle"
    assert not any("Thumbnail" in name for name in tags)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_stays_on_the_way_from_a_tiff(tmp_path: Path, kind: str) -> None:
    tags, notes = colored(original(tmp_path, "tiff"), kind)
    check_exif(tags)
    check_provenance(tags)
    if kind in IN_XMP:
        assert len(notes) == 1
        assert tags["XMP-photoshop:City"] == "Graz"
        assert tags["XMP-dc:Subject"] == "bicycle" or tags["XMP-dc:Subject"] == ["bicycle"]
    else:
        assert notes == ()
        assert tags["IPTC:City"] == "Graz"


@pytest.mark.parametrize("kind", KINDS)
def test_no_tag_of_a_rich_file_disappears(tmp_path: Path, kind: str) -> None:
    path = original(tmp_path, kind)
    exiftool(
        "-overwrite_original", "-q", "-m",
        "-EXIF:HostComputer=scanpc", "-EXIF:Rating=4", "-EXIF:ProcessingSoftware=darktable",
        "-EXIF:UniqueCameraModel=X", "-EXIF:PageName=p. 2", "-EXIF:LensModel=Summicron",
        "-EXIF:XPKeywords=a;b", "-EXIF:ImageUniqueID=ab12", "-EXIF:GPSAltitude=353",
        "-XMP-dc:Description-de=Großmutter", "-XMP-xmpMM:DocumentID=xmp.did:1", "-XMP-xmp:Rating=4",
        path,
    )  # fmt: skip
    before = tags_of(path)
    after, _ = colored(path)
    about_the_file = (
        "SourceFile",
        "ExifTool",
        "System",
        "File",
        "Composite",
        "JFIF",
        "ICC",
        "IFD1",
        "QuickTime",  # how AVIF codes its colors
    )
    about_pixels = {
        *("Compression", "PhotometricInterpretation", "BitsPerSample", "ColorType", "Filter"),
        *("ImageWidth", "ImageHeight", "RowsPerStrip", "StripOffsets", "StripByteCounts"),
        *("SamplesPerPixel", "PlanarConfiguration", "AlphaPremultiplied", "ProfileName"),
    }
    gone = {
        name
        for name in before.keys() - after.keys()
        if not name.startswith(about_the_file) and name.split(":")[-1] not in about_pixels
    }
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    assert gone == set()
    assert {name for name in changed if name.startswith(("ExifIFD", "GPS"))} <= {
        "ExifIFD:ColorSpace",
        "ExifIFD:ExifImageWidth",
        "ExifIFD:ExifImageHeight",
    }


def test_a_picture_colorized_twice_says_so_once_and_lists_both(tmp_path: Path) -> None:
    colored(original(tmp_path, "jpeg"))
    (tmp_path / "result").rename(tmp_path / "again.jpg")
    tags, _ = colored(tmp_path / "again.jpg")
    assert tags["XMP-dc:Description"].count("simulated") == 1
    assert len(tags["XMP-xmpMM:History"]) == 2
    assert "before" not in tags["XMP-xmpMM:History"][-1]["Parameters"]


def check_exif(tags: dict[str, Any]) -> None:
    assert tags["IFD0:Make"] == "Leica"
    assert tags["IFD0:Artist"] == "Anna Müller"
    assert tags["ExifIFD:DateTimeOriginal"] == "1931:05:01 12:00:00"
    assert tags["ExifIFD:UserComment"] == "box 17"
    assert tags["GPS:GPSLatitude"] == pytest.approx(47.07)
    assert tags["IFD0:Orientation"] == 1
    assert tags["ExifIFD:ColorSpace"] == 1
    assert tags["IFD0:XResolution"] == pytest.approx(600, abs=0.1)
    assert (
        tags[
            "ICC_Profile:ColorSpaceData"
            if "ICC_Profile:ColorSpaceData" in tags
            else "ICC-header:ColorSpaceData"
        ]
        == "RGB "
    )


def check_provenance(tags: dict[str, Any]) -> None:
    assert tags["XMP-dc:Description"].startswith(
        "Grandmother The colors of this picture are simulated"
    )
    assert tags["XMP-iptcExt:DigitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    event = tags["XMP-xmpMM:History"][-1]
    assert event["Action"] == "edited"
    assert event["SoftwareAgent"] == "photochrom 0.1.0"
    assert "model=autochrome; model-sha256=" + "ab" * 32 in event["Parameters"]
    assert "DigitalSourceType before=" in event["Parameters"]


@pytest.mark.parametrize("kind", KINDS)
def test_exiftool_finds_the_files_valid(tmp_path: Path, kind: str) -> None:
    colored(original(tmp_path, kind))
    report = exiftool("-validate", "-warning", "-error", "-a", "-S", tmp_path / "result")
    assert "Error" not in report
    known = (
        "0xa434",
        "not allowed in TIFF",
        "Compression",
        "Non-standard format",
        "Missing required",
        "Improper EXIF header",  # minor: libvips keeps the prefix in WebP, as most writers do
    )
    warnings = [line for line in report.splitlines() if line.startswith("Warning")]
    assert [line for line in warnings if not any(words in line for words in known)] == []


@pytest.mark.parametrize(
    "garbage",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 99,
    ],
)
def test_garbage_in_exif_is_survived(tmp_path: Path, garbage: bytes) -> None:
    source = tmp_path / "a.jpg"
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(source, exif=garbage)
    tags, _ = colored(source)
    assert tags["IFD0:Orientation"] == 1
