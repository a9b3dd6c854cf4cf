import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from photochrom.metrics.colorfulness import colorfulness, colorfulness_signed

PICTURES = arrays(np.uint8, (4, 5, 3))


def test_published_example_of_half_red_half_green() -> None:
    halves = np.zeros((2, 2, 3), np.uint8)
    halves[0, :, 0] = halves[1, :, 1] = 255
    assert colorfulness_signed(halves) == pytest.approx(293, abs=0.5)
    assert colorfulness(halves) == pytest.approx(86, abs=0.6)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_flat_colors_score_the_same_either_way(code: tuple[int, int, int]) -> None:
    flat = np.full((3, 3, 3), code, np.uint8)
    assert colorfulness(flat) == pytest.approx(colorfulness_signed(flat), abs=1e-9)


@given(arrays(np.uint8, (4, 5)))
def test_gray_has_none(gray: np.ndarray) -> None:
    picture = np.repeat(gray[..., None], 3, axis=-1)
    assert colorfulness(picture) == colorfulness_signed(picture) == 0


@given(PICTURES)
def test_bounds(picture: np.ndarray) -> None:
    assert 0 <= colorfulness(picture) <= 270
    assert colorfulness(picture) <= colorfulness_signed(picture) + 0.3 * 285 + 1e-6


def test_skewed_colors_by_hand() -> None:
    """Red-green is 90, 0, 0: mean 30, variance 1800; yellow-blue 0, 30, 0: mean 10, 200."""
    picture = np.uint8([[[90, 0, 45], [50, 50, 20], [0, 0, 0]]])
    expected = np.sqrt(2000) + 0.3 * np.sqrt(1000)
    assert colorfulness(picture) == pytest.approx(expected, abs=1e-9)
    assert colorfulness_signed(picture) == pytest.approx(expected, abs=1e-9)
