from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from photochrom.color.bins import SoftBins, cic_bins, rebalancing_weights, smoothed_prior, soft_bins
from photochrom.lab.objectives.adversarial import (
    AdversarialForm,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)
from photochrom.lab.objectives.losses import (
    colorfulness,
    colorfulness_loss,
    feature_distance,
    huber,
    l1,
    l2,
    soft_cross_entropy,
)
from photochrom.metrics.colorfulness import colorfulness as measured_colorfulness

FORMS: tuple[AdversarialForm, ...] = ("vanilla", "least-squares", "wasserstein")


def slow_target(color: np.ndarray, neighbors: int, sigma: float) -> np.ndarray:
    """Spread one color over all bins: Z of CIC, dense, from exp(-d^2 / 2 s^2) of the k nearest."""
    distances = np.sqrt(((cic_bins() - color) ** 2).sum(axis=1))
    target = np.zeros(len(cic_bins()))
    for place in sorted(range(len(distances)), key=lambda q: distances[q])[:neighbors]:
        target[place] = np.exp(-(distances[place] ** 2) / (2 * sigma**2))
    return target / target.sum()


def slow_weights(prior: np.ndarray, uniform_share: float, power: float = 1) -> np.ndarray:
    """CIC's equation 4 by hand: w ~ 1 / ((1 - l) p + l / Q), scaled so that sum p w = 1."""
    weights = np.zeros(len(prior))
    for q in range(len(prior)):
        weights[q] = 1 / ((1 - uniform_share) * prior[q] + uniform_share / len(prior)) ** power
    return weights / sum(prior[q] * weights[q] for q in range(len(prior)))


def slow_cross_entropy(
    logits: np.ndarray, truth: np.ndarray, weights: np.ndarray, neighbors: int, sigma: float
) -> float:
    """CIC's equations 2 and 3, pixel by pixel and bin by bin."""
    count, _, height, width = logits.shape
    total = 0.0
    for n in range(count):
        for row in range(height):
            for column in range(width):
                target = slow_target(truth[n, :, row, column], neighbors, sigma)
                scores = logits[n, :, row, column].astype(float)
                log_sum = np.log(np.exp(scores).sum())
                entropy = 0.0
                for q in range(len(target)):
                    entropy -= target[q] * (scores[q] - log_sum)
                total += weights[int(target.argmax())] * entropy
    return total / (count * height * width)


@cache
def tables(neighbors: int, sigma: float) -> SoftBins:
    return soft_bins(cic_bins(), neighbors=neighbors, sigma=sigma)


def fast_cross_entropy(
    logits: Tensor, truth: np.ndarray, weights: np.ndarray, neighbors: int, sigma: float
) -> Tensor:
    indices, shares = tables(neighbors, sigma).encode(np.moveaxis(truth, 1, -1))
    shares = torch.from_numpy(shares).to(logits)
    bin_weights = torch.from_numpy(weights).to(logits)
    return soft_cross_entropy(logits, torch.from_numpy(indices), shares, bin_weights)


