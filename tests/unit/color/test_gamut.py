import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color.gamut import GamutFit, fit_to_srgb
from photochrom.color.lab import lab_to_srgb, srgb_to_lab


def _random_lab(count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    low, high = [0.5, -110, -110], [99.5, 110, 110]
    return rng.uniform(low, high, (count, 3)).astype(np.float32)


def _fit(lab: np.ndarray) -> np.ndarray:
    return fit_to_srgb(lab[None, :, 0], lab.T[1:, None])[0]


def test_colors_inside_stay_as_they_are() -> None:
    srgb = np.random.default_rng(1).uniform(0.01, 0.99, (2000, 3))
    fitted = _fit(srgb_to_lab(srgb).astype(np.float32))
    assert np.abs(fitted - srgb).max() < 1e-4


def test_lightness_and_hue_stay_where_chroma_is_reduced() -> None:
    lab = _random_lab(20_000)
    fitted = srgb_to_lab(_fit(lab).astype(np.float64))
    assert np.abs(fitted[:, 0] - lab[:, 0]).max() < 0.01
    cross = fitted[:, 1] * lab[:, 2] - fitted[:, 2] * lab[:, 1]
    assert np.abs(cross / np.hypot(lab[:, 1], lab[:, 2])).max() < 0.05


def test_as_much_chroma_is_kept_as_fits() -> None:
    lab = _random_lab(5_000)
    fitted = srgb_to_lab(_fit(lab).astype(np.float64))
    share = np.hypot(fitted[:, 1], fitted[:, 2]) / np.hypot(lab[:, 1], lab[:, 2])
    slightly_more = lab.astype(np.float64).copy()
    slightly_more[:, 1:] *= np.minimum(1, share + 0.006)[:, None]
    reduced = share < 0.99
    srgb = lab_to_srgb(slightly_more[reduced])
    assert reduced.sum() > 1000
    assert ((srgb.min(axis=1) < 0) | (srgb.max(axis=1) > 1)).all()


@given(st.floats(0, 100), st.floats(-200, 200), st.floats(-200, 200))
def test_result_is_always_displayable(lightness: float, a: float, b: float) -> None:
    fitted = _fit(np.array([[lightness, a, b]], np.float32))
    assert fitted.min() >= 0
    assert fitted.max() <= 1


@pytest.mark.parametrize("lightness", [0.0, 0.1, 8.0, 50.0, 99.9, 100.0])
def test_gray_has_equal_channels(lightness: float) -> None:
    fitted = _fit(np.array([[lightness, 0, 0]], np.float32))
    assert len(np.unique(fitted)) == 1


def test_pieces_of_any_size_give_the_same() -> None:
    lab = _random_lab(40_000)
    whole = _fit(lab)
    fit = GamutFit(7)
    curve = (lab[:, 0] + 16) / 116
    luminance = np.where(curve > 6 / 29, curve**3, 3 * (6 / 29) ** 2 * (curve - 4 / 29))
    for start in (0, 7, 39_990):
        part = slice(start, start + 7)
        linear = fit.fit(curve[part], luminance[part].astype(np.float32), lab[part, 1:].T.copy())
        again = srgb_to_lab(whole[part].astype(np.float64))[:, 0]
        assert np.abs(again - lab[part, 0]).max() < 0.01
        assert linear.shape == (3, 7)
