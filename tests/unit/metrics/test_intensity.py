import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from photochrom.metrics.intensity import explained_by_lightness, level_sums, mean_chroma

LAB = arrays(np.float32, (20, 3), elements=st.floats(0, 100, width=16))


def by_hand(lab: np.ndarray) -> float:
    """Fit the lookup itself and compute its R²."""
    levels = np.clip(lab[:, 0] * 0.64, 0, 63).astype(int)
    chroma = lab[:, 1:].astype(np.float64)
    fitted = np.array([chroma[levels == level].mean(axis=0) for level in levels])
    left, spread = ((chroma - fitted) ** 2).sum(), ((chroma - chroma.mean(axis=0)) ** 2).sum()
    return float(100 * (1 - left / spread))


def test_is_the_r_squared_of_the_best_lookup() -> None:
    lab = np.random.default_rng(3).uniform(0, 40, (500, 3)).astype(np.float32)
    lab[:, 1] += lab[:, 0]
    assert explained_by_lightness(level_sums(lab)) == pytest.approx(by_hand(lab), abs=1e-6)


def test_a_lookup_is_explained_wholly_and_objects_are_not() -> None:
    lightness = np.tile(np.linspace(1, 99, 50), 40)
    by_intensity = np.stack([lightness, lightness // 10, -lightness // 20], axis=-1)
    by_intensity[:, 1:] = np.round(lightness * 0.64 - 0.5)[:, None] * [1, -0.5]
    assert explained_by_lightness(level_sums(by_intensity.astype(np.float32))) > 99
    objects = np.stack([lightness, np.repeat([30, -30], 1000), np.zeros(2000)], axis=-1)
    assert explained_by_lightness(level_sums(objects.astype(np.float32))) < 1e-6


@given(LAB)
def test_bounds(lab: np.ndarray) -> None:
    share = explained_by_lightness(level_sums(lab))
    assert np.isnan(share) or -1e-6 <= share <= 100 + 1e-6


@given(LAB)
def test_sums_of_pictures_add_up(lab: np.ndarray) -> None:
    halves = level_sums(lab[:7]) + level_sums(lab[7:])
    np.testing.assert_allclose(halves, level_sums(lab), atol=1e-6)
    np.testing.assert_allclose(mean_chroma(halves), lab[:, 1:].mean(axis=0), rtol=1e-4, atol=1e-4)


def test_one_color_everywhere_has_no_answer() -> None:
    lab = np.float32([[10, 5, 5], [90, 5, 5]])
    assert np.isnan(explained_by_lightness(level_sums(lab)))


def test_each_of_64_levels_is_a_hundredth_of_64_wide() -> None:
    edges = np.arange(64) * 100 / 64
    lightness = np.concatenate([edges + 0.01, edges + 1.55])
    sums = level_sums(np.stack([lightness, lightness, lightness], axis=-1).astype(np.float32))
    assert sums[:, 0].tolist() == [2] * 64


@pytest.mark.parametrize(("spread", "is_flat"), [(9.9e-4, True), (1.01e-3, False)])
def test_less_than_a_thousandth_of_variance_is_one_color(spread: float, is_flat: bool) -> None:
    deviation = np.sqrt(spread)
    sums = np.zeros((64, 4))
    sums[10] = 500, 500 * deviation, 0, 500 * spread
    sums[50] = 500, -500 * deviation, 0, 500 * spread
    assert np.isnan(explained_by_lightness(sums)) == is_flat
