import gc
import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms

from photochrom.color.lab import gray_to_lightness, srgb_to_gray
from photochrom.errors import InputError
from photochrom.picture import Picture, read_color, read_picture
from photochrom.picture.color import read_color_shrunk
from photochrom.picture.libvips import array_to_image
from photochrom.picture.pixels import shrink

RAMP = np.tile(np.arange(256, dtype=np.uint8), (8, 1))


def noise(*shape: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def luminance(picture: Picture, rows: int = 256) -> NDArray[np.uint16]:
    return np.concatenate(list(picture.strips(rows)))


def encoded(array: NDArray[np.uint8], kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_an_eight_bit_gray_code_is_257_times_itself(kind: str) -> None:
    picture = read_picture(encoded(RAMP, kind))
    assert (picture.kind, picture.bits, picture.tone.kind) == (kind, 8, "gray")
    assert np.array_equal(luminance(picture), RAMP.astype(np.uint16) * 257)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_neutral_rgb_code_keeps_its_value_exactly(dtype: type) -> None:
    levels = np.iinfo(dtype).max + 1
    codes = np.arange(levels, dtype=dtype)[None]
    rgb = np.repeat(codes[..., None], 3, axis=2)
    rgb = np.concatenate([rgb, rgb[:1] * 0 + np.array([1, 0, 0], dtype)])  # not gray all over
    expected = codes.astype(np.uint16) * (257 if levels == 256 else 1)
    assert np.array_equal(luminance(read_picture(rgb))[:1], expected)


def test_color_becomes_cie_luminance_not_rec_601_luma() -> None:
    rgb = noise(40, 50, 3)
    expected = srgb_to_gray(rgb / 255) * 65535
    assert np.abs(luminance(read_picture(rgb)) - expected).max() <= 1
    red = luminance(read_picture(np.array([[[255, 0, 0]]], np.uint8)))
    assert abs(int(red[0, 0]) - round(0.4985 * 65535)) < 10  # luma would be 0.299


def test_sixteen_bits_are_read_whole() -> None:
    codes = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    for array in (codes, np.repeat(codes[..., None], 3, axis=2)):
        picture = read_picture(array_to_image(array).pngsave_buffer())
        assert picture.bits == 16
        assert np.array_equal(luminance(picture), codes)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_orientations_are_applied(orientation: int) -> None:
    stored = noise(5, 9)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(stored, "png", exif=exif)
    methods = [None, 0, 3, 1, 5, 4, 6, 2]  # Pillow's own: flips, turns, transpose, transverse
    method = methods[orientation - 1]
    upright = Image.fromarray(stored)
    if method is not None:
        upright = upright.transpose(Image.Transpose(method))
    picture = read_picture(data)
    assert (picture.height, picture.width) == upright.size[::-1]
    assert np.array_equal(luminance(picture, 4), np.asarray(upright).astype(np.uint16) * 257)


@pytest.mark.parametrize("orientation", [1, 2, 6])
def test_a_large_picture_streams_and_reads_the_same(
    monkeypatch: pytest.MonkeyPatch, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(noise(70, 50), "png", exif=exif)
    kept = luminance(read_picture(data))
    monkeypatch.setattr("photochrom.picture.picture.KEPT_BYTES", 100)
    picture = read_picture(data)
    assert np.array_equal(luminance(picture, 16), kept)
    assert np.array_equal(luminance(picture, 16), kept)


def gamma_profile(gamma: float, description: str = "Gray Gamma 2.2") -> bytes:
    """Build a monochrome ICC v2 profile; Pillow and libvips cannot make one."""
    curve = b"curv\0\0\0\0\0\0\0\1" + round(gamma * 256).to_bytes(2, "big") + b"\0\0"
    white = b"XYZ \0\0\0\0" + bytes.fromhex("0000f6d6000100000000d32d")
    text = b"desc\0\0\0\0" + (len(description) + 1).to_bytes(4, "big")
    text += description.encode() + b"\0" + b"\0" * 78
    text += b"\0" * (-len(text) % 4)
    tags, body, at = b"", b"", 128 + 4 + 36
    for name, data in ((b"desc", text), (b"kTRC", curve), (b"wtpt", white)):
        tags += name + at.to_bytes(4, "big") + len(data).to_bytes(4, "big")
        body, at = body + data, at + len(data)
    head = at.to_bytes(4, "big") + b"\0\0\0\0" + bytes.fromhex("02100000") + b"mntrGRAYXYZ "
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + bytes.fromhex("0000f6d6000100000000d32d")
    return head.ljust(128, b"\0") + (3).to_bytes(4, "big") + tags + body


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
def test_a_gray_profile_is_honored(gamma: float) -> None:
    data = encoded(RAMP, "tiff", icc_profile=gamma_profile(gamma))
    picture = read_picture(data)
    linear = (RAMP / 255) ** gamma
    expected = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    assert picture.notes == ("converted from Gray Gamma 2.2",)
    assert np.abs(luminance(picture) / 257 - expected * 255).max() < 0.15


def test_an_embedded_srgb_profile_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    rgb = noise(20, 30, 3)
    tagged = read_picture(encoded(rgb, "png", icc_profile=profile))
    assert tagged.notes == ()
    assert np.array_equal(luminance(tagged), luminance(read_picture(rgb)))


def test_a_wide_profile_is_honored_and_named() -> None:
    p3 = bytes(pyvips.Operation.call("profile_load", "p3"))
    rgb = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [128, 128, 128]]], np.uint8)
    picture = read_picture(encoded(rgb, "png", icc_profile=p3))
    linear = np.array([0.2290, 0.6917, 0.0793, 0.2158605])  # row Y of Display P3
    expected = 1.055 * linear ** (1 / 2.4) - 0.055
    assert picture.notes[0].startswith("converted from ")
    assert np.abs(luminance(picture)[0] / 65535 - expected).max() < 0.003


