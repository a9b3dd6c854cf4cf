import errno
import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pyvips
from numpy.typing import NDArray
from PIL import Image

from photochrom.errors import InputError
from photochrom.picture import (
    Picture,
    Provenance,
    encode_picture,
    read_picture,
    write_picture,
)
from photochrom.picture.encode import plan_target, saver_options
from photochrom.picture.libvips import array_to_image
from photochrom.picture.metadata.fields import written_at
from photochrom.picture.metadata.outgoing import prepare_outgoing

PROVENANCE = Provenance(
    model="autochrome", model_sha256="ab" * 32, options={"saturation": 1.0}, version="1.2.3"
)
LOSSLESS = ("png", "tiff")


def noise(*shape: int, dtype: type = np.uint8) -> NDArray[np.uint8] | NDArray[np.uint16]:
    return np.random.default_rng(1).integers(0, np.iinfo(dtype).max + 1, shape, dtype=dtype)


def in_strips(
    array: NDArray[np.uint8] | NDArray[np.uint16], rows: int = 37
) -> Iterator[NDArray[np.uint8]]:
    for top in range(0, len(array), rows):
        yield array[top : top + rows]


def decoded(data: bytes | Path) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data) if isinstance(data, bytes) else data))


@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff", "webp", "avif"])
@pytest.mark.parametrize("size", [(1, 1), (65, 40), (300, 7)])
def test_every_kind_is_written_and_read_again(
    tmp_path: Path, kind: str, size: tuple[int, int]
) -> None:
    smooth = np.linspace(0, 255, size[0] * size[1] * 3).reshape(*size, 3).astype(np.uint8)
    target = tmp_path / "result"
    notes = write_picture(read_picture(smooth), in_strips(smooth), target, kind=kind)
    assert notes == ()
    assert list(tmp_path.iterdir()) == [target]
    again = read_picture(target)
    assert (again.kind, again.height, again.width) == (kind, *size)
    error = np.abs(decoded(target).astype(int) - smooth)
    assert error.max() <= (0 if kind in LOSSLESS else 40)
    assert error.mean() <= (0 if kind in LOSSLESS else 4)


@pytest.mark.parametrize("kind", LOSSLESS)
def test_sixteen_bits_stay_sixteen_bits(kind: str) -> None:
    color = noise(50, 40, 3, dtype=np.uint16)
    picture = read_picture(color)
    data, notes = encode_picture(picture, in_strips(color), kind=kind)
    assert notes == ()
    assert read_picture(data).bits == 16
    assert np.array_equal(pyvips.Image.new_from_buffer(data, "").numpy(), color)


@pytest.mark.parametrize("kind", ["jpeg", "webp", "avif"])
def test_bits_that_a_kind_cannot_hold_are_named(kind: str) -> None:
    color = noise(20, 20, 3, dtype=np.uint16)
    _, notes = encode_picture(read_picture(color), in_strips(color), kind=kind)
    assert "16 bits per channel became 8" in notes[0]


def test_rounding_to_eight_bits_is_to_the_nearest() -> None:
    codes = np.arange(65536, dtype=np.uint16).reshape(64, 1024)
    color = np.repeat(codes[..., None], 3, axis=2)
    eight_bit = read_picture(np.zeros((64, 1024), np.uint8))
    data, _ = encode_picture(eight_bit, in_strips(color))
    assert np.array_equal(decoded(data)[..., 0], np.rint(codes / 257).astype(np.uint8))


@pytest.mark.parametrize(
    ("kind", "holds"),
    [("png", True), ("tiff", True), ("webp", True), ("avif", True), ("jpeg", False)],
)
def test_alpha_stays_or_is_named(kind: str, *, holds: bool) -> None:
    rgba = noise(90, 30, 4)
    data, notes = encode_picture(read_picture(rgba), in_strips(rgba[..., :3], 25), kind=kind)
    if holds:
        assert notes == ()
        error = np.abs(decoded(data)[..., 3].astype(int) - rgba[..., 3])
        assert error.mean() < 12 if kind == "avif" else error.max() == 0
    else:
        assert "alpha" in notes[0]


def test_the_kind_that_came_in_goes_out() -> None:
    gray = noise(8, 8)
    for kind in ("jpeg", "png", "tiff", "webp", "avif"):
        buffer = io.BytesIO()
        Image.fromarray(gray).save(buffer, kind)
        picture = read_picture(buffer.getvalue())
        data, _ = encode_picture(picture, in_strips(noise(8, 8, 3)))
        assert read_picture(data).kind == kind
    data, _ = encode_picture(read_picture(gray), in_strips(noise(8, 8, 3)))
    assert read_picture(data).kind == "png"


