import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from photochrom.engine.resample import bicubic_taps, resample

sizes = st.integers(1, 40)


@given(sizes, sizes)
def test_weights_sum_to_one_and_constants_stay(size: int, more: int) -> None:
    taps = bicubic_taps(size, size + more)
    assert np.allclose(taps.weights.sum(axis=1), 1, atol=1e-6)
    assert taps.cells.min() >= 0
    assert taps.cells.max() < size


@given(sizes)
def test_equal_size_is_identity(size: int) -> None:
    matrix, first, last = bicubic_taps(size, size).matrix(0, size)
    assert (first, last) == (0, size)
    assert np.array_equal(matrix, np.eye(size))


def test_matrix_and_taps_agree() -> None:
    values = np.random.default_rng(0).standard_normal((1, 9, 1)).astype(np.float32)
    matrix, first, last = bicubic_taps(9, 31).matrix(10, 20)
    assert np.allclose(matrix @ values[0, first:last], resample(values, 31, 1)[0, 10:20], atol=1e-6)


def test_a_ramp_stays_a_ramp_without_shift() -> None:
    ramp = (np.arange(16, dtype=np.float32) + 0.5)[None, None].repeat(4, axis=1)
    fine = resample(ramp, 8, 160)[0, 0] * 10
    inner = slice(20, 140)
    assert np.abs(fine[inner] - (np.arange(160) + 0.5)[inner]).max() < 1e-3


def test_chroma_has_no_blocks_as_from_nearest_neighbors() -> None:
    """DDColor and others enlarge chroma by nearest neighbor; large photographs show blocks."""
    edge = np.zeros((1, 4, 8), np.float32)
    edge[..., 4:] = 100
    steps = np.abs(np.diff(resample(edge, 4, 800)[0, 0]))
    assert steps.max() < 2
