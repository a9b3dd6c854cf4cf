import statistics

import numpy as np
import pytest
from scipy.linalg import sqrtm

from photochrom.metrics import frechet
from photochrom.metrics.frechet import FEWEST, frechet_distance, kernel_distance, unbiased_mmd


@pytest.fixture
def clouds() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    first = generator.normal(size=(200, 5)) @ generator.normal(size=(5, 5))
    return first, generator.normal(size=(150, 5)) @ generator.normal(size=(5, 5)) + 1


def test_fid_agrees_with_the_matrix_square_root(clouds: tuple[np.ndarray, np.ndarray]) -> None:
    first, second = clouds
    c1, c2 = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    shift = first.mean(axis=0) - second.mean(axis=0)
    expected = shift @ shift + np.trace(c1 + c2 - 2 * sqrtm(c1 @ c2).real)
    assert frechet_distance(first, second) == pytest.approx(expected)
    assert frechet_distance(second, first) == pytest.approx(expected)


def test_fid_of_a_set_with_itself_is_0(clouds: tuple[np.ndarray, np.ndarray]) -> None:
    assert frechet_distance(clouds[0], clouds[0]) == pytest.approx(0, abs=1e-9)


def test_mmd_by_hand(clouds: tuple[np.ndarray, np.ndarray]) -> None:
    first, second = clouds[0][:6], clouds[1][:4]

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float((x @ y / 5 + 1) ** 3)

    one = [kernel(x, y) for i, x in enumerate(first) for j, y in enumerate(first) if i != j]
    two = [kernel(x, y) for i, x in enumerate(second) for j, y in enumerate(second) if i != j]
    across = [kernel(x, y) for x in first for y in second]
    expected = np.mean(one) + np.mean(two) - 2 * np.mean(across)
    assert unbiased_mmd(first, second) == pytest.approx(expected)


def test_kid_is_about_0_for_halves_of_one_set_and_a_thousandfold() -> None:
    cloud = np.random.default_rng(1).normal(size=(400, 3))
    halves = kernel_distance(cloud[:200], cloud[200:])
    assert abs(halves.value) < 3 * halves.spread
    shifted = kernel_distance(cloud[:200], cloud[200:] + 2)
    assert shifted.value > 10 * halves.spread
    subset = unbiased_mmd(cloud[:200], cloud[200:] + 2)
    assert shifted.value == pytest.approx(1000 * subset, rel=0.1)


def test_kid_is_the_same_twice() -> None:
    cloud = np.random.default_rng(1).normal(size=(60, 3))
    assert kernel_distance(cloud, cloud + 1) == kernel_distance(cloud, cloud + 1)


@pytest.mark.parametrize(
    ("n", "m", "size"), [(2100, 2050, 1000), (1990, 2100, 995), (2100, 1990, 995), (8, 9, 4)]
)
def test_kid_takes_100_subsets_of_1000_or_of_half(
    monkeypatch: pytest.MonkeyPatch, n: int, m: int, size: int
) -> None:
    seen: list[tuple[int, int]] = []

    def seen_squared(first: np.ndarray, second: np.ndarray) -> float:
        assert len(np.unique(first)) == len(first)  # no picture twice in a subset
        assert len(np.unique(second)) == len(second)
        seen.append((len(first), len(second)))
        return float(len(seen) ** 2)

    monkeypatch.setattr(frechet, "unbiased_mmd", seen_squared)
    distance = kernel_distance(np.arange(n)[:, None], np.arange(m)[:, None])
    assert seen == [(size, size)] * 100
    assert distance.value == pytest.approx(1000 * 101 * 201 / 6)  # of 1, 4, 9 ... 10000
    squares = [number**2 for number in range(1, 101)]
    assert distance.spread == pytest.approx(1000 * statistics.pstdev(squares))


def test_fid_needs_as_many_pictures_as_there_are_features() -> None:
    assert FEWEST == 2048


def test_fid_of_two_numbers_by_hand() -> None:
    """Means 1 and 10; variances 2 and 8 with n - 1: 81 + 2 + 8 - 2 * 4."""
    first, second = np.array([[0.0], [2.0]]), np.array([[8.0], [12.0]])
    assert frechet_distance(first, second) == pytest.approx(83)
