import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from photochrom.color.lab import lab_to_srgb, srgb_to_lab
from photochrom.picture import Tone, read_picture


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


def test_the_tint_is_measured() -> None:
    lab = scene()
    lab[..., 1:] = (6, 16)
    codes = (np.clip(lab_to_srgb(lab), 0, 1) * 255 + 0.5).astype(np.uint8)
    tone = read_picture(codes).tone
    expected = srgb_to_lab(codes / 255.0)[..., 1:].mean(axis=(0, 1))
    assert np.abs(np.array(tone.tint) - expected).max() < 0.5


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (2000, 3)])
def test_tiny_and_long_pictures_have_a_tone(size: tuple[int, int]) -> None:
    assert read_picture(np.full((*size, 3), 80, np.uint8)).tone.kind == "gray"


def test_mirrored_silver_is_no_color() -> None:
    lab = scene()
    rows, columns = np.mgrid[:300, :400]
    inward = np.clip((np.hypot(rows - 150, columns - 200) - 140) / 60, 0, 1)
    sheen = inward * (lab[..., 0] < 45)
    lab[..., 1], lab[..., 2] = 1 - sheen, 5 - 15 * sheen
    assert tone_of(lab) in {"gray", "toned"}


@pytest.mark.parametrize("ink", [(30, 10, -40), (35, 55, 35), (70, 40, 60)])
@pytest.mark.parametrize("place", [(280, 40, 160), (270, 300, 80), (20, 20, 90)])
def test_a_line_of_ink_or_a_date_is_no_color(
    ink: tuple[int, int, int], place: tuple[int, int, int]
) -> None:
    lab = scene()
    top, left, length = place
    letters = np.random.default_rng(3).random((10, length)) < 0.5
    lab[top : top + 10, left : left + length][letters] = ink
    assert tone_of(lab) == "gray"


def test_a_gray_print_on_a_colored_card_is_gray() -> None:
    lab = scene()
    lab[:40] = lab[-30:] = lab[:, :50] = lab[:, -60:] = (40, -20, 12)
    assert tone_of(lab) == "gray"


def test_foxing_is_no_color() -> None:
    lab = scene()
    rows, columns = np.mgrid[:300, :400]
    for y, x, radius in np.random.default_rng(5).uniform((0, 0, 2), (300, 400, 6), (25, 3)):
        spot = np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * radius**2))
        lab += spot[..., None] * np.array((-8, 5, 16))
    assert tone_of(lab) != "color"


def test_how_sure_it_is_stands_beside_the_kind() -> None:
    lab = scene()
    lab[..., 1:] = (
        np.random.default_rng(0).uniform(-25, 25, (3, 4, 2)).repeat(100, 0).repeat(100, 1)
    )
    codes = (np.clip(lab_to_srgb(lab), 0, 1) * 255 + 0.5).astype(np.uint8)
    tone = read_picture(codes).tone
    assert tone.kind == "color"
    assert tone.in_color > 0.95
    assert "% of it, 99 % sure" in tone.why


def test_between_the_limits_it_is_named_and_colored() -> None:
    assert [bool(Tone("toned", in_color=chance).doubt) for chance in (0.2, 0.3, 0.69, 0.7)] == [
        False,
        True,
        True,
        False,
    ]