def test_jpeg_and_avif_keep_full_chroma() -> None:
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::2] = (200, 40, 40)
    stripes[:, 1::2] = (40, 110, 200)
    for kind in ("jpeg", "avif"):
        data, _ = encode_picture(read_picture(stripes), in_strips(stripes), kind=kind)
        assert np.abs(decoded(data).astype(int) - stripes).mean() < 4  # 4:2:0 gives over 30


def test_a_tiff_keeps_its_layout() -> None:
    gray = array_to_image(noise(100, 90))
    data = gray.tiffsave_buffer(
        compression="lzw", tile=True, tile_width=32, tile_height=48, bigtiff=True
    )
    result, _ = encode_picture(read_picture(data), in_strips(noise(100, 90, 3)))
    assert result[2] == 43  # BigTIFF
    tags = read_picture(result).metadata.layout
    assert dict(tags) == {
        "compression": "lzw", "predictor": "horizontal",
        "tile": True, "tile_width": 32, "tile_height": 48, "bigtiff": True,
    }  # fmt: skip


def test_heic_goes_round_with_the_extra() -> None:
    pytest.importorskip("pillow_heif")
    smooth = np.linspace(0, 255, 64 * 48 * 3).reshape(64, 48, 3).astype(np.uint8)
    data, notes = encode_picture(
        read_picture(smooth), in_strips(smooth), kind="heic", provenance=PROVENANCE
    )
    again = read_picture(data)
    assert notes == ()
    assert (again.kind, again.height, again.width) == ("heic", 64, 48)
    assert again.metadata.xmp is not None
    assert b"photochrom 1.2.3" in again.metadata.xmp
    gray = np.concatenate(list(again.strips()))
    expected = np.concatenate(list(read_picture(smooth).strips()))
    assert np.abs(gray.astype(int) - expected).mean() < 1000


def test_heic_without_the_extra_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 40
    with pytest.raises(InputError, match=r"HEIC needs pillow_heif; .*\[heic\]"):
        read_picture(heic)


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"precious")
    picture, color = read_picture(noise(4, 4)), noise(4, 4, 3)
    with pytest.raises(InputError, match="already there"):
        write_picture(picture, in_strips(color), target)
    assert target.read_bytes() == b"precious"
    write_picture(picture, in_strips(color), target, overwrite=True)
    assert np.array_equal(decoded(target), color)


@pytest.mark.parametrize("error", [RuntimeError("boom"), KeyboardInterrupt(), InputError("bad")])
def test_a_failure_in_the_strips_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    def failing() -> Iterator[NDArray[np.uint8]]:
        yield noise(10, 30, 3)
        raise error

    with pytest.raises(type(error)):
        write_picture(read_picture(noise(300, 30)), failing(), tmp_path / "a.jpg", kind="jpeg")
    assert list(tmp_path.iterdir()) == []