@pytest.mark.parametrize("profile", [b"\0" * 10, b"x" * 400, gamma_profile(2.2)[:150]])
def test_a_damaged_profile_is_ignored_and_named(profile: bytes) -> None:
    picture = read_picture(encoded(RAMP, "tiff", icc_profile=profile))
    assert "ignored" in picture.notes[0]
    assert np.array_equal(luminance(picture), RAMP.astype(np.uint16) * 257)


def test_cmyk_goes_through_its_profile() -> None:
    cmyk = Image.fromarray(RAMP).convert("CMYK")
    buffer = io.BytesIO()
    cmyk.save(buffer, "tiff", icc_profile=bytes(pyvips.Operation.call("profile_load", "cmyk")))
    picture = read_picture(buffer.getvalue())
    values = luminance(picture)[0].astype(int)
    assert picture.notes[0].startswith("converted from ")
    assert values[0] < 20000
    assert values[-1] > 60000
    assert (np.diff(values) >= -300).all()


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA", "CMYK", "F"])
def test_unusual_modes_are_read(mode: str) -> None:
    gray = Image.fromarray(RAMP)
    image = Image.fromarray(RAMP.astype(np.float32) / 255) if mode == "F" else gray.convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "tiff")
    picture = read_picture(buffer.getvalue())
    values = luminance(picture)[0]
    assert (picture.height, picture.width) == RAMP.shape
    assert values[0] < values[-1]
    assert (picture.alpha is not None) == (mode in {"LA", "RGBA"})
    assert bool(picture.notes) == (mode in {"CMYK", "F"})


def test_float_pictures_keep_sixteen_bits() -> None:
    values = np.linspace(0, 1, 1000, dtype=np.float32)[None]
    for source in (values, array_to_image(values).tiffsave_buffer()):
        picture = read_picture(source)
        assert picture.bits == 16
        assert np.abs(luminance(picture) - values * 65535).max() <= 0.51


