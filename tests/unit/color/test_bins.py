import numpy as np
import pytest

from photochrom.color.bins import (
    anneal,
    annealed_mean,
    cic_bins,
    rebalancing_weights,
    smoothed_prior,
    soft_bins,
)
from photochrom.color.lab import srgb_to_lab


def test_cic_bins_are_the_published_ones() -> None:
    centers = cic_bins()
    rows = [int((centers[:, 0] == a).sum()) for a in range(-90, 101, 10)]
    assert rows == [5, 8, 10, 12, 14, 15, 16, 16, 17, 18, 18, 18, 19, 20, 19, 20, 20, 19, 19, 10]
    assert centers.tolist() == sorted(centers.tolist())
    assert centers[:, 1].min() == -110
    assert centers[:, 1].max() == 100


def test_srgb_reaches_261_cells_all_of_them_in_the_published_list() -> None:
    published = {tuple(center) for center in cic_bins().tolist()}
    codes = np.linspace(0, 1, 86)  # every third 8-bit code: the cells found no longer grow
    cube = np.stack(np.meshgrid(codes, codes, codes), axis=-1).reshape(-1, 3)
    reached = {tuple(cell) for cell in (10 * np.round(srgb_to_lab(cube)[:, 1:] / 10)).tolist()}
    assert len(reached) == 261
    assert reached <= published


def slow_soft_encoding(color: np.ndarray, neighbors: int, sigma: float) -> np.ndarray:
    """The obvious implementation: distances to every bin."""
    distance = np.sqrt(((cic_bins() - color) ** 2).sum(axis=1))
    nearest = np.argsort(distance, kind="stable")[:neighbors]
    shares = np.zeros(len(distance))
    shares[nearest] = np.exp(-(distance[nearest] ** 2) / (2 * sigma**2))
    return shares / shares.sum()


@pytest.mark.parametrize("neighbors", [1, 5, 10])
def test_lookup_encodes_like_the_obvious_implementation(neighbors: int) -> None:
    tables = soft_bins(cic_bins(), neighbors=neighbors, sigma=5)
    for color in np.random.default_rng(1).integers(-80, 80, (50, 2)).astype(float):
        indices, weights = tables.encode(color)
        dense = np.zeros(313)
        dense[indices] = weights
        assert np.abs(dense - slow_soft_encoding(color, neighbors, 5)).max() < 1e-6


def test_encoding_of_torch_equals_numpy_and_survives_wild_chroma() -> None:
    torch = pytest.importorskip("torch")
    tables = soft_bins(cic_bins())
    torch_tables = type(tables)(torch.tensor(tables.indices), torch.tensor(tables.weights))
    wild = np.array([[0.4, 0.6], [400.0, -400.0], [-170.0, 20.0]])
    indices, weights = tables.encode(wild)
    torch_indices, torch_weights = torch_tables.encode(torch.from_numpy(wild))
    assert (indices == torch_indices.numpy()).all()
    assert (weights == torch_weights.numpy()).all()


@pytest.mark.parametrize(("neighbors", "sigma"), [(0, 5.0), (314, 5.0), (5, 0.0)])
def test_impossible_encodings_are_refused(neighbors: int, sigma: float) -> None:
    with pytest.raises(ValueError, match="neighbors"):
        soft_bins(cic_bins(), neighbors=neighbors, sigma=sigma)


def test_annealing_goes_from_mean_to_mode() -> None:
    torch = pytest.importorskip("torch")
    probabilities = np.random.default_rng(2).dirichlet(np.ones(313)).reshape(313, 1, 1)
    assert np.allclose(anneal(probabilities, 0.38).sum(axis=0), 1)
    mean = annealed_mean(probabilities, cic_bins().astype(float), 1)
    assert np.allclose(mean.ravel(), probabilities.ravel() @ cic_bins())
    mode = annealed_mean(probabilities, cic_bins().astype(float), 0.001)
    assert np.allclose(mode.ravel(), cic_bins()[probabilities.argmax()])
    by_torch = annealed_mean(
        torch.from_numpy(probabilities)[None], torch.from_numpy(cic_bins().astype(float)), 0.38
    )
    by_numpy = annealed_mean(probabilities, cic_bins().astype(float), 0.38)
    assert np.allclose(by_torch[0].numpy(), by_numpy)
    with pytest.raises(ValueError, match="temperature"):
        anneal(probabilities, 0)


def test_annealing_is_softmax_of_log_over_temperature() -> None:
    probabilities = np.array([0.7, 0.2, 0.1]).reshape(3, 1, 1)
    expected = np.exp(np.log(probabilities) / 0.38)
    assert np.allclose(anneal(probabilities, 0.38), expected / expected.sum())


def test_prior_smooths_but_keeps_its_sum() -> None:
    counts = np.zeros(313)
    counts[156] = 100
    prior = smoothed_prior(counts, cic_bins(), 5)
    assert np.isclose(prior.sum(), 1)
    assert prior[156] == prior.max() < 1
    assert np.array_equal(smoothed_prior(counts, cic_bins(), 0), counts / 100)
    with pytest.raises(ValueError, match="counted"):
        smoothed_prior(np.zeros(313), cic_bins())


def test_weights_have_mean_one_and_grow_with_rarity() -> None:
    prior = np.random.default_rng(3).dirichlet(np.ones(313))
    for power in (1.0, 0.5):
        weights = rebalancing_weights(prior, 0.5, power)
        assert np.isclose((prior * weights).sum(), 1)
        assert weights[prior.argmin()] == weights.max()
    assert np.allclose(rebalancing_weights(prior, 1.0), 1)
    assert np.allclose(rebalancing_weights(prior, 0.5, 0), 1)
