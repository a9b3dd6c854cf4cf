from itertools import pairwise
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch

from photochrom.lab.auditor import learn as learning
from photochrom.lab.auditor.learn import Epoch, Learned, Lesson, course_of, learn
from photochrom.lab.auditor.sides import Sides


def lesson(epochs: int) -> Lesson:
    """At a constant rate, so that the first epochs are the same however many follow."""
    generator = torch.Generator().manual_seed(0)
    sides = Sides(
        *(torch.randint(0, 256, (16, 32, 32, 3), generator=generator).byte() for _ in range(2))
    )
    return Lesson(
        network="paper",
        color_block=1,
        course=course_of("paper", epochs),
        training=sides,
        validation=sides,
        seed=0,
    )


def learned(
    patched: pytest.MonkeyPatch, folder: Path, *accuracies: float, epochs: int = 0
) -> Learned:
    """Learn, being told how good each epoch was."""
    told = iter(accuracies)
    patched.setattr(learning, "_measured", lambda *_: Epoch(0.0, next(told), 0.0))
    return learn(lesson(epochs or len(accuracies)), folder / "net.ckpt")


def weights(found: Learned) -> torch.Tensor:
    return torch.cat([value.flatten() for value in found.network.state_dict().values()])


def test_the_weights_of_the_best_epoch_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    alone = [learned(monkeypatch, tmp_path / str(n), *[0.5] * n) for n in (1, 2, 3)]
    assert all(not torch.equal(weights(a), weights(b)) for a, b in pairwise(alone))
    found = learned(monkeypatch, tmp_path / "all", 0.6, 0.9, 0.7)
    assert found.chosen == 2
    assert torch.equal(weights(found), weights(alone[1]))


def test_the_best_epoch_is_kept_over_an_interruption(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = learned(monkeypatch, tmp_path / "whole", 0.9, 0.6, 0.7)
    assert learned(monkeypatch, tmp_path, 0.9).chosen == 1
    resumed = learned(monkeypatch, tmp_path, 0.6, 0.7, epochs=3)
    assert resumed.chosen == 1
    assert torch.equal(weights(resumed), weights(whole))