def test_the_first_of_many_pages_is_taken_and_said() -> None:
    first, second = Image.fromarray(RAMP), Image.fromarray(255 - RAMP)
    for kind, word in (("tiff", "pages"), ("webp", "frames")):
        buffer = io.BytesIO()
        first.save(buffer, kind, save_all=True, append_images=[second], lossless=True)
        picture = read_picture(buffer.getvalue())
        assert picture.notes == (f"first of 2 {word}",)
        assert luminance(picture)[0, 0] == 0


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3), (1, 700)])
def test_extreme_sizes_are_read(size: tuple[int, int]) -> None:
    codes = noise(*size)
    picture = read_picture(encoded(codes, "png"))
    assert np.array_equal(luminance(picture), codes.astype(np.uint16) * 257)
    assert picture.downscaled(1, 1).shape == (1, 1)


def test_pillow_images_come_with_their_metadata() -> None:
    image = Image.fromarray(noise(6, 4))
    image.info["dpi"] = (300, 300)
    exif = image.getexif()
    exif[0x0112] = 6
    picture = read_picture(image)
    assert (picture.kind, picture.height, picture.width) == ("array", 4, 6)
    assert picture.metadata.exif is not None
    resolution = picture.metadata.resolution
    assert resolution is not None
    assert (resolution.across, resolution.down) == pytest.approx((300 / 25.4, 300 / 25.4))


def test_downscaled_is_the_area_mean_of_lightness() -> None:
    codes = noise(120, 90)
    lightness = gray_to_lightness(codes / 255)
    expected = lightness.reshape(30, 4, 30, 3).mean(axis=(1, 3))
    actual = read_picture(codes).downscaled(30, 30)
    assert np.abs(actual - expected).max() < 1e-3
    uneven = read_picture(codes).downscaled(37, 41)
    assert uneven.shape == (37, 41)
    assert abs(uneven.mean() - lightness.mean()) < 1e-3


def test_downscaling_over_many_strips_and_columns() -> None:
    codes = noise(1000, 3)
    whole = gray_to_lightness(codes / 255)
    assert (
        np.abs(read_picture(codes).downscaled(500, 3) - whole.reshape(500, 2, 3).mean(1)).max()
        < 1e-3
    )
    assert (
        np.abs(read_picture(codes.T).downscaled(3, 500).T - whole.reshape(500, 2, 3).mean(1)).max()
        < 1e-3
    )
    assert np.abs(read_picture(codes.T).downscaled(3, 1000).T - whole).max() < 1e-3


def one_line(source: object, **options: int) -> str:
    with pytest.raises(InputError) as caught:
        luminance(read_picture(source, **options))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_content_decides_not_the_extension(tmp_path: Path) -> None:
    wrong = tmp_path / "scan.tif"
    wrong.write_bytes(encoded(RAMP, "png"))
    assert read_picture(wrong).kind == "png"


def test_an_svg_called_scan_jpg_is_refused(tmp_path: Path) -> None:
    trick = tmp_path / "scan.jpg"
    trick.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    message = one_line(trick)
    assert "scan.jpg" in message
    assert "SVG" in message


@pytest.mark.parametrize(
    "content", [b"GIF89a....", b"%PDF-1.4", b"hello", b"\xff\xd8\xff", b"\0" * 80]
)
def test_what_is_not_a_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "scan.jpg"
    path.write_bytes(content)
    assert "scan.jpg" in one_line(path)


def test_missing_empty_and_unreadable_places_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert "empty" in one_line(tmp_path / "empty.jpg")
    assert "No such file" in one_line(tmp_path / "absent.jpg")
    assert "directory" in one_line(tmp_path)


@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff", "webp", "avif"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_file_is_never_half_a_picture(kind: str, share: float) -> None:
    data = encoded(noise(300, 200, 3), kind)
    assert one_line(data[: int(len(data) * share)])


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header promises more than its few bytes hold."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checked = name + data
        return len(data).to_bytes(4, "big") + checked + zlib.crc32(checked).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    pixels = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def test_a_bomb_is_refused_from_its_header() -> None:
    bomb = png_of_size(60_000, 60_000)
    assert "3600 megapixels" in one_line(bomb)
    assert "--max-pixels" in one_line(encoded(RAMP, "png"), max_pixels=100)
    assert one_line(bomb, max_pixels=4_000_000_000)


