from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from photochrom.color.bins import annealed_mean, cic_bins
from photochrom.engine.variants import MAX_VARIANTS, Scene, vary_chroma

F32 = NDArray[np.float32]

HEIGHT, WIDTH, CELL = 12, 16, 8
LEFT = ((50.0, 10.0), (-10.0, 0.0))  # the two colors that the left half may have
RIGHT = ((0.0, -40.0), (10.0, 40.0))


def mixture(colors: tuple[tuple[float, float], ...], shares: tuple[float, ...]) -> F32:
    """Write a distribution over the bins with a peak at each color."""
    total = np.zeros(len(cic_bins()), np.float64)
    for color, share in zip(colors, shares, strict=True):
        peak = np.exp(-((cic_bins() - color) ** 2).sum(axis=1) / (2 * 10**2))
        total += share * peak / peak.sum()
    return total.astype(np.float32)


def scene_of(distribution: F32, lightness: F32 | None = None, cell: int = CELL) -> Scene:
    """Decode a distribution as the base coloring; pixels without detail."""
    chroma = annealed_mean(distribution, cic_bins()).repeat(cell, axis=1).repeat(cell, axis=2)
    if lightness is None:
        lightness = np.full(chroma.shape[1:], 50, np.float32)
    return Scene(
        distribution=distribution,
        bins=cic_bins(),
        temperature=1.0,
        lightness=lightness,
        chroma=chroma.astype(np.float32),
    )


def everywhere(cell: F32, height: int = HEIGHT, width: int = WIDTH) -> F32:
    return np.repeat(np.repeat(cell[:, None, None], height, axis=1), width, axis=2)