def example() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits, whole colors and a skewed prior."""
    random = np.random.default_rng(0)
    logits = 3 * random.normal(size=(2, 313, 2, 2))
    truth = random.integers(-60, 60, (2, 2, 2, 2)).astype(np.float32)
    return logits, truth, random.dirichlet(np.full(313, 0.1))


@pytest.mark.parametrize(("neighbors", "sigma"), [(1, 5.0), (5, 5.0), (10, 5.0), (5, 12.0)])
@pytest.mark.parametrize(("uniform_share", "power"), [(0.5, 1), (0.0625, 1), (0.5, 0.5)])
def test_rebalanced_loss_equals_the_slow_obvious_one(
    neighbors: int, sigma: float, uniform_share: float, power: float
) -> None:
    logits, truth, prior = example()
    weights = slow_weights(prior, uniform_share, power)
    assert rebalancing_weights(prior, uniform_share, power) == pytest.approx(weights, rel=1e-9)
    ours = fast_cross_entropy(torch.from_numpy(logits), truth, weights, neighbors, sigma)
    assert float(ours) == pytest.approx(
        slow_cross_entropy(logits, truth, weights, neighbors, sigma), rel=1e-5
    )


def test_without_rebalancing_every_pixel_counts_once() -> None:
    logits, truth, prior = example()
    plain = slow_cross_entropy(logits, truth, np.ones(313), 5, 5.0)
    for weights in (rebalancing_weights(prior, 1.0), rebalancing_weights(prior, 0.5, 0)):
        ours = fast_cross_entropy(torch.from_numpy(logits), truth, weights, 5, 5.0)
        assert float(ours) == pytest.approx(plain, rel=1e-5)


def test_rebalancing_weights_of_a_paper_and_pencil_example() -> None:
    prior, weights = np.array([0.5, 0.3, 0.2, 0.0]), np.array([8 / 3, 40 / 11, 40 / 9, 8.0])
    mean = 0.5 * 8 / 3 + 0.3 * 40 / 11 + 0.2 * 40 / 9  # 1 / (p / 2 + 1 / 8), then scaled
    assert rebalancing_weights(prior, 0.5) == pytest.approx(weights / mean)


def test_the_prior_is_smoothed_by_a_gaussian_of_the_distance() -> None:
    counts, bins = np.array([4.0, 0.0]), np.array([[0, 0], [0, 10]], np.float32)
    near, far = 1.0, np.exp(-100 / 50)
    expected = [near / (near + far), far / (near + far)]
    assert smoothed_prior(counts, bins, sigma=5) == pytest.approx(expected)


def test_the_gradient_is_rebalanced_like_the_released_code() -> None:
    """The released layer multiplies the gradient: v (softmax - Z) for each pixel's logits."""
    logits, truth, prior = example()
    weights, scores = slow_weights(prior, 0.5), torch.from_numpy(logits).requires_grad_()
    loss = fast_cross_entropy(scores, truth, weights, 5, 5.0)
    (slopes,) = torch.autograd.grad(loss, scores)
    target = slow_target(truth[1, :, 0, 1], 5, 5.0)
    probability = np.exp(logits[1, :, 0, 1]) / np.exp(logits[1, :, 0, 1]).sum()
    expected = weights[target.argmax()] * (probability - target) / 8
    assert slopes[1, :, 0, 1].numpy() == pytest.approx(expected, abs=1e-6)


def test_the_gradient_is_that_of_small_differences() -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(1, 6, 1, 2, generator=random, dtype=torch.float64, requires_grad=True)
    indices = torch.tensor([[[[0, 2], [5, 1]]]])
    shares = torch.tensor([[[[0.7, 0.3], [0.9, 0.1]]]], dtype=torch.float64)
    weights = torch.linspace(0.5, 2, 6, dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda values: soft_cross_entropy(values, indices, shares, weights), logits
    )


def test_a_place_may_be_compared_with_several_colors() -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 313, 3, 4, generator=random)
    colors = 60 * torch.randn(2, 3, 4, 5, 2, generator=random)
    weights = torch.rand(313, generator=random)
    indices, shares = map(torch.from_numpy, tables(5, 5.0).encode(colors.numpy()))
    together = soft_cross_entropy(logits, indices, shares, weights)
    one_by_one = [
        soft_cross_entropy(logits, indices[..., n, :], shares[..., n, :], weights) for n in range(5)
    ]
    assert float(together) == pytest.approx(float(torch.stack(one_by_one).mean()), rel=1e-5)


def test_a_perfect_prediction_costs_the_entropy_of_the_target() -> None:
    indices, shares = tables(5, 5.0).encode(np.array([[[[3.0, -4.0]]]]))
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


