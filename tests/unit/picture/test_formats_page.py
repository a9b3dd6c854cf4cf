"""The table in docs/formats.md, checked row by row against what the code does."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photochrom.picture import KINDS, encode_picture, read_picture
from photochrom.picture.metadata.exif import Exif, Value
from photochrom.picture.metadata.fields import Metadata
from photochrom.picture.metadata.outgoing import prepare_outgoing

PAGE = Path(__file__).parents[3] / "docs" / "formats.md"
RECORDS = b"\x1c\x02\x5a\x00\x04Graz"
COLOR = np.random.default_rng(0).integers(0, 256, (20, 16, 3), dtype=np.uint8)


def table() -> dict[str, dict[str, str]]:
    """Read the first table: row title -> kind -> cell."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = [head.lower() for head in rows[0][1:]]
    until = next(at for at, row in enumerate(rows) if row[0] == "input")
    return {row[0]: dict(zip(heads, row[1:], strict=True)) for row in rows[2:until]}


def result(kind: str, source: np.ndarray) -> tuple[bytes, tuple[str, ...]]:
    if kind == "heic":
        pytest.importorskip("pillow_heif")
    return encode_picture(read_picture(source), iter([source[..., :3]]), kind=kind)


def test_every_kind_has_a_column_and_every_row_a_check() -> None:
    rows = table()
    assert all(tuple(row) == KINDS for row in rows.values())
    assert set(rows) == {
        "bits per channel", "alpha", "EXIF", "XMP", "IPTC-IIM", "texts of a PNG",
        "resolution (DPI)", "color profile", "pages", "largest side in pixels", "written as",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_bits(kind: str) -> None:
    data, notes = result(kind, COLOR.astype(np.uint16) * 257)
    holds = "16" in table()["bits per channel"][kind]
    assert read_picture(data).bits == (16 if holds else 8)
    assert bool(notes) != holds


@pytest.mark.parametrize("kind", KINDS)
def test_alpha(kind: str) -> None:
    data, notes = result(kind, np.concatenate([COLOR, COLOR[..., :1]], axis=2))
    holds = table()["alpha"][kind] == "yes"
    assert (read_picture(data).alpha is not None) == holds
    assert bool(notes) != holds


@pytest.mark.parametrize("kind", KINDS)
def test_iptc(kind: str) -> None:
    outgoing = prepare_outgoing(Metadata(iptc=RECORDS), kind, None)
    goes_to_xmp = table()["IPTC-IIM"][kind] == "to XMP"
    assert (outgoing.iptc is None) == goes_to_xmp
    assert (b"Graz" in (outgoing.xmp or b"")) == goes_to_xmp
    assert bool(outgoing.notes) == goes_to_xmp


@pytest.mark.parametrize("kind", KINDS)
def test_texts(kind: str) -> None:
    outgoing = prepare_outgoing(Metadata(texts=(("Title", "Graz"),)), kind, None)
    goes_to_xmp = table()["texts of a PNG"][kind] == "to XMP"
    assert bool(outgoing.texts) != goes_to_xmp
    assert (b"Graz" in (outgoing.xmp or b"")) == goes_to_xmp
    assert bool(outgoing.notes) == goes_to_xmp


@pytest.mark.parametrize("kind", KINDS)
def test_exif_xmp_profile_and_resolution(kind: str) -> None:
    exif = Exif(main={0x010F: Value(2, 6, b"Leica\0")})
    buffer = io.BytesIO()
    Image.fromarray(COLOR).save(buffer, "jpeg", exif=exif.to_bytes(), dpi=(600, 600))
    if kind == "heic":
        pytest.importorskip("pillow_heif")
    data, notes = encode_picture(read_picture(buffer.getvalue()), iter([COLOR]), kind=kind)
    again = read_picture(data).metadata
    assert notes == ()
    assert Exif.from_bytes(again.exif or b"").main[0x010F].data.startswith(b"Leica")
    assert again.xmp is not None
    resolution = again.resolution or Exif.from_bytes(again.exif or b"").resolution()
    assert resolution is not None
    assert (resolution.across, resolution.down) == pytest.approx((600 / 25.4,) * 2, rel=1e-3)
    assert b"acsp" in data or kind == "png"  # compressed in a PNG


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind in {"jpeg", "webp", "avif", "heic"}]
)
def test_largest_side(kind: str) -> None:
    largest = int(table()["largest side in pixels"][kind].replace(" ", ""))
    too_wide = np.zeros((1, largest + 1, 3), np.uint8)
    with pytest.raises(Exception, match="too large"):
        encode_picture(read_picture(too_wide), iter([too_wide]), kind=kind)
