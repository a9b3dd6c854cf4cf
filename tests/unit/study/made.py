"""Answers and shares made from a seed."""

from collections.abc import Iterator

import numpy as np

from photochrom.study.answers import Answer, Part
from photochrom.study.design.sessions import Trial
from photochrom.study.simulation.observers import Observers
from photochrom.study.simulation.simulated import (
    draw_difficulty,
    draw_people,
    labelled_chance,
)

TRIALS = 40


def shares_of(
    observers: Observers, *, studies: int, people: int, seed: int, trials: int = TRIALS
) -> np.ndarray:
    """Simulate studies of everybody's own pictures: (models, studies, people) shares."""
    generator = np.random.default_rng(seed)
    drawn = draw_people(observers, (studies, people), generator)
    chance = labelled_chance(drawn, draw_difficulty(observers, trials, generator))
    labelled = generator.random(chance.shape) < chance
    return np.moveaxis(labelled.mean(axis=-1), -1, 0)


def answer(**given: object) -> Answer:
    """One answer like many: ours beside the truth, seen through, a second shown."""
    usual: dict[str, object] = {
        "participant": "p1",
        "trial": 0,
        "part": Part.TEST,
        "model": "ours",
        "against": "truth",
        "picture": "a",
        "left": True,
        "right": True,
        "reaction_ms": 800.0,
        "exposure_ms": 1000.0,
        "hidden": False,
    }
    return Answer(**{**usual, **given})  # type: ignore[arg-type]


def session(
    participant: str, *, fooled: int, trials: int, model: str = "ours", **more: object
) -> Iterator[Answer]:
    """A participant fooled by the first so many pictures."""
    for trial in range(trials):
        yield answer(
            participant=participant,
            trial=trial,
            picture=f"picture {trial}",
            model=model,
            right=trial >= fooled,
            **more,
        )


def vigilance(participant: str, *, right: int, trials: int, **more: object) -> Iterator[Answer]:
    """A participant who sees through so many random colors."""
    for trial in range(trials):
        yield answer(
            participant=participant,
            trial=100 + trial,
            part=Part.VIGILANCE,
            model="random",
            right=trial < right,
            **more,
        )


def sessions_of(
    models: tuple[str, ...],
    *,
    people: int,
    trials: int = TRIALS,
    vigilance_trials: int = 4,
    against: str = "truth",
) -> dict[str, list[Trial]]:
    """Plan sessions: everybody sees the same pictures, an equal share of each model."""
    sessions = {}
    for person in range(people):
        tests = [
            Trial(
                part=Part.TEST,
                model=models[(trial + person) % len(models)],
                against=against,
                picture=f"picture {trial:03}",
                left=bool(trial % 2),
            )
            for trial in range(trials)
        ]
        checks = [
            Trial(
                part=Part.VIGILANCE,
                model="random",
                against="truth",
                picture=f"check {n}",
                left=bool(n % 2),
            )
            for n in range(vigilance_trials)
        ]
        sessions[f"p{person:03}"] = [*tests, *checks]
    return sessions