def test_without_hard_links_a_name_in_use_is_not_taken_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(temporary: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    target = tmp_path / "a.png"
    picture = read_picture(np.zeros((2, 2), np.uint8))
    write_picture(picture, iter([np.zeros((2, 2, 3), np.uint8)]), target)
    written = target.read_bytes()

    def meanwhile() -> Iterator[NDArray[np.uint8]]:
        (tmp_path / "b.png").write_bytes(b"mine")  # after it was looked whether the name is free
        yield np.zeros((2, 2, 3), np.uint8)

    with pytest.raises(InputError, match="already there"):
        write_picture(picture, meanwhile(), tmp_path / "b.png")
    assert (tmp_path / "b.png").read_bytes() == b"mine"
    assert read_picture(written).height == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"]


def test_too_few_or_wrong_strips_are_a_mistake_of_the_caller(tmp_path: Path) -> None:
    picture = read_picture(noise(300, 30))
    for color in (noise(200, 30, 3), noise(300, 29, 3)):
        with pytest.raises(ValueError, match="strip"):
            write_picture(picture, in_strips(color), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for target in (tmp_path / "no" / "a.png", tmp_path / "file" / "a.png"):
        with pytest.raises(InputError, match=r"a\.png: cannot be written") as caught:
            write_picture(read_picture(noise(4, 4)), in_strips(noise(4, 4, 3)), target)
        assert "\n" not in str(caught.value)


def test_quality_and_size_limits_are_checked_before_writing() -> None:
    picture = read_picture(noise(4, 4))
    with pytest.raises(InputError, match="quality"):
        encode_picture(picture, in_strips(noise(4, 4, 3)), kind="jpeg", quality=101)
    wide = read_picture(np.zeros((1, 70_000), np.uint8))
    with pytest.raises(InputError, match="too large for JPEG"):
        encode_picture(wide, in_strips(np.zeros((1, 70_000, 3), np.uint8)), kind="jpeg")


_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from photochrom.errors import InputError
from photochrom.picture import read_picture, write_picture
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
color = np.random.default_rng(0).integers(0, 256, (500, 500, 3), dtype=np.uint8)
for kind in ("jpeg", "png", "tiff", "webp"):
    target = Path(sys.argv[1]) / f"a.{kind}"
    try:
        write_picture(read_picture(color), iter([color]), target, kind=kind)
    except InputError as error:
        print(error)
"""


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk."""
    command = [sys.executable, "-c", _FULL_DISK, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    assert all("cannot be written" in line for line in lines)
    assert list(tmp_path.iterdir()) == []


def test_output_is_the_same_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    color = noise(30, 30, 3)
    picture: Picture = read_picture(color)
    now = replace(PROVENANCE, made_at=written_at())
    first, _ = encode_picture(picture, in_strips(color), kind="tiff", provenance=now)
    second, _ = encode_picture(picture, in_strips(color), kind="tiff", provenance=now)
    assert first == second
    assert b"1970-01-01T00:00:00Z" in first


def test_a_tiff_that_outgrows_four_gigabytes_becomes_a_bigtiff() -> None:
    """Planned only: writing one takes too long for a test."""
    huge = read_picture(np.broadcast_to(np.uint8(0), (1, 1)))
    small = plan_target(huge, "tiff", None)
    outgoing = prepare_outgoing(huge.metadata, "tiff", None)
    assert "bigtiff" not in saver_options(small, outgoing)
    assert saver_options(replace(small, size_bytes=4 * 10**9), outgoing)["bigtiff"] is True


def stored_exactly(kind: str, rgb: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    if kind == "webp":
        Image.fromarray(rgb).save(buffer, "webp", lossless=True, exact=True)
    elif kind == "avif":
        return bytes(array_to_image(rgb).heifsave_buffer(compression="av1", lossless=True))
    else:
        heif = pytest.importorskip("pillow_heif").from_pillow(Image.fromarray(rgb))
        heif.save(buffer, quality=-1, chroma=444, matrix_coefficients=0)
    return buffer.getvalue()


@pytest.mark.parametrize("bands", [3, 4])
@pytest.mark.parametrize("kind", ["webp", "avif", "heic"])
def test_a_lossless_file_stays_lossless(kind: str, bands: int) -> None:
    """The lightness of a lossless WebP was off by 5 of 255, and no note said so."""
    color = noise(24, 20, 3)
    picture = read_picture(stored_exactly(kind, noise(24, 20, bands)))
    data, notes = encode_picture(picture, in_strips(color))
    assert (read_picture(data).kind, notes) == (kind, ())
    if kind == "heic":
        again = np.asarray(pytest.importorskip("pillow_heif").open_heif(io.BytesIO(data)))
    else:
        again = pyvips.Image.new_from_buffer(data, "").numpy()
    assert np.array_equal(again[..., :3], color)


@pytest.mark.parametrize("kind", ["webp", "avif"])
def test_a_quality_asked_for_and_a_lossy_file_are_lossy(kind: str) -> None:
    exact, color = stored_exactly(kind, noise(24, 20, 3)), in_strips(noise(24, 20, 3))
    data, _ = encode_picture(read_picture(exact), color, quality=80)
    picture = read_picture(data)
    assert not picture.metadata.is_lossless
    again, _ = encode_picture(picture, in_strips(noise(24, 20, 3)))
    assert not read_picture(again).metadata.is_lossless


def test_the_frames_of_a_lossless_animation_are_seen() -> None:
    buffer = io.BytesIO()
    frames = [Image.fromarray(noise(9, 9, 3)), Image.fromarray(255 - noise(9, 9, 3))]
    frames[0].save(buffer, "webp", save_all=True, append_images=frames[1:], lossless=True)
    assert read_picture(buffer.getvalue()).metadata.is_lossless


def test_lzw_makes_no_deep_result_larger_than_its_pixels() -> None:
    """A scan of 23 MB came out with 69: three channels of noise are no strings for LZW."""
    color = noise(200, 150, 3, dtype=np.uint16)
    scan = array_to_image(color[..., 0]).tiffsave_buffer(compression="lzw")
    data, notes = encode_picture(read_picture(scan), in_strips(color))
    assert len(data) < 1.1 * color.nbytes
    assert dict(read_picture(data).metadata.layout)["compression"] == "deflate"
    assert np.array_equal(pyvips.Image.new_from_buffer(data, "").numpy(), color)
    assert len(notes) == 1
    shallow, notes = encode_picture(read_picture(scan), in_strips(color), kind="png")
    assert notes == ()
    assert read_picture(shallow).kind == "png"
