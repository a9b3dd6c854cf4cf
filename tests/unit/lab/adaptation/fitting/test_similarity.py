"""Which cells look like the object of their own picture."""

import pytest
import torch
from torch import Tensor

pytest.importorskip("lightning")

from photochrom.lab.adaptation.fitting.finding import similarity_by_features, similarity_by_level

SIDE = 20


def square_and_guess() -> tuple[Tensor, Tensor]:
    """Make an object, and a guess that lies half beside it."""
    is_object, guess = (torch.zeros(1, 1, SIDE, SIDE) for _ in range(2))
    is_object[..., 5:15, 5:15] = 1
    guess[..., 5:15, 10:20] = 0.8
    return is_object, guess


def test_levels_bring_an_object_back_that_a_guess_half_missed() -> None:
    is_object, guess = square_and_guess()
    light = 0.3 + 0.4 * is_object
    assert torch.equal(similarity_by_level(light, guess) > 0, is_object > 0)


def test_features_bring_it_back_however_they_are_scaled() -> None:
    is_object, guess = square_and_guess()
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(1, 6, SIDE, SIDE, generator=generator)
    features = features + 3 * is_object * torch.tensor([1.0, -1, 1, -1, 0, 0])[:, None, None]
    similarity = similarity_by_features(features, guess)
    right = ((similarity > 0) == (is_object > 0)).float().mean()
    assert right > 0.97
    assert torch.allclose(similarity_by_features(50 * features - 7, guess), similarity, atol=1e-3)


def test_pictures_of_a_batch_know_nothing_of_one_another() -> None:
    generator = torch.Generator().manual_seed(1)
    values, where = torch.rand(2, 2, 1, SIDE, SIDE, generator=generator)
    for similarity in (similarity_by_level, similarity_by_features):
        alone = torch.cat([similarity(values[[n]], where[[n]]) for n in range(2)])
        assert torch.allclose(similarity(values, where), alone, atol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_what_is_alike_everywhere_tells_nothing(share: float) -> None:
    same, where = torch.full((1, 1, SIDE, SIDE), 0.4), torch.full((1, 1, SIDE, SIDE), share)
    for similarity in (similarity_by_level, similarity_by_features):
        found = similarity(same, where)
        assert torch.isfinite(found).all()
        if share == 0.5:
            assert found.abs().max() < 1e-3
