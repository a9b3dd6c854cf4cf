"""Each metric by hand on a picture small enough to do so; a wrong constant anywhere fails."""

import numpy as np
import pytest

from photochrom.color.lab import srgb_to_lab
from photochrom.evaluation.tally import RATIOS, Truth, measure
from photochrom.metrics.rarity import load_prior, nearest_bins

TRUTH = np.uint8([[[200, 40, 40], [90, 90, 90]]])
SHOWN = np.uint8([[[180, 60, 40], [90, 90, 93]]])


@pytest.fixture(scope="module")
def measured() -> dict[str, float]:
    numerators, denominators = measure(SHOWN, Truth(TRUTH))
    return dict(zip(RATIOS, numerators / denominators, strict=True))


def lab_of(picture: np.ndarray) -> np.ndarray:
    return srgb_to_lab((picture / 255).astype(np.float32)).astype(np.float64)


def errors() -> np.ndarray:
    return np.linalg.norm((lab_of(SHOWN) - lab_of(TRUTH))[..., 1:], axis=-1)


def test_auc(measured: dict[str, float]) -> None:
    assert measured["auc"] == pytest.approx(100 * (1 - errors().mean() / 150), abs=1e-4)


@pytest.mark.parametrize(("name", "floor"), [("auc_rebalanced", 1e-4), ("auc_rebalanced_cic", 0)])
def test_rebalanced_auc(measured: dict[str, float], name: str, floor: float) -> None:
    shares = load_prior().shares[nearest_bins(lab_of(TRUTH).astype(np.float32))]
    weights = 1 / np.maximum(shares, floor)
    expected = 100 * (1 - (weights * errors()).sum() / weights.sum() / 150)
    assert measured[name] == pytest.approx(expected, abs=1e-3)


def test_psnr(measured: dict[str, float]) -> None:
    mean_square = (20**2 + 20**2 + 3**2) / 6
    assert measured["psnr"] == pytest.approx(20 * np.log10(255 / np.sqrt(mean_square)), abs=1e-9)


def test_colorfulness_both_ways(measured: dict[str, float]) -> None:
    for name, wrap in (("colorfulness", np.abs), ("colorfulness_signed", lambda x: x)):
        red_green, yellow_blue = wrap(np.array([120.0, 0.0])), wrap(np.array([80.0, -3.0]))
        spread = np.sqrt(red_green.var() + yellow_blue.var())
        mean = np.sqrt(red_green.mean() ** 2 + yellow_blue.mean() ** 2)
        assert measured[name] == pytest.approx(spread + 0.3 * mean)


def test_difference_of_colorfulness(measured: dict[str, float]) -> None:
    expected = abs(measured["colorfulness"] - measured["colorfulness_truth"])
    assert measured["mean_colorfulness_difference"] == pytest.approx(expected)


def test_shares_of_pixels(measured: dict[str, float]) -> None:
    shares = [measured[f"percent_different_{threshold}"] for threshold in (0, 2, 8, 16)]
    assert shares == [100, 100, 50, 50]
    assert measured["percent_different_deep_cnn"] == 100
    assert measured["percent_noticeable"] in (50, 100)


def test_lightness_error(measured: dict[str, float]) -> None:
    expected = np.abs(lab_of(SHOWN) - lab_of(TRUTH))[..., 0].mean()
    assert measured["lightness_error"] == pytest.approx(expected, abs=1e-5)
