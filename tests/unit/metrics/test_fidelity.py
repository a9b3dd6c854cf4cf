import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from skimage.metrics import peak_signal_noise_ratio

from photochrom.metrics.fidelity import (
    lightness_error,
    percent_different,
    percent_different_deep_cnn,
    psnr,
)

PICTURES = arrays(np.uint8, (4, 5, 3))


def test_psnr_agrees_with_scikit_image() -> None:
    first, second = np.random.default_rng(5).integers(0, 256, (2, 30, 20, 3), dtype=np.uint8)
    expected = peak_signal_noise_ratio(first, second, data_range=255)
    assert psnr(second, first) == pytest.approx(expected, abs=1e-9)


@given(PICTURES)
def test_identical_pictures_get_the_cap(picture: np.ndarray) -> None:
    assert psnr(picture, picture) == 100
    assert percent_different(picture, picture) == 0


@given(PICTURES, PICTURES)
def test_symmetry_and_bounds(first: np.ndarray, second: np.ndarray) -> None:
    assert psnr(first, second) == psnr(second, first)
    assert 0 <= psnr(first, second) <= 100
    shares = [percent_different(first, second, t) for t in (0, 2, 8, 16)]
    assert shares == [percent_different(second, first, t) for t in (0, 2, 8, 16)]
    assert sorted(shares, reverse=True) == shares
    assert all(0 <= share <= 100 for share in shares)


def test_the_largest_channel_decides_and_codes_do_not_wrap() -> None:
    truth = np.zeros((1, 2, 3), np.uint8)
    shown = truth.copy()
    shown[0, 1] = 0, 0, 255
    assert percent_different(shown, truth, 16) == 50
    assert percent_different(truth, shown, 16) == 50


def test_lightness_error_ignores_color() -> None:
    truth = np.float32([[[50, 0, 0], [20, 5, 5]]])
    shown = np.float32([[[50, 90, 90], [23, 5, 5]]])
    assert lightness_error(shown, truth) == 1.5


def test_the_deep_cnn_variant_counts_color_not_error() -> None:
    gray = np.full((2, 2), 90, np.uint8)
    truth = np.full((2, 2, 3), (90, 80, 70), np.uint8)
    assert percent_different_deep_cnn(truth, gray) == 100
    assert percent_different_deep_cnn(np.repeat(gray[..., None], 3, axis=-1), gray) == 0


def test_nearly_identical_pictures_get_no_more_than_identical_ones() -> None:
    truth = np.zeros((400, 400, 3), np.uint8)
    shown = truth.copy()
    shown[0, 0, 0] = 1
    assert psnr(shown, truth) == 100
