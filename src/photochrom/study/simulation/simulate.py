"""Answers of made-up observers to a planned study."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.study.answers import RANDOM, TRUTH, Answer, Part
from photochrom.study.design.sessions import Trial
from photochrom.study.simulation.observers import (
    Observers,
    draw_difficulty,
    draw_people,
    labelled_chance,
    vigilance_chance,
)
from photochrom.study.statistics.rates import Judged, shown_of

F64 = NDArray[np.float64]

_MEDIAN_MS: Final = 950.0
_GUESSING_MS: Final = 380.0
_SPREAD_BETWEEN: Final = 0.35  # of the logarithm of reaction times
_SPREAD_WITHIN: Final = 0.45
_SLOWER_WHEN_FOOLED: Final = 1.25
_JITTER_MS: Final = 3.0
_FRAME_MS: Final = 1000 / 60
_LATE_FRAME: Final = 0.04  # share of exposures one frame too long
_STALLED: Final = 0.004  # share of exposures a tenth of a second and more too long
_HIDDEN: Final = 0.003


def simulate(
    sessions: Mapping[str, Sequence[Trial]],
    observers: Observers,
    judged: Sequence[Judged],
    *,
    exposure_ms: float | None,
    seed: int,
) -> list[Answer]:
    """Answer whole sessions.

    Args:
        sessions: each participant's trials, in order.
        observers: the population that participants are drawn from.
        judged: what ``observers.rates`` are the rates of, in their order.
        exposure_ms: how long pictures are seen; None for as long as people wish.
        seed: same seed, same answers.

    Returns:
        Answers in the order of participants and trials.
    """
    generator = np.random.default_rng(seed)
    tested, others = _pictures(sessions)
    pictures = [*tested, *others]
    people = draw_people(observers, (len(sessions),), generator)
    sets = [
        draw_difficulty(observers, len(names), generator) for names in (tested, others) if names
    ]
    chances = labelled_chance(people, np.concatenate(sets, axis=1))
    seen = vigilance_chance(observers, people)
    answers: list[Answer] = []
    for row, (name, own) in enumerate(sessions.items()):
        places = [_place(each, judged, pictures) for each in own]
        expected = np.array(
            [seen[row] if place is None else chances[row, place[0], place[1]] for place in places]
        )
        clock = _Clock(generator, bool(people.is_guessing[row]), exposure_ms)
        answers += _answer(name, own, expected, clock)
    return answers


def _pictures(sessions: Mapping[str, Sequence[Trial]]) -> tuple[list[str], list[str]]:
    """List the pictures of test trials, over which rates are exact, and all others."""
    trials = [each for own in sessions.values() for each in own]
    tested = {each.picture for each in trials if each.part is Part.TEST}
    return sorted(tested), sorted({each.picture for each in trials} - tested)


class _Clock:
    """How long a person takes, and how well the screen keeps the time."""

    def __init__(
        self, generator: np.random.Generator, is_guessing: bool, exposure_ms: float | None
    ) -> None:
        self.generator = generator
        self._exposure_ms = exposure_ms
        usual = _GUESSING_MS if is_guessing else _MEDIAN_MS
        self._median_ms = usual * float(np.exp(generator.normal(0, _SPREAD_BETWEEN)))

    def reactions_ms(self, is_labelled: NDArray[np.bool_]) -> F64:
        """Draw reaction times; whoever is fooled hesitates."""
        noise = np.exp(self.generator.normal(0, _SPREAD_WITHIN, len(is_labelled)))
        return np.round(self._median_ms * noise * np.where(is_labelled, _SLOWER_WHEN_FOOLED, 1), 1)

    def exposures_ms(self, count: int) -> list[float | None]:
        """Draw exposures: mostly right, some a frame late, few stalled."""
        if self._exposure_ms is None:
            return [None] * count
        draw = self.generator.random(count)
        late = np.where(draw < _LATE_FRAME, _FRAME_MS, 0.0)
        stalled = np.where(draw < _STALLED, self.generator.uniform(100, 400, count), 0.0)
        jitter = self.generator.normal(0, _JITTER_MS, count)
        shown: list[float | None] = np.round(
            self._exposure_ms + late + stalled + jitter, 1
        ).tolist()
        return shown


def _answer(name: str, own: Sequence[Trial], expected: F64, clock: _Clock) -> list[Answer]:
    """Answer one session; ``expected`` is the chance of "real", or of seeing random colors."""
    drawn = clock.generator.random(len(own)) < expected
    is_fooled = np.array([each.part is Part.TEST for each in own]) & drawn
    hidden = clock.generator.random(len(own)) < _HIDDEN
    reactions, exposures = clock.reactions_ms(is_fooled), clock.exposures_ms(len(own))
    return [
        Answer(
            participant=name,
            trial=trial,
            part=asked.part,
            model=asked.model,
            against=asked.against,
            picture=asked.picture,
            left=asked.left,
            right=_is_right(asked, bool(drawn[trial])),
            reaction_ms=float(reactions[trial]),
            exposure_ms=exposures[trial],
            hidden=bool(hidden[trial]),
        )
        for trial, asked in enumerate(own)
    ]


def _is_right(asked: Trial, is_labelled: bool) -> bool:
    """Turn "labelled real", "preferred" or "random colors seen" into the record's ``right``."""
    if asked.model in (RANDOM, TRUTH):
        return is_labelled
    if asked.against == TRUTH:
        return not is_labelled
    return is_labelled == (asked.model == shown_of(asked).model)


def _place(
    asked: Trial, judged: Sequence[Judged], pictures: Sequence[str]
) -> tuple[int, int] | None:
    """Find the row and column of a trial's chance; None where random colors are to be seen."""
    if asked.model == RANDOM:
        return None
    return judged.index(shown_of(asked)), pictures.index(asked.picture)