def test_arrays_that_are_no_pictures_are_refused() -> None:
    for bad in (np.zeros(4), np.zeros((0, 3)), np.zeros((2, 2), complex), np.zeros((2, 2, 7))):
        assert one_line(bad)
    with pytest.raises(TypeError, match="path"):
        read_picture(3)


_BOMB = """
import resource, sys
from photochrom.errors import InputError
from photochrom.picture import read_picture
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    for strip in read_picture(sys.stdin.buffer.read(), max_pixels=10**10).strips():
        pass
except InputError as error:
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_bomb_let_through_by_max_pixels_does_not_fill_memory() -> None:
    command = [sys.executable, "-c", _BOMB]
    bomb = png_of_size(60_000, 60_000)
    done = subprocess.run(command, input=bomb, capture_output=True, check=True)
    assert int(done.stdout) < 300  # MiB; the pixels would take 10 GiB


@pytest.mark.parametrize("size", [(3, 20_000), (20_000, 1), (7, 3000)])
def test_a_narrow_jpeg_in_color_is_read(size: tuple[int, int]) -> None:
    picture = read_picture(encoded(noise(*size, 3), "jpeg"))
    assert luminance(picture).shape == size


def test_stray_bytes_in_a_jpeg_cost_no_pixels() -> None:
    whole = encoded(noise(600, 40), "jpeg")
    stray = whole.replace(b"\xff\xdb", b"xxx\xff\xdb", 1)
    assert np.array_equal(luminance(read_picture(stray), 100), luminance(read_picture(whole)))


def cut_and_closed() -> bytes:
    whole = encoded(noise(600, 40), "jpeg")
    return whole[: len(whole) // 2] + b"\xff\xd9"


def odd_jpegs() -> dict[str, bytes]:
    """Make JPEGs at which libjpeg warns though no pixel is lost, and their like without."""
    gray = encoded(noise(600, 40), "jpeg")
    rgb = encoded(noise(600, 40, 3), "jpeg")
    scan = gray.index(b"\xff\xda") + 4
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\5"
    return {
        "stray": gray.replace(b"\xff\xdb", b"xxx\xff\xdb", 1),
        "stuffed": gray.replace(b"\xff\xc0", b"\0\xff\0\xff\xff\xc0", 1),
        "jfif": gray.replace(b"JFIF\0\1", b"JFIF\0\2", 1),
        "limits": gray[: scan + 3] + b"\0\x3e\0" + gray[scan + 6 :],
        "adobe": rgb[:2] + adobe + rgb[rgb.index(b"\xff\xdb") :],
    }


@pytest.mark.parametrize("name", odd_jpegs())
@pytest.mark.parametrize("held_bytes", [2**26, 100])
def test_oddities_of_a_jpeg_cost_no_pixels(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, held_bytes: int
) -> None:
    monkeypatch.setattr("photochrom.picture.reading.source._HELD_BYTES", held_bytes)
    odd = odd_jpegs()[name]
    with pytest.raises(pyvips.Error):
        pyvips.Image.jpegload_buffer(odd, fail_on="warning").copy_memory()
    (tmp_path / "odd.jpg").write_bytes(odd)
    whole = (
        encoded(noise(600, 40, 3), "jpeg") if name == "adobe" else encoded(noise(600, 40), "jpeg")
    )
    for source in (odd, tmp_path / "odd.jpg"):
        assert np.array_equal(luminance(read_picture(source), 100), luminance(read_picture(whole)))
        assert np.array_equal(read_color(source), read_color(whole))


@pytest.mark.parametrize("text", ["", "stray bytes", "VipsJpeg: 3 extraneous bytes before marker"])
def test_a_verdict_hangs_on_no_words_of_libvips(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The words may be those of another thread's picture: whatever they are, it is the same."""

    class Error(pyvips.Error):
        def __init__(self, message: str, detail: str | None = None) -> None:
            super().__init__(message, text)

    monkeypatch.setattr("pyvips.voperation.Error", Error)
    monkeypatch.setattr("pyvips.vregion.Error", Error)
    assert one_line(cut_and_closed()).startswith("the picture: damaged or truncated")
    whole = luminance(read_picture(encoded(noise(600, 40), "jpeg")))
    for name, odd in odd_jpegs().items():
        if name != "adobe":
            assert np.array_equal(luminance(read_picture(odd)), whole)


