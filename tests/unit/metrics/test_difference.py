from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.color import deltaE_ciede2000

from photochrom.metrics.difference import delta_e_2000

PAIRS = np.loadtxt(Path(__file__).with_name("sharma.txt"))
LAB = st.tuples(st.floats(0, 100), st.floats(-110, 110), st.floats(-110, 110)).map(np.array)


def test_the_34_published_pairs_in_both_orders() -> None:
    assert len(PAIRS) == 34
    first, second, expected = PAIRS[:, :3], PAIRS[:, 3:6], PAIRS[:, 6]
    np.testing.assert_allclose(delta_e_2000(first, second), expected, atol=5.1e-5)
    np.testing.assert_allclose(delta_e_2000(second, first), expected, atol=5.1e-5)


def test_agrees_with_scikit_image() -> None:
    generator = np.random.default_rng(3)
    first, second = generator.uniform([0, -110, -110], [100, 110, 110], (2, 5000, 3))
    ours, theirs = delta_e_2000(first, second), deltaE_ciede2000(first, second)
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_of_two_colors_it_is_a_number() -> None:
    assert isinstance(delta_e_2000(PAIRS[0, :3], PAIRS[0, 3:6]), float)


@given(LAB)
def test_identity(lab: np.ndarray) -> None:
    assert delta_e_2000(lab, lab) == 0


@given(arrays(np.float32, 3, elements=st.floats(0, 100, width=32)))
def test_single_precision_is_close(lab: np.ndarray) -> None:
    other = lab[::-1].copy()
    exact = delta_e_2000(lab.astype(np.float64), other.astype(np.float64))
    assert abs(delta_e_2000(lab, other) - exact) < 0.01
