"""How each network learns: a course is everything but the data."""

from dataclasses import dataclass
from math import cos, pi
from typing import Final, Literal

import torch
from torch import nn

from photochrom.lab.auditor.settings import NetworkName

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