def test_many_threads_come_to_the_verdict_of_one() -> None:
    """Before, half of the healthy files with stray bytes failed in company, and cut ones passed."""
    cases = [*odd_jpegs().values(), cut_and_closed()] * 20

    def is_read(data: bytes) -> bool:
        try:
            luminance(read_picture(data))
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(is_read, cases))
    assert verdicts == [*[True] * 5, False] * 20


def test_words_of_libvips_cut_within_a_letter_are_no_crash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stumble(*_: object, **__: object) -> None:
        b"\xe2\x82".decode()

    monkeypatch.setattr("pyvips.voperation.Error", stumble)
    monkeypatch.setattr("pyvips.vregion.Error", stumble)
    assert one_line(cut_and_closed()).startswith("the picture: damaged or truncated")


def test_what_libvips_logs_calls_no_python(caplog: pytest.LogCaptureFixture) -> None:
    """Where it did, it could be called again from within, at which GLib ends the process."""
    assert one_line(cut_and_closed())
    gc.collect()
    assert not [line for line in caplog.messages if line.startswith("VIPS")]


def test_floats_of_another_scale_are_refused_and_slight_overshoot_is_named() -> None:
    values = np.linspace(0, 1.2, 100, dtype=np.float32)[None]
    assert "samples from 0 to 1.2 were cut to 0 to 1" in read_picture(values).notes
    assert "reach 306" in one_line(values * 255)


@pytest.mark.parametrize("space", ["lab", "labs"])
def test_cielab_tiffs_are_read(space: str) -> None:
    rgb = array_to_image(np.repeat(RAMP[..., None], 3, axis=2))
    picture = read_picture(rgb.colourspace(space).tiffsave_buffer())
    assert picture.notes == ("converted from CIELAB",)
    assert np.abs(luminance(picture).astype(int) - RAMP.astype(int) * 257).max() <= 4


def test_megapixels_are_told_for_small_limits_too() -> None:
    told = one_line(encoded(RAMP, "png"), max_pixels=100)
    assert "0.002048 megapixels, above the limit of 0.0001" in told


def test_a_preview_as_the_first_page_of_a_tiff_is_named() -> None:
    buffer = io.BytesIO()
    Image.fromarray(RAMP).save(buffer, "tiff", tiffinfo={254: 1})
    assert "reduced copy" in read_picture(buffer.getvalue()).notes[0]


def test_a_shrunk_picture_is_an_area_mean() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 128, 3), dtype=np.uint8)
    means = picture.reshape(32, 2, 32, 4, 3).mean(axis=(1, 3))
    assert np.abs(shrink(picture, 32, 32) - means).max() <= 0.51
    assert shrink(picture[:1, :1], 2, 2).tolist() == [[picture[0, 0].tolist()] * 2] * 2


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_large_picture_is_read_shrunk_and_upright(tmp_path: Path, suffix: str) -> None:
    ramp = np.linspace(0, 255, 1600).astype(np.uint8)
    picture = np.broadcast_to(ramp[:, None, None], (1600, 800, 3))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter
    Image.fromarray(picture).save(tmp_path / f"a{suffix}", exif=exif)
    asked = []

    def fit(height: int, width: int) -> tuple[int, int]:
        asked.append((height, width))
        return height // 16, width // 16

    small = read_color_shrunk(tmp_path / f"a{suffix}", fit)
    whole = read_color(tmp_path / f"a{suffix}")
    assert asked == [(800, 1600)]
    expected = shrink(whole, 50, 100).astype(int)
    assert small.shape == (50, 100, 3)
    assert np.abs(small - expected).max() <= 2


