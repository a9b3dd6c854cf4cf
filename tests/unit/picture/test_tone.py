import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from photochrom.color.lab import lab_to_srgb, srgb_to_lab
from photochrom.picture import read_picture


def scene() -> NDArray[np.float64]:
    """A gray scene in Lab: a gradient, a few shapes, some grain."""
    rows, columns = np.mgrid[:300, :400] / 400
    lightness = 15 + 70 * rows + 10 * np.sin(20 * columns)
    lightness[100:200, 80:180] = 80
    lightness[150:280, 250:330] = 30
    lightness += np.random.default_rng(0).normal(0, 3, lightness.shape)
    lab = np.zeros((300, 400, 3))
    lab[..., 0] = np.clip(lightness, 0, 100)
    return lab


def tone_of(lab: NDArray[np.float64], quality: int = 75) -> str:
    codes = (np.clip(lab_to_srgb(lab), 0, 1) * 255 + 0.5).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(codes).save(buffer, "jpeg", quality=quality)
    return read_picture(buffer.getvalue()).tone.kind


def test_gray_stored_as_color_is_gray() -> None:
    assert tone_of(scene()) == "gray"


@pytest.mark.parametrize("quality", [50, 75, 95])
@pytest.mark.parametrize("tint", [(6, 20), (-6, -30), (8, -8)])
def test_a_toned_print_is_toned(tint: tuple[float, float], quality: int) -> None:
    lab = scene()
    strength = lab[..., :1] / 100
    lab[..., 1:] = np.array(tint) * (0.4 + 2.4 * strength * (1 - strength))
    assert tone_of(lab, quality) == "toned"


def test_split_toning_is_toned() -> None:
    lab = scene()
    share = lab[..., :1] / 100
    lab[..., 1:] = share * np.array([4, 18]) + (1 - share) * np.array([2, -14])
    assert tone_of(lab) == "toned"


@pytest.mark.parametrize("base", [(0, 0), (6, 16)])
def test_painted_cheeks_are_color(base: tuple[float, float]) -> None:
    lab = scene()
    lab[..., 1:] = base
    lab[110:150, 100:150, 1] += 20
    assert tone_of(lab) == "color"


def test_a_dull_winter_photograph_is_color() -> None:
    lab = scene()
    lab[:150, :, 2] = -7
    lab[150:280, 250:330, 1] = 9
    lab[150:280, 250:330, 2] = 8
    assert tone_of(lab) == "color"


def test_the_tint_is_measured_and_described() -> None:
    lab = scene()
    lab[..., 1:] = (6, 16)
    codes = (np.clip(lab_to_srgb(lab), 0, 1) * 255 + 0.5).astype(np.uint8)
    tone = read_picture(codes).tone
    expected = srgb_to_lab(codes / 255.0)[..., 1:].mean(axis=(0, 1))
    assert np.abs(np.array(tone.tint) - expected).max() < 0.5
    assert tone.describe().startswith("toned, brown")


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (2000, 3)])
def test_tiny_and_long_pictures_have_a_tone(size: tuple[int, int]) -> None:
    assert read_picture(np.full((*size, 3), 80, np.uint8)).tone.kind == "gray"
