"""Teach a network to tell the sides of pairs apart, in its own way; exactly resumable."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import cos, pi
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from photochrom.arrays import F64
from photochrom.errors import RunError
from photochrom.files import write_whole
from photochrom.lab.auditor.networks import AuditorNetwork, build_auditor
from photochrom.lab.auditor.rates import accuracy, pair_fooled
from photochrom.lab.auditor.settings import NetworkName
from photochrom.lab.auditor.sides import Sides
from photochrom.lab.networks.precision import has_bfloat16
from photochrom.work.progress import Tick

_WARMUP: Final = 0.05  # share of the steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A way of learning.

    Attributes:
        epochs: times that ``share`` of the pictures is seen.
        batch: pictures at once.
        share: of all pictures in one epoch.
        optimizer: RMSprop as Keras has it, or AdamW with a warm-up and a cosine.
        learning_rate: constant, or at its peak.
        is_paired: whether pairs stay together, are moved alike, and are ranked as well as judged.
        has_half: whether convolutions work in bfloat16, on processors that have it.
    """

    epochs: int
    batch: int
    share: float
    optimizer: Literal["rmsprop", "adamw"]
    learning_rate: float
    is_paired: bool
    has_half: bool

    def steps(self, pairs: int) -> int:
        """Count the steps of an epoch."""
        return max(1, int(2 * pairs * self.share) // self.batch)

    def rate(self, step: int, total: int) -> float:
        """Give the learning rate of a step, counted from 0."""
        if self.optimizer == "rmsprop":
            return self.learning_rate
        done = (step + 1) / total
        warm = min(1.0, done / _WARMUP)
        return self.learning_rate * warm * (1 + cos(pi * done)) / 2


def course_of(network: NetworkName, epochs: int) -> Course:
    """Look up how a network learns.

    Source of "paper": Mu and Lee; batches of 16, RMSprop at Keras' defaults, and an epoch of half
    the pictures (their ``steps_per_epoch`` is 8000 / 16 for 16 000 pictures).
    """
    if network == "paper":
        return Course(
            epochs=epochs,
            batch=16,
            share=0.5,
            optimizer="rmsprop",
            learning_rate=1e-3,
            is_paired=False,
            has_half=False,
        )
    return Course(
        epochs=epochs,
        batch=64,
        share=1.0,
        optimizer="adamw",
        learning_rate=2e-3,
        is_paired=True,
        has_half=True,
    )


def make_optimizer(course: Course, network: nn.Module) -> torch.optim.Optimizer:
    """Prepare the optimizer of a course."""
    if course.optimizer == "rmsprop":
        weights = network.parameters()
        return torch.optim.RMSprop(weights, course.learning_rate, alpha=0.9, eps=1e-7)
    return torch.optim.AdamW(network.parameters(), course.learning_rate, weight_decay=0.05)


State = dict[str, Tensor]

_SHIFT: Final = 4  # pixels, each way
_RANKING: Final = 0.5  # weight of ranking a pair beside judging its pictures
_EVALUATED: Final = 256  # pictures at once


@dataclass(frozen=True, slots=True)
class Epoch:
    """What was measured after an epoch.

    Attributes:
        loss: mean over the batches of the epoch.
        accuracy: on the validation pairs, 0 to 1.
        pair_fooled: on the validation pairs, 0 to 1.
    """

    loss: float
    accuracy: float
    pair_fooled: float


@dataclass(frozen=True, slots=True)
class Learned:
    """A trained network and how it got there.

    Attributes:
        network: with the weights of the epoch that was right about most validation pictures: at a
            constant learning rate the last can be far from it.
        epochs: all of them.
    """

    network: AuditorNetwork
    epochs: tuple[Epoch, ...]

    @property
    def chosen(self) -> int:
        """The number of the epoch whose weights count, from 1; 0 without any."""
        return best_of(self.epochs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a network shall learn.

    Attributes:
        network: which one.
        color_block: side in pixels of the blocks of which "patch" sees the mean color.
        course: how it learns.
        training: pairs to learn from.
        validation: pairs to measure with after each epoch.
        seed: of weights, order and augmentation.
    """

    network: NetworkName
    color_block: int
    course: Course
    training: Sides
    validation: Sides
    seed: int


def learn(lesson: Lesson, checkpoint: Path, *, tick: Tick = lambda: None) -> Learned:
    """Train a network, or go on where it stopped.

    Args:
        lesson: what to learn.
        checkpoint: state after the last whole epoch; made when missing.
        tick: called after each epoch.

    Raises:
        RunError: when the loss is no longer a number, or the checkpoint is damaged.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(lesson.seed)
        network = build_auditor(lesson.network, lesson.training.real.shape[1], lesson.color_block)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimizer = make_optimizer(lesson.course, network)
        epochs, best = _resumed(checkpoint, network, optimizer)
        for number in range(len(epochs), lesson.course.epochs):
            loss = _one_epoch(lesson, network, optimizer, number)
            epochs.append(_measured(network, lesson.validation, loss))
            if best_of(epochs) == len(epochs):
                best = {name: value.clone() for name, value in network.state_dict().items()}
            _save(checkpoint, network, optimizer, epochs, best)
            tick()
    network.load_state_dict(best)
    network.eval()
    return Learned(network, tuple(epochs))


def best_of(epochs: Sequence[Epoch]) -> int:
    """Number, from 1, the epoch that was right about most validation pictures; 0 without any.

    Of equally good ones the latest counts.

    >>> best_of([Epoch(0.5, 0.9, 0.1), Epoch(0.4, 0.95, 0.1), Epoch(0.3, 0.95, 0.1)])
    3
    """
    return (
        max(range(len(epochs)), key=lambda place: (epochs[place].accuracy, place), default=-1) + 1
    )


def _resumed(
    checkpoint: Path, network: AuditorNetwork, optimizer: torch.optim.Optimizer
) -> tuple[list[Epoch], State]:
    """Load where a run stopped, and give its epochs and the best weights so far."""
    if not checkpoint.exists():
        return [], network.state_dict()
    try:
        state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        return [Epoch(**epoch) for epoch in state["epochs"]], state["best"]
    except Exception as error:
        raise RunError(f"{checkpoint} is damaged: remove it to train anew") from error


def _save(
    checkpoint: Path,
    network: AuditorNetwork,
    optimizer: torch.optim.Optimizer,
    epochs: Sequence[Epoch],
    best: State,
) -> None:
    state = {
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "epochs": [asdict(epoch) for epoch in epochs],
        "best": best,
    }
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_whole(checkpoint, buffer.getvalue())


def _one_epoch(
    lesson: Lesson, network: AuditorNetwork, optimizer: torch.optim.Optimizer, number: int
) -> float:
    """Learn from one pass; its order and augmentation follow from seed and number alone."""
    course = lesson.course
    torch.manual_seed(1_000_003 * lesson.seed + number + 1)
    network.train()
    steps = course.steps(len(lesson.training))
    total, losses = steps * course.epochs, 0.0
    batches = _pairs_of(lesson) if course.is_paired else _pictures_of(lesson)
    has_half = course.has_half and has_bfloat16("cpu")
    for step, (pictures, is_real) in zip(range(steps), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = course.rate(number * steps + step, total)
        with torch.autocast("cpu", torch.bfloat16, enabled=has_half):
            logits = network(pictures).float()
        loss = F.binary_cross_entropy_with_logits(logits, is_real)
        if course.is_paired:
            real, artificial = logits.chunk(2)
            loss = loss + _RANKING * F.softplus(artificial - real).mean()
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        losses += float(loss.detach())
    if not np.isfinite(losses):
        raise RunError(f"the loss is no longer a number in epoch {number + 1}")
    return losses / steps


def _pairs_of(lesson: Lesson) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw pairs; both of a pair are mirrored and moved alike."""
    half = lesson.course.batch // 2
    order = torch.randperm(len(lesson.training))
    if len(order) < half:
        order = order.repeat(-(-half // len(order)))
    is_real = torch.cat([torch.ones(half), torch.zeros(half)])
    for rows in torch.split(order, half):
        if len(rows) == half:
            both = lesson.training.rows(rows)
            moved = _moved(torch.cat([as_input(both.real), as_input(both.artificial)], dim=1))
            yield torch.cat(moved.chunk(2, dim=1)), is_real


def _moved(pictures: Tensor) -> Tensor:
    """Mirror half of the pictures; shift all of the batch."""
    is_mirrored = torch.rand(len(pictures), 1, 1, 1) < 0.5
    mirrored = torch.where(is_mirrored, pictures.flip(3), pictures)
    padded = F.pad(mirrored, [_SHIFT] * 4, mode="reflect")
    top, left = (int(place) for place in torch.randint(0, 2 * _SHIFT + 1, (2,)))
    height, width = pictures.shape[2:]
    return padded[..., top : top + height, left : left + width]


def _pictures_of(lesson: Lesson) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw single pictures of either side, as they are."""
    count, batch = len(lesson.training), lesson.course.batch
    order = torch.randperm(2 * count)
    if len(order) < batch:
        order = order.repeat(-(-batch // len(order)))
    for places in torch.split(order, batch):
        if len(places) == batch:
            both = lesson.training.rows(places % count)
            is_real = places < count
            chosen = torch.where(is_real[:, None, None, None], both.real, both.artificial)
            yield as_input(chosen), is_real.float()


def as_input(pictures: Tensor) -> Tensor:
    """Turn (n, h, w, 3) uint8 sRGB into (n, 3, h, w) float32 in [0, 1]."""
    return pictures.permute(0, 3, 1, 2).float() / 255


def judge(network: AuditorNetwork, pictures: Tensor) -> F64:
    """Judge pictures.

    Args:
        network: a trained one; it is put into evaluation mode.
        pictures: (n, size, size, 3) uint8 sRGB.

    Returns:
        (n,) logits of being a photograph.
    """
    network.eval()
    with torch.no_grad():
        logits = [network(as_input(chunk)) for chunk in torch.split(pictures, _EVALUATED)]
    return np.asarray(torch.cat(logits).double())


def maps(network: AuditorNetwork, pictures: Tensor) -> F64:
    """Give the logits of all places: (n, h, w), those of being a photograph."""
    network.eval()
    with torch.no_grad():
        logits = [network.logit_map(as_input(chunk)) for chunk in torch.split(pictures, _EVALUATED)]
    return np.asarray(torch.cat(logits)[:, 0].double())


def judge_sides(network: AuditorNetwork, sides: Sides) -> tuple[F64, F64]:
    """Judge both sides of pairs: (n,) logits each, photographs first."""
    return judge(network, sides.real), judge(network, sides.artificial)


def _measured(network: AuditorNetwork, validation: Sides, loss: float) -> Epoch:
    real, artificial = judge_sides(network, validation)
    return Epoch(loss, accuracy(real, artificial), pair_fooled(real, artificial).value)
