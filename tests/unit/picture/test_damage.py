"""Damage that decoders pass over is refused, or kept and named; healthy oddities are neither."""

import io
import struct
from collections.abc import Callable

import numpy as np
import pytest
import pyvips
from numpy.typing import NDArray
from PIL import Image
from tests.unit.picture.reading.test_read import encoded, gamma_profile, luminance, noise, one_line

from photochrom.errors import InputError
from photochrom.picture import read_picture
from photochrom.picture.libvips import array_to_image
from photochrom.picture.metadata.tiff_layout import pieces_of
from photochrom.picture.reading.intact import damage_of
from photochrom.picture.reading.source import Source

Scan = NDArray[np.uint8]


def scan(height: int = 168, width: int = 240, seed: int = 0) -> Scan:
    """Make something like a photograph: shades, edges, grain."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    shades = 120 + 70 * np.sin(x / 37 + y / 61) + 40 * ((x // 50 + y // 40) % 2)
    return np.clip(shades + random.normal(0, 6, shades.shape), 0, 255).astype(np.uint8)


SCAN = scan()
RGB = np.repeat(SCAN[..., None], 3, axis=2)


def with_wrong_bytes(data: bytes, random: np.random.Generator, first: int) -> bytes:
    """Change four bytes that follow each other, as one bad sector of a disk may."""
    at = int(random.integers(first, len(data) - 8))
    flips = random.integers(1, 256, 4)
    wrong = bytes(byte ^ int(flip) for byte, flip in zip(data[at : at + 4], flips, strict=True))
    return data[:at] + wrong + data[at + 4 :]


def rate_of_visible_damage_taken(data: bytes, first: int, count: int = 30) -> float:
    random = np.random.default_rng(1)
    whole = luminance(read_picture(data)).astype(int)
    taken = []
    for _ in range(count):
        try:
            pixels = luminance(read_picture(with_wrong_bytes(data, random, first))).astype(int)
        except InputError:
            taken.append(False)
        else:
            taken.append(bool((np.abs(pixels - whole) > 16 * 257).mean() > 0.005))
    return float(np.mean(taken))


@pytest.mark.parametrize("array", [SCAN, RGB], ids=["gray", "color"])
@pytest.mark.parametrize(
    ("options", "rate"),
    [({}, 0.34), ({"restart_marker_rows": 1}, 0.2), ({"progressive": True}, 0.04)],
    ids=["plain", "restart", "progressive"],
)
def test_wrong_bytes_within_a_jpeg_are_seen(
    array: Scan, options: dict[str, object], rate: float
) -> None:
    """Of such files 41 % were taken although visibly damaged, now 8 %, of progressive ones 1 %.

    What is left shows in no count of bytes, in that of libjpeg's own tools neither: a decoder that
    has come back to the right place by chance.
    """
    data = encoded(array, "jpeg", quality=90, **options)
    assert rate_of_visible_damage_taken(data, data.index(b"\xff\xda") + 14) <= rate


def tiff(compression: str, *, tile: bool = False) -> bytes:
    layout: dict[str, object] = {"tile": True, "tile_width": 128, "tile_height": 64} if tile else {}
    image = array_to_image(SCAN)
    if compression == "ccittfax4":
        image, layout = image > 128, {**layout, "bitdepth": 1}
    data: bytes = image.tiffsave_buffer(compression=compression, **layout)
    return data


@pytest.mark.parametrize("tile", [False, True], ids=["strips", "tiles"])
@pytest.mark.parametrize(
    ("compression", "rate"),
    [("deflate", 0), ("lzw", 0.06), ("packbits", 0), ("ccittfax4", 0.02), ("jpeg", 0.24)],
)
def test_wrong_bytes_within_a_compressed_tiff_are_seen(
    compression: str, rate: float, *, tile: bool
) -> None:
    """Of tiles of deflate and CCITT all were taken, of strips of LZW 37 %."""
    data = tiff(compression, tile=tile)
    assert rate_of_visible_damage_taken(data, len(data) // 10) <= rate


@pytest.mark.parametrize("kind", ["jpeg", "png"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_what_is_cut_and_closed_again_is_refused(kind: str, share: float) -> None:
    data = encoded(SCAN, kind)
    end = data[-2:] if kind == "jpeg" else data[-12:]
    assert "damaged or truncated" in one_line(data[: int(len(data) * share)] + end)


def with_cut_pieces(data: bytes) -> bytes:
    """Cut the last strip or tile of a JPEG TIFF to 40 %, and close it."""
    pieces = pieces_of(lambda offset, size: data[offset : offset + size])
    offset, size = pieces.places[-1]
    keep = offset + int(size * 0.4)
    return data[:keep] + b"\xff\xd9" + bytes(offset + size - keep - 2) + data[offset + size :]


@pytest.mark.parametrize(("tile", "part"), [(False, "strip 2 of 2"), (True, "tile 6 of 6")])
def test_cut_pieces_of_jpeg_in_a_tiff_are_refused_and_named(*, tile: bool, part: str) -> None:
    assert f"wrong bytes in {part}" in one_line(with_cut_pieces(tiff("jpeg", tile=tile)))


def healthy_jpegs() -> dict[str, bytes]:
    """Make JPEGs of all shapes, the corners being where their ends were misjudged."""
    random = np.random.default_rng(0)
    jpegs = {}
    for number in range(120):
        height, width = (int(side) for side in random.integers(1, 70, 2))
        codes = noise(height, width, 3, seed=number)
        if number % 4 == 0:
            codes[:] = 128  # what a decoder leaves where it has no data
        elif number % 4 == 1:
            codes[:] = random.integers(0, 256, 3)
        image = Image.fromarray(codes).convert(("L", "RGB", "CMYK")[number % 3])
        buffer = io.BytesIO()
        options = {"quality": int(random.integers(5, 100)), "optimize": number % 5 == 0}
        if number % 3 == 1:
            options["subsampling"] = number % 4 - 1
        if number % 7 == 0:
            options["restart_marker_blocks"] = 1 + number % 4
        image.save(buffer, "jpeg", **options)
        jpegs[f"{number} {height} {width} {image.mode} {options}"] = buffer.getvalue()
    return jpegs


def test_healthy_jpegs_of_all_shapes_are_taken() -> None:
    for name, data in healthy_jpegs().items():
        assert damage_of(Source("", None, data), "jpeg") == "", name


@pytest.mark.parametrize("padding", [b"\0\0\0", b"\xff\xff"])
def test_padding_behind_the_pixels_of_a_jpeg_is_no_damage(padding: bytes) -> None:
    data = encoded(SCAN, "jpeg")
    padded = data[:-2] + padding + data[-2:]
    assert np.array_equal(luminance(read_picture(padded)), luminance(read_picture(data)))


def odd_tiff(change: Callable[[list[tuple[int, ...]]], list[tuple[int, ...]]]) -> bytes:
    """Make a small uncompressed TIFF whose directory was changed."""
    fields = [
        *((256, 4, 1, 16), (257, 4, 1, 16), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)),
        *((273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 16), (279, 4, 1, 256)),
    ]
    fields = change(fields)
    directory = struct.pack("<H", len(fields))
    directory += b"".join(struct.pack("<HHII", *entry) for entry in fields) + bytes(4)
    return b"II*\0" + struct.pack("<I", 264) + bytes(range(256)) + directory


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields[::-1],
        lambda fields: [*fields, fields[0]],
        lambda fields: sorted([*fields, (274, 3, 1, 9)]),
        lambda fields: [*fields, (305, 2, 400, 99_999)],
        lambda fields: [field for field in fields if field[0] != 279],
    ],
    ids=["unsorted", "twice", "orientation-9", "text-outside", "no-byte-counts"],
)
def test_oddities_of_a_tiff_cost_no_pixels(
    change: Callable[[list[tuple[int, ...]]], list[tuple[int, ...]]],
) -> None:
    pixels = luminance(read_picture(odd_tiff(change)))
    assert np.array_equal(pixels // 257, np.arange(256).reshape(16, 16))


@pytest.mark.parametrize("big", [False, True])
def test_oddities_of_a_compressed_tiff_cost_no_pixels(*, big: bool) -> None:
    """libtiff warns of tags in disorder; a fresh directory without the rest is looked at then."""
    data = bytearray(array_to_image(SCAN).tiffsave_buffer(compression="lzw", bigtiff=big))
    at = int.from_bytes(data[8:16] if big else data[4:8], "little") + (8 if big else 2)
    size = 20 if big else 12
    first = data[at : at + size]
    data[at : at + size] = data[at + size : at + 2 * size]
    data[at + size : at + 2 * size] = first
    with pytest.raises(pyvips.Error):
        pyvips.Image.tiffload_buffer(bytes(data), fail_on="warning").copy_memory()
    assert np.array_equal(luminance(read_picture(bytes(data))) // 257, SCAN)


def shifted(data: bytes) -> bytes:
    """Damage a JPEG so that its pixels end before their data, of which libvips says no word."""
    random = np.random.default_rng(3)
    first = len(data) // 3
    while True:
        wrong = with_wrong_bytes(data, random, first)
        if damage_of(Source("", None, wrong), "jpeg"):
            pyvips.Image.jpegload_buffer(wrong, fail_on="warning").copy_memory()
            return wrong


@pytest.mark.parametrize(
    ("make", "note"),
    [
        (lambda: shifted(encoded(SCAN, "jpeg")), "some bytes of its pixels are wrong or missing"),
        (lambda: encoded(SCAN, "jpeg")[:-2000] + b"\xff\xd9", "to 168 may be wrong or missing"),
        (lambda: encoded(SCAN, "png")[:-9000], "to 168 may be wrong or missing"),
        (lambda: with_cut_pieces(tiff("jpeg", tile=True)), "wrong bytes in tile 6 of 6"),
    ],
    ids=["shifted", "cut-jpeg", "cut-png", "tile"],
)
def test_damaged_pictures_are_read_as_far_as_possible_when_asked(
    make: Callable[[], bytes], note: str
) -> None:
    data = make()
    assert "; --damaged colorizes what can be read" in one_line(data)
    picture = read_picture(data, damaged=True)
    assert picture.notes[-1].startswith("damaged: ")
    assert note in picture.notes[-1]
    pixels = luminance(picture) // 257
    assert pixels.shape == SCAN.shape
    assert np.abs(pixels[:8].astype(int) - SCAN[:8]).mean() < 5  # JPEG loses 4
    assert picture.downscaled(10, 10).shape == (10, 10)


def test_rows_are_counted_as_stored() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    cut = encoded(SCAN, "png", exif=exif)[:-9000]
    picture = read_picture(cut, damaged=True)
    assert (picture.height, picture.width) == SCAN.shape[::-1]
    assert "to 168 may be wrong or missing (as stored, before" in picture.notes[-1]


@pytest.mark.parametrize("kind", ["webp", "avif"])
def test_what_cannot_be_read_in_part_does_not_promise_it(kind: str) -> None:
    cut = encoded(RGB, kind)[:-3000]
    assert "--damaged" not in one_line(cut)
    with pytest.raises(InputError):
        luminance(read_picture(cut, damaged=True))


def test_a_healthy_picture_is_the_same_when_damage_is_looked_for() -> None:
    for kind in ("jpeg", "png", "tiff", "webp"):
        data = encoded(SCAN, kind)
        picture = read_picture(data, damaged=True)
        assert picture.notes == read_picture(data).notes
        assert np.array_equal(luminance(picture), luminance(read_picture(data)))


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("black", lambda profile: profile.replace(b"\x02\x33", b"\x82\x33")),
        ("white", lambda profile: profile.replace(b"\x02\x33", b"\x00\x03")),
    ],
)
def test_a_profile_that_makes_a_picture_black_is_ignored_and_named(
    what: str, change: Callable[[bytes], bytes]
) -> None:
    profile = gamma_profile(2.2)
    assert change(profile) != profile, what
    picture = read_picture(encoded(SCAN, "tiff", icc_profile=change(profile)))
    assert picture.notes == ("its ICC profile is damaged and was ignored",)
    assert np.array_equal(luminance(picture) // 257, SCAN)


def test_a_profile_with_a_spike_is_ignored_and_named() -> None:
    codes = np.linspace(0, 65535, 256).astype(">u2")
    codes[99] ^= 0x4000
    curve = b"curv" + bytes(4) + (256).to_bytes(4, "big") + codes.tobytes()
    profile = gamma_profile(2.2)
    tag = profile.index(b"kTRC")
    profile = (
        (len(profile) + len(curve)).to_bytes(4, "big")
        + profile[4 : tag + 4]
        + len(profile).to_bytes(4, "big")
        + len(curve).to_bytes(4, "big")
        + profile[tag + 12 :]
        + curve
    )
    picture = read_picture(encoded(SCAN, "tiff", icc_profile=profile))
    assert picture.notes == ("its ICC profile is damaged and was ignored",)


def test_a_profile_that_is_not_the_one_of_its_checksum_is_named() -> None:
    profile = bytearray(pyvips.Operation.call("profile_load", "p3"))
    at = profile.index(b"rXYZ", 200) if b"rXYZ" in profile[200:] else len(profile) - 1
    profile[at] ^= 1
    picture = read_picture(encoded(RGB, "png", icc_profile=bytes(profile)))
    assert "not the one of its checksum" in picture.notes[0]