@pytest.mark.parametrize("loss", [l1, l2])
def test_pixel_weights_move_the_mean_of_regression(loss) -> None:  # type: ignore[no-untyped-def]
    truth = torch.zeros(1, 2, 1, 2)
    chroma = torch.tensor([[6.0, 60.0], [8.0, 80.0]]).reshape(1, 2, 1, 2)
    first, second = (float(loss(chroma[..., n : n + 1], truth[..., :1])) for n in (0, 1))
    assert float(loss(chroma, truth)) == pytest.approx((first + second) / 2)
    weighted = loss(chroma, truth, torch.tensor([[[1.5, 0.5]]]))
    assert float(weighted) == pytest.approx((1.5 * first + 0.5 * second) / 2)


def test_regressions_have_the_gradients_of_their_formulas() -> None:
    truth = torch.zeros(1, 2, 1, 1)
    chroma = torch.tensor([6.0, -8.0]).reshape(1, 2, 1, 1).requires_grad_()
    assert torch.autograd.grad(l1(chroma, truth), chroma)[0].flatten().tolist() == [0.5, -0.5]
    assert torch.autograd.grad(l2(chroma, truth), chroma)[0].flatten().tolist() == [6.0, -8.0]
    assert l1(-chroma, truth).item() == 7.0
    assert torch.autograd.grad(l1(truth.requires_grad_(), truth), truth)[0].isfinite().all()


def scores(count: int = 8, seed: int = 0) -> Tensor:
    return 3 * torch.randn(count, 1, 2, 2, generator=torch.Generator().manual_seed(seed))


def test_the_vanilla_game_is_binary_cross_entropy() -> None:
    real, fake, entropy = scores(seed=1), scores(seed=2), functional.binary_cross_entropy
    ones, zeros = torch.ones_like(real), torch.zeros_like(real)
    both = entropy(real.sigmoid(), ones) + entropy(fake.sigmoid(), zeros)
    assert float(discriminator_loss(real, fake, "vanilla")) == pytest.approx(
        float(both) / 2, rel=1e-5
    )
    wanted = entropy(fake.sigmoid(), ones)
    assert float(generator_loss(fake, "vanilla")) == pytest.approx(float(wanted), rel=1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_both_players_pull_in_opposite_directions(form: AdversarialForm) -> None:
    fake = scores(seed=2).requires_grad_()
    (judge,) = torch.autograd.grad(discriminator_loss(scores(seed=1), fake, form), fake)
    (painter,) = torch.autograd.grad(generator_loss(fake, form), fake)
    inside = (fake > 0) & (fake < 1)  # beyond its goal, least squares pulls back
    assert (judge[inside] > 0).all()
    assert (painter[inside] < 0).all()


@pytest.mark.parametrize("form", FORMS)
def test_certain_scores_do_not_overflow(form: AdversarialForm) -> None:
    certain = torch.full((1, 1, 1, 1), 1e4)
    for loss in (discriminator_loss(-certain, certain, form), generator_loss(-certain, form)):
        assert loss.isfinite()


@pytest.mark.parametrize("form", ["vanilla", "least-squares"])
def test_a_perfect_discriminator_has_no_loss(form: AdversarialForm) -> None:
    real, fake = torch.ones(4, 1, 1, 1), torch.zeros(4, 1, 1, 1)
    if form == "vanilla":
        real, fake = 50 * real, fake - 50
    assert float(discriminator_loss(real, fake, form)) < 1e-6
    assert float(generator_loss(real, form)) < 1e-6


def test_a_linear_critic_is_punished_for_its_slope() -> None:
    slope = torch.randn(1, 2, 3, 3, generator=torch.Generator().manual_seed(1))
    real, fake, random = scores(4, 1), scores(4, 2), torch.Generator().manual_seed(0)
    real, fake = (part.repeat(1, 2, 2, 2)[..., :3, :3] for part in (real, fake))

    def critic(colors: Tensor) -> Tensor:
        return (slope * colors).sum(dim=(1, 2, 3), keepdim=True)

    expected = (float(slope.square().sum().sqrt()) - 1) ** 2
    assert float(gradient_penalty(critic, real, fake, random)) == pytest.approx(expected, rel=1e-5)


def test_the_penalty_does_not_grow_with_the_number_of_patches() -> None:
    real, fake = torch.zeros(2, 1, 1, 1), torch.ones(2, 1, 1, 1)
    penalties = [
        float(
            gradient_penalty(
                lambda colors, side=side: 2 * colors.expand(-1, 1, side, side),
                real,
                fake,
                torch.Generator().manual_seed(0),
            )
        )
        for side in (1, 5)
    ]
    assert penalties == pytest.approx([1, 1])


def test_the_penalty_is_taken_between_real_and_fake_at_drawn_points() -> None:
    real, fake, seen = torch.zeros(64, 2, 1, 1), torch.ones(64, 2, 1, 1), []

    def critic(colors: Tensor) -> Tensor:
        seen.append(colors.detach())
        return colors.square()

    for seed in (0, 0, 1):
        gradient_penalty(critic, real, fake, torch.Generator().manual_seed(seed))
    assert torch.equal(seen[0][:, 0], seen[0][:, 1]), "one point for each picture"
    assert 0 <= seen[0].min() < 0.1
    assert 0.9 < seen[0].max() <= 1
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], seen[2])


