import numpy as np
import pytest
import torch

from photochrom.color.bins import cic_bins, rebalancing_weights, soft_bins
from photochrom.lab.objectives.classification import soft_cross_entropy
from photochrom.lab.objectives.regression import huber


def slow_rebalanced_loss(logits: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> float:
    """CIC's equations 2 to 4 with loops and a distance to every bin."""
    _, _, height, width = logits.shape
    losses = []
    for n in range(len(logits)):
        for row in range(height):
            for column in range(width):
                scores = logits[n, :, row, column].astype(float)
                log_probability = scores - scores.max()
                log_probability -= np.log(np.exp(log_probability).sum())
                distance = np.sqrt(((cic_bins() - truth[n, :, row, column]) ** 2).sum(axis=1))
                nearest = np.argsort(distance, kind="stable")[:5]
                shares = np.exp(-(distance[nearest] ** 2) / 50)
                shares /= shares.sum()
                losses.append(-weights[nearest[0]] * (shares * log_probability[nearest]).sum())
    return float(np.mean(losses))


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_rebalanced_loss_equals_the_slow_obvious_one(power: float) -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(2, 313, 3, 4)).astype(np.float32)
    truth = random.integers(-60, 60, (2, 2, 3, 4)).astype(np.float32)
    weights = rebalancing_weights(random.dirichlet(np.ones(313)), 0.5, power)
    tables = soft_bins(cic_bins(), neighbors=5, sigma=5)
    indices, shares = tables.encode(np.moveaxis(truth, 1, -1))
    ours = soft_cross_entropy(
        torch.from_numpy(logits),
        torch.from_numpy(indices),
        torch.from_numpy(shares),
        torch.from_numpy(weights).float(),
    )
    assert float(ours) == pytest.approx(slow_rebalanced_loss(logits, truth, weights), rel=1e-5)


def test_a_perfect_prediction_costs_the_entropy_of_the_target() -> None:
    tables = soft_bins(cic_bins(), neighbors=5, sigma=5)
    indices, shares = tables.encode(np.array([[[[3.0, -4.0]]]]))
    logits = torch.full((1, 313, 1, 1), -50.0)
    logits[0, indices.ravel(), 0, 0] = torch.from_numpy(np.log(shares.ravel()))
    loss = soft_cross_entropy(logits, torch.from_numpy(indices), torch.from_numpy(shares))
    entropy = -(shares * np.log(shares)).sum()
    assert float(loss) == pytest.approx(float(entropy), rel=1e-4)


def test_huber_is_quadratic_then_linear_and_has_a_gradient_at_zero() -> None:
    truth = torch.zeros(1, 2, 1, 3)
    chroma = torch.tensor([[3.0, 0.0, 30.0], [4.0, 0.0, 40.0]]).reshape(1, 2, 1, 3)
    chroma.requires_grad_()
    loss = huber(chroma, truth, delta=10)
    assert loss.item() == pytest.approx((25 / 20 + 0 + 45) / 3, rel=1e-5)
    loss.backward()  # type: ignore[no-untyped-call]
    assert chroma.grad is not None
    assert torch.isfinite(chroma.grad).all()


def test_pixel_weights_count_pixels() -> None:
    truth, chroma = torch.zeros(1, 2, 1, 2), torch.full((1, 2, 1, 2), 30.0)
    weights = torch.tensor([[[2.0, 0.0]]])
    assert float(huber(chroma, truth, 10, weights)) == pytest.approx(
        float(huber(chroma, truth, 10))
    )