@pytest.fixture
def two_halves() -> Scene:
    """Two regions of two modes each, an edge between them, noise in every cell."""
    distribution = everywhere(mixture(LEFT, (0.6, 0.4)))
    distribution[:, :, WIDTH // 2 :] = mixture(RIGHT, (0.6, 0.4))[:, None, None]
    distribution *= np.random.default_rng(1).uniform(0.8, 1.25, distribution.shape)
    distribution /= distribution.sum(axis=0)
    lightness = np.full((HEIGHT * CELL, WIDTH * CELL), 30, np.float32)
    lightness[:, WIDTH * CELL // 2 :] = 75
    return scene_of(distribution, lightness)


def halves(maps: F32) -> tuple[F32, F32]:
    middle = maps.shape[2] // 2
    return maps[:, :, :middle], maps[:, :, middle:]


def distance(first: F32, second: F32) -> float:
    return float(np.hypot(*(first - second)).mean())


def test_regions_change_as_wholes(two_halves: Scene) -> None:
    for variant in vary_chroma(two_halves, 4):
        for half in halves(variant - two_halves.chroma):
            mean = half.mean(axis=(1, 2))
            assert np.abs(half - mean[:, None, None]).max() < 2


def test_change_stops_at_the_edge_of_the_picture(two_halves: Scene) -> None:
    """Bicubic enlargement of the cells would bleed over a cell, and overshoot beside it."""
    for variant in vary_chroma(two_halves, 4):
        left, right = halves(variant - two_halves.chroma)
        assert np.abs(left[:, :, -1] - left[:, :, 4]).max() < 2
        assert np.abs(right[:, :, 0] - right[:, :, -4]).max() < 2


def test_regions_change_apart_from_each_other(two_halves: Scene) -> None:
    changes = [v - two_halves.chroma for v in vary_chroma(two_halves, 4)]
    apart = [np.subtract(*(half.mean(axis=(1, 2)) for half in halves(c))) for c in changes]
    assert max(np.hypot(*difference) for difference in apart) > 8


def test_a_region_goes_towards_what_it_may_be(two_halves: Scene) -> None:
    """Left may be red or cyan-gray, but is never said to be blue."""
    for variant in vary_chroma(two_halves, 6):
        change = halves(variant - two_halves.chroma)[0].mean(axis=(1, 2))
        assert abs(change[0]) > abs(change[1]) or np.hypot(*change) < 1


def test_variants_differ_from_the_base_and_each_other(two_halves: Scene) -> None:
    every = [two_halves.chroma, *vary_chroma(two_halves, 4)]
    assert min(distance(a, b) for a, b in combinations(every, 2)) > 3


def test_fine_detail_stays(two_halves: Scene) -> None:
    detail = np.random.default_rng(0).normal(0, 1, two_halves.chroma.shape).astype(np.float32)
    detailed = Scene(
        distribution=two_halves.distribution,
        bins=two_halves.bins,
        temperature=1.0,
        lightness=two_halves.lightness,
        chroma=two_halves.chroma + detail,
    )
    for variant in vary_chroma(detailed, 2):
        left = halves(variant - detailed.chroma)[0]
        assert left.std(axis=(1, 2)).max() < 0.5


def test_same_seed_same_variants_and_more_do_not_change_the_first(two_halves: Scene) -> None:
    few, many = vary_chroma(two_halves, 2, seed=3), vary_chroma(two_halves, 5, seed=3)
    assert all(np.array_equal(a, b) for a, b in zip(few, many, strict=False))


def test_what_is_certain_stays() -> None:
    distribution = np.zeros((313, 3, 3), np.float32)
    distribution[200] = 1
    scene = scene_of(distribution)
    for variant in vary_chroma(scene, MAX_VARIANTS):
        assert np.allclose(variant, scene.chroma, atol=1e-3)


def test_one_mode_is_left_by_a_little_only() -> None:
    scene = scene_of(everywhere(mixture(((20.0, 20.0),), (1.0,))))
    for variant in vary_chroma(scene, 3):
        assert distance(variant, scene.chroma) < 15


def test_a_single_cell_can_vary() -> None:
    scene = scene_of(everywhere(mixture(LEFT, (0.5, 0.5)), 1, 1))
    first, second = vary_chroma(scene, 2)
    assert distance(first, second) > 5


@pytest.mark.parametrize("temperature", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 3)])
def test_uniform_distributions_of_any_shape_give_finite_colors(
    shape: tuple[int, int], temperature: float
) -> None:
    scene = Scene(
        distribution=np.full((313, *shape), 1 / 313, np.float32),
        bins=cic_bins(),
        temperature=temperature,
        lightness=np.full((shape[0] + 1, shape[1] + 2), 50, np.float32),
        chroma=np.zeros((2, shape[0] + 1, shape[1] + 2), np.float32),
    )
    variants = vary_chroma(scene, MAX_VARIANTS)
    assert len(variants) == MAX_VARIANTS
    for variant in variants:
        assert variant.dtype == np.float32
        assert variant.shape == scene.chroma.shape
        assert np.isfinite(variant).all()
        assert np.abs(variant).max() < 110


def test_more_variants_than_combinations_still_differ() -> None:
    scene = scene_of(everywhere(mixture(LEFT, (0.5, 0.5)), 2, 2))
    variants = vary_chroma(scene, MAX_VARIANTS)
    assert min(distance(a, b) for a, b in combinations(variants, 2)) > 0


def test_a_lone_bin_has_no_alternative() -> None:
    scene = Scene(
        distribution=np.ones((1, 2, 2), np.float32),
        bins=np.array([[10.0, 20.0]], np.float32),
        temperature=1.0,
        lightness=np.zeros((2, 2), np.float32),
        chroma=np.zeros((2, 2, 2), np.float32),
    )
    assert all(np.array_equal(variant, scene.chroma) for variant in vary_chroma(scene, 2))


@pytest.mark.parametrize("count", [0, MAX_VARIANTS + 1])
def test_counts_out_of_range_are_refused(two_halves: Scene, count: int) -> None:
    with pytest.raises(ValueError, match="count must be 1 to 16"):
        vary_chroma(two_halves, count)


@pytest.mark.parametrize(("pixels", "message"), [((4, 5), "not match"), ((2, 2), "finer")])
def test_maps_that_do_not_belong_together_are_refused(
    pixels: tuple[int, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Scene(
            distribution=np.ones((1, 3, 3), np.float32),
            bins=np.zeros((1, 2), np.float32),
            temperature=1.0,
            lightness=np.zeros(pixels, np.float32),
            chroma=np.zeros((2, pixels[0], pixels[0]), np.float32),
        )