def test_the_penalty_teaches_the_critic_but_not_the_generator() -> None:
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.SiLU(), nn.Conv2d(4, 1, 3))
    real, fake = torch.rand(2, 2, 8, 8), torch.rand(2, 2, 8, 8).requires_grad_()
    gradient_penalty(critic, real, fake, torch.Generator().manual_seed(0)).backward()
    assert fake.grad is None
    assert critic[0].weight.grad is not None
    assert critic[0].weight.grad.abs().sum() > 0
    assert torch.isfinite(critic[0].weight.grad).all()


def test_a_flat_critic_has_a_finite_gradient() -> None:
    level = torch.zeros((), requires_grad=True)
    zero = torch.zeros(2, 1, 2, 2)
    loss = gradient_penalty(lambda colors: level * colors, zero, zero, torch.Generator())
    loss.backward()
    assert loss.item() == pytest.approx(1, abs=1e-5)
    assert level.grad is not None
    assert level.grad.isfinite()


def test_colorfulness_is_that_of_the_metric() -> None:
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (4, 9, 7, 3), dtype=np.uint8)
    pictures[1] = pictures[1] // 4 + 90
    pictures[2, ..., 1:] = pictures[2, ..., :1]
    pictures[3] = 128
    rgb = torch.from_numpy(pictures).movedim(-1, 1) / 255
    expected = [measured_colorfulness(picture) for picture in pictures]
    assert colorfulness(rgb).tolist() == pytest.approx(expected, abs=2e-3)
    assert float(colorfulness_loss(rgb)) == pytest.approx(1 - np.mean(expected) / 100, abs=1e-4)


def test_a_gray_picture_can_become_colorful() -> None:
    rgb = torch.full((1, 3, 4, 4), 0.5).requires_grad_()
    (slopes,) = torch.autograd.grad(colorfulness_loss(rgb), rgb)
    assert slopes.isfinite().all()
    tinted = (rgb + torch.tensor([1e-3, 0, -1e-3]).reshape(1, 3, 1, 1)).detach().requires_grad_()
    (slopes,) = torch.autograd.grad(colorfulness_loss(tinted), tinted)
    assert slopes[:, 0].max() < 0 < slopes[:, 2].min(), "more red, less blue"


def test_feature_distance_is_a_weighted_sum_of_means() -> None:
    first = [torch.zeros(2, 3, 4, 4), torch.ones(2, 5, 2, 2)]
    second = [torch.full((2, 3, 4, 4), 2.0), torch.zeros(2, 5, 2, 2)]
    assert float(feature_distance(first, second, [0.25, 3.0])) == 3.5
    assert float(feature_distance(first, first, [0.25, 3.0])) == 0


def test_feature_distance_wants_a_weight_for_every_map() -> None:
    maps = [torch.zeros(1, 1, 1, 1)] * 2
    with pytest.raises(ValueError, match="zip"):
        feature_distance(maps, maps, [1.0])