def tiff(array: NDArray[np.uint8], **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, metadata=None, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(("photometric", "channels"), [("minisblack", 1), ("rgb", 3)])
@pytest.mark.parametrize("meaning", [0, 2])
def test_an_infrared_channel_is_no_alpha(photometric: str, channels: int, meaning: int) -> None:
    """It made results all but transparent, and no note said so."""
    gray, beyond = noise(6, 5, 1), noise(6, 5, 1, seed=1)
    stored = np.concatenate([gray] * channels + [beyond], axis=2)
    data = tiff(stored, photometric=photometric, extrasamples=[meaning], planarconfig="contig")
    picture = read_picture(data)
    assert np.array_equal(luminance(picture), gray[..., 0].astype(np.uint16) * 257)
    if meaning == 2:
        assert picture.alpha is not None
        assert np.array_equal(np.concatenate(list(picture.alpha.blocks(9))), beyond[..., 0])
        assert picture.notes == ()
    else:
        assert picture.alpha is None
        assert picture.notes[0].startswith("an extra channel")
        assert np.array_equal(read_color(data)[..., 0], gray[..., 0])


@pytest.mark.parametrize(
    ("photometric", "channels"), [("minisblack", 3), ("rgb", 5), ("separated", 6)]
)
def test_channels_that_are_too_many_are_counted_right(photometric: str, channels: int) -> None:
    extras = [0, 2]
    stored = noise(6, 5, channels)
    data = tiff(stored, photometric=photometric, extrasamples=extras, planarconfig="contig")
    assert f"{channels} channels, 2 beyond the color" in one_line(data)


def test_channels_that_no_field_explains_are_no_alpha() -> None:
    stored = noise(6, 5, 4)
    data = tiff(stored, photometric="rgb", extrasamples=[2], byteorder="<")
    field = struct.pack("<HHI", 338, 3, 1)
    assert data.count(field) == 1
    picture = read_picture(data.replace(field, struct.pack("<HHI", 65_000, 3, 1)))
    assert picture.alpha is None
    assert picture.notes[-1].startswith("an extra channel")


def test_inks_beyond_cmyk_are_counted_right() -> None:
    ink_set = (332, 3, 1, 2, True)
    inks = tiff(noise(6, 5, 6), photometric="separated", extratags=[ink_set])
    assert "6 channels" in one_line(inks)
    assert "(4, 4, 5)" in one_line(noise(4, 4, 5))


def test_pixels_that_are_no_numbers_become_black_and_are_named() -> None:
    values = np.full((4, 6, 3), 0.5, np.float32)
    values[0, :2], values[1, 0, 1], values[2, 0, 2] = np.nan, np.inf, -np.inf
    for source in (values, tiff(values, photometric="rgb")):
        picture = read_picture(source)
        assert "4 pixels that are no numbers (NaN or infinite) became black" in picture.notes
        assert luminance(picture)[0].tolist() == [0, 0, *[32768] * 4]
        assert read_color(source)[0, :3].tolist() == [[0] * 3, [0] * 3, [128] * 3]
    assert "none of its float samples is a number" in one_line(values[:1, :2])


@pytest.mark.parametrize("read", [read_picture, read_color])
def test_floats_of_another_scale_are_refused_by_every_reader(read: Callable[..., object]) -> None:
    """A colorful photograph of floats from 0 to 255 was cut to white, and left out as gray."""
    values = noise(8, 8, 3).astype(np.float32)
    with pytest.raises(InputError, match="they can be read from 0 to 1"):
        read(tiff(values, photometric="rgb"))


def test_integers_beyond_sixteen_bits_of_a_pillow_image_are_refused() -> None:
    """They were cut to white without a word."""
    codes = np.array([[0, 65535]], np.int32)
    assert luminance(read_picture(Image.fromarray(codes)))[0].tolist() == [0, 65535]
    assert "from 0 to 65536" in one_line(Image.fromarray(codes + codes // 65535))


def test_smaller_copies_in_sub_directories_are_named() -> None:
    image = array_to_image(noise(600, 400))
    options = {"tile": True, "pyramid": True, "tile_width": 128, "tile_height": 128}
    picture = read_picture(image.tiffsave_buffer(subifd=True, **options))
    assert picture.notes[0].startswith("3 pages below the first")
