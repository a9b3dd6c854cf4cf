import numpy as np
import pytest
from skimage.color import lab2rgb, rgb2lab

from photochrom.metrics import equal
from photochrom.metrics.colorfulness import colorfulness
from photochrom.metrics.equal import EQUAL_SHARE, Sample, mean_colorfulness, scale_to, shown

PALE = np.uint8([[[110, 128, 150], [140, 131, 120], [100, 120, 101], [131, 125, 133]]])
STRONG = np.uint8([[[150, 90, 60], [70, 120, 110], [128, 128, 160], [99, 40, 60]]])
GRAY = np.full((1, 4, 3), 128, np.uint8)


def sample(picture: np.ndarray) -> Sample:
    lab = rgb2lab(picture[0] / 255).astype(np.float32)
    return lab[:, 0], lab[:, 1:]


SAMPLES = [sample(picture) for picture in (PALE, STRONG, GRAY)]


def test_unscaled_it_is_the_mean_of_the_pictures_own() -> None:
    expected = (colorfulness(PALE) + colorfulness(STRONG) + 0) / 3
    assert mean_colorfulness(SAMPLES) == pytest.approx(expected, abs=1e-9)


@pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB")  # colors beyond XYZ, on purpose
@pytest.mark.parametrize("scale", [1.5, 4.0])  # the larger one meets both ends of the codes
def test_scaling_multiplies_chroma_before_it_is_rounded_to_codes(scale: float) -> None:
    light, colors = SAMPLES[1]
    lab = np.concatenate([light[:, None], scale * colors], axis=1)
    codes = np.clip(np.rint(255 * lab2rgb(lab)), 0, 255).astype(np.uint8)
    assert mean_colorfulness([SAMPLES[1]], scale) == pytest.approx(colorfulness(codes[None]))


def test_colors_beyond_srgb_are_clipped_and_do_not_wrap() -> None:
    white = np.full(2, 100, np.float32), np.float32([[0, 0], [0, 90]])
    # (255, 255, 255) and (255, 25x, 0..): far more yellow than gray, never a dark code
    assert 60 < mean_colorfulness([white]) < 150


@pytest.mark.parametrize("factor", [0.3, 1.9])
def test_the_scale_found_brings_the_wanted_mean(factor: float) -> None:
    wanted = factor * mean_colorfulness(SAMPLES)
    scale = scale_to(wanted, SAMPLES)
    assert mean_colorfulness(SAMPLES, scale) == pytest.approx(wanted, abs=0.25)


def test_the_scale_is_found_to_a_thousandth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equal, "mean_colorfulness", lambda _samples, scale: 10 * scale)
    for scale in (0.0, 1 / 3, 1.0, 2.718, 7.5, 8.0):
        assert scale_to(10 * scale, SAMPLES) == pytest.approx(scale, abs=0.001)


def test_colors_too_pale_get_eight() -> None:
    assert scale_to(1000.0, SAMPLES) == pytest.approx(8, abs=0.001)


def test_what_srgb_can_show_stays() -> None:
    light, colors = SAMPLES[1]
    fitted = shown(light[None], colors.T[:, None])
    np.testing.assert_allclose(fitted[:, 0], colors.T, atol=0.05)


def test_what_srgb_cannot_show_is_paler_of_the_same_hue() -> None:
    fitted = shown(np.float32([[90]]), np.float32([[[80]], [[60]]]))[:, 0, 0]
    assert np.hypot(*fitted) < 50
    assert fitted[1] / fitted[0] == pytest.approx(60 / 80, abs=0.02)


def test_published_tables_are_made_at_seven_tenths() -> None:
    """Every table at equal colorfulness hangs on it: changing it changes them all."""
    assert EQUAL_SHARE == 0.7
