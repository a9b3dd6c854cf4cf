"""The luminance guarantee: turning the result back to gray gives the original.

Gray is sRGB-encoded CIE Y. Lossless, 8 bit: at most 0.6 code unrounded, 1 rounded, 0.25 on average;
16 bit: at most 8 codes. Lossy: at most 0.35 code on average above what the gray original costs.
"""

import io
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.tiny import tiny_model as write_tiny_model

from photochrom.color.lab import lightness_to_gray, srgb_to_gray, srgb_to_lab
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.merge import StripMerger, merge_strips
from photochrom.engine.options import Options
from photochrom.picture import read_picture, write_picture

LOSSLESS = ("png", "tiff")
LOSSY = ("jpeg", "webp", "avif")


def _gray_codes(colored: np.ndarray) -> np.ndarray:
    full = np.iinfo(colored.dtype).max
    return srgb_to_gray(colored / full) * full


def _merge(codes: np.ndarray, chroma: np.ndarray, bits: int) -> np.ndarray:
    merger = StripMerger(chroma.astype(np.float32), *codes.shape, bits=bits)
    return np.concatenate(list(merge_strips([codes], merger)))


def _photograph(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth shapes, grain, and both ends of the scale: 8-bit codes."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    shapes = sum(
        np.sin(rng.uniform(0.02, 0.2) * rows + rng.uniform(0.02, 0.2) * columns + phase)
        for phase in rng.uniform(0, 6, 4)
    )
    codes = 127 + 55 * shapes + rng.normal(0, 3, (height, width))
    return np.clip(np.rint(codes), 0, 255).astype(np.uint8)


@cache
def _model(folder: Path, seed: int, strength: float) -> Path:
    return write_tiny_model(folder / f"{seed}-{strength}.onnx", seed=seed, strength=strength)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@settings(max_examples=150)
@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    strength=st.sampled_from([0.0, 3.0, 30.0, 120.0, 1000.0]),
)
def test_merge_keeps_8_bit_grays(seed: int, height: int, width: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    gray = rng.integers(0, 256, (height, width))
    cells = (2, rng.integers(1, height + 1), rng.integers(1, width + 1))
    chroma = rng.uniform(-strength, strength, cells)
    back = _gray_codes(_merge((gray * 257).astype(np.uint16), chroma, bits=8))
    assert np.abs(back - gray).max() <= 0.6
    assert np.abs(np.rint(back) - gray).max() <= 1


@settings(max_examples=150)
@given(
    seed=st.integers(0, 2**32 - 1),
    darkness=st.sampled_from([300, 5000, 65536]),
    strength=st.sampled_from([0.0, 3.0, 30.0, 120.0, 1000.0]),
)
def test_merge_keeps_16_bit_grays(seed: int, darkness: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, darkness, (24, 31)).astype(np.uint16)
    codes = codes if rng.random() < 0.5 else 65535 - codes
    chroma = rng.uniform(-strength, strength, (2, 6, 7))
    assert np.abs(_gray_codes(_merge(codes, chroma, bits=16)) - codes).max() <= 8


@pytest.mark.parametrize("code", range(0, 256, 5))
def test_no_color_of_any_gray_breaks_the_guarantee(code: int) -> None:
    """A plane of all a*, b* from -128 to 127 at one gray."""
    axis = np.arange(-128, 128, dtype=np.float32)
    chroma = np.stack(np.meshgrid(axis, axis))
    gray = np.full((256, 256), code * 257, np.uint16)
    error = np.abs(_gray_codes(_merge(gray, chroma, bits=8)) - code)
    assert error.max() <= 0.6
    assert error.mean() <= 0.25
    assert np.abs(_gray_codes(_merge(gray, chroma, bits=16)) - gray).max() <= 8


@settings(max_examples=25)
@given(
    model=st.tuples(st.integers(0, 5), st.sampled_from([20.0, 60.0, 200.0])),
    saturation=st.sampled_from([0.0, 1.0, 2.0]),
    shape=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    bits=st.sampled_from([8, 16]),
)
def test_colorizer_keeps_grays(
    folder: Path, model: tuple[int, float], saturation: float, shape: tuple[int, int], bits: int
) -> None:
    options = Options(saturation=saturation)
    colorizer = Colorizer(_model(folder, *model), options=options, threads=1)
    gray = _photograph(*shape, seed=model[0])
    original = gray if bits == 8 else gray.astype(np.uint16) * 257
    back = _gray_codes(colorizer.colorize_array(original))
    error = np.abs(back - original)
    assert error.max() <= (0.6 if bits == 8 else 8)
    assert saturation or error.max() < 1e-6


def _decode(data: bytes, bits: int) -> np.ndarray:
    """Decode with a library of its own where it can: Pillow has no 16-bit RGB."""
    if bits == 8:
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(image.convert("RGB"))
    import pyvips  # noqa: PLC0415  # the other tests need it not

    return np.asarray(pyvips.Image.new_from_buffer(data, "").numpy())


@pytest.mark.parametrize("kind", LOSSLESS)
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("strength", [30.0, 150.0])
def test_lossless_files_keep_grays(
    folder: Path, tmp_path: Path, kind: str, bits: int, strength: float
) -> None:
    gray = _photograph(120, 170)
    original = gray if bits == 8 else gray.astype(np.uint16) * 257
    target = tmp_path / f"result.{kind}"
    picture = read_picture(original)
    colorizer = Colorizer(_model(folder, 1, strength), threads=1)
    write_picture(picture, colorizer.colorize_picture(picture), target, kind=kind)
    error = np.abs(_gray_codes(_decode(target.read_bytes(), bits)) - original)
    assert error.max() <= (0.6 if bits == 8 else 8)
    if bits == 8:
        assert error.mean() <= 0.25


@pytest.mark.parametrize("kind", LOSSY)
@pytest.mark.parametrize("quality", [None, 60])
@pytest.mark.parametrize(
    ("strength", "shape"), [(15.0, (160, 240)), (30.0, (160, 240)), (60.0, (400, 600))]
)
def test_lossy_files_cost_little_more_than_the_gray_original(
    tmp_path: Path, kind: str, quality: int | None, strength: float, shape: tuple[int, int]
) -> None:
    """Color that changes by its full range from pixel to pixel costs more: codecs have no room."""
    gray = _photograph(*shape)
    model = write_tiny_model(tmp_path / "model.onnx", seed=2, strength=strength)
    picture = read_picture(gray)

    def mean_error(saturation: float, name: str) -> float:
        options = Options(saturation=saturation)
        colorizer = Colorizer(model, options=options, threads=1)
        target = tmp_path / f"{name}.{kind}"
        strips = colorizer.colorize_picture(picture)
        write_picture(picture, strips, target, kind=kind, quality=quality)
        return float(np.abs(_gray_codes(_decode(target.read_bytes(), 8)) - gray).mean())

    assert mean_error(1.0, "color") - mean_error(0.0, "gray") <= 0.35


def test_luminance_means_cie_y_not_rec_601_luma() -> None:
    red = np.zeros((1, 1, 3))
    red[..., 0] = 1
    assert _gray_codes((red * 255).astype(np.uint8))[0, 0] == pytest.approx(127.1, abs=0.1)
    lightness = srgb_to_lab(red)[..., 0]
    assert srgb_to_gray(red) == pytest.approx(lightness_to_gray(lightness))
