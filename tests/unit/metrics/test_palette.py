import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from photochrom.metrics.palette import sliced_wasserstein

ANGLES = np.radians([direction * 180 / 32 for direction in range(32)])


def projected(cloud: np.ndarray) -> list[np.ndarray]:
    return [cloud[:, 0] * np.cos(angle) + cloud[:, 1] * np.sin(angle) for angle in ANGLES]


def test_agrees_with_scipy_on_each_of_32_directions() -> None:
    generator = np.random.default_rng(5)
    first = generator.normal(size=(512, 2)) * [30, 4]
    second = generator.exponential(20, size=(512, 2))
    pairs = zip(projected(first), projected(second), strict=True)
    expected = np.mean([wasserstein_distance(*pair) for pair in pairs])
    assert sliced_wasserstein(first, second) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("n", "m"), [(1, 3), (7, 700), (513, 40)])
def test_sets_of_any_size_are_compared_at_512_quantiles(n: int, m: int) -> None:
    generator = np.random.default_rng(n)
    first, second = generator.normal(size=(n, 2)) * 9, generator.normal(size=(m, 2)) + 3
    places = np.linspace(1 / 1024, 1 - 1 / 1024, 512)
    distances = [
        np.abs(np.quantile(a, places, method="hazen") - np.quantile(b, places, method="hazen"))
        for a, b in zip(projected(first), projected(second), strict=True)
    ]
    assert sliced_wasserstein(first, second) == pytest.approx(np.mean(distances), rel=1e-9)


def test_an_identical_palette_is_0_in_any_order() -> None:
    cloud = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    assert sliced_wasserstein(cloud, cloud[::-1]) == 0
