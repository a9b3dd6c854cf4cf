"""Answers of made-up observers to a planned study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from photochrom.arrays import F64
from photochrom.study.answers import RANDOM, TRUTH, Answer, Part
from photochrom.study.design.sessions import Trial
from photochrom.study.simulation.observers import Observers
from photochrom.study.statistics.rates import Judged, shown_of
from photochrom.study.statistics.timing import FRAME_MS

Flags = NDArray[np.bool_]

GUESSING: Final = 0.5
_QUANTILES: Final = 1024  # of people, over which a rate is averaged to calibrate it
_SMALLEST: Final = 1e-12
_FURTHEST: Final = 60.0  # in logits; no rate needs more
_MEDIAN_MS: Final = 950.0
_GUESSING_MS: Final = 380.0
_SPREAD_BETWEEN: Final = 0.35  # of the logarithm of reaction times
_SPREAD_WITHIN: Final = 0.45
_SLOWER_WHEN_FOOLED: Final = 1.25
_JITTER_MS: Final = 3.0
_LATE_FRAME: Final = 0.04  # share of exposures one frame too long
_STALLED: Final = 0.004  # share of exposures a tenth of a second and more too long
_HIDDEN: Final = 0.003


@dataclass(frozen=True, slots=True)
class People:
    """People drawn from a population.

    Attributes:
        own: (..., people, models) each one's own rate, before pictures differ; 0 to 1.
        is_guessing: (..., people) those who guess on everything.
    """

    own: F64
    is_guessing: Flags


def draw_people(
    observers: Observers, shape: tuple[int, ...], generator: np.random.Generator
) -> People:
    """Draw people, (studies, people) or any other shape of them at once."""
    common = generator.standard_normal((*shape, 1))
    single = generator.standard_normal((*shape, len(observers.rates)))
    agreement = observers.agreement
    place = special.ndtr(agreement**0.5 * common + (1 - agreement) ** 0.5 * single)
    own = np.stack(
        [
            _people_at(place[..., model], rate, observers.spread)
            for model, rate in enumerate(observers.rates)
        ],
        axis=-1,
    )
    return People(own, generator.random(shape) < observers.inattentive)


def draw_difficulty(observers: Observers, pictures: int, generator: np.random.Generator) -> F64:
    """Draw how easily each picture fools: (models, pictures), in logits.

    Each model's are shifted so that its rate over all people and these very pictures is exact.
    """
    drawn = generator.normal(0, observers.picture_spread, (len(observers.rates), pictures))
    return np.stack(
        [
            each + _shift(rate, observers.spread, each)
            for rate, each in zip(observers.rates, drawn, strict=True)
        ]
    )


def labelled_chance(people: People, difficulty: F64) -> F64:
    """Give the chance that a picture is taken for real.

    Args:
        people: drawn people.
        difficulty: (models, pictures) in logits.

    Returns:
        (..., people, models, pictures), one half for those who guess.
    """
    chance: F64 = special.expit(_logit(people.own)[..., None] + difficulty)
    return np.where(people.is_guessing[..., None, None], GUESSING, chance)


def vigilance_chance(observers: Observers, people: People) -> F64:
    """Give the chance that random colors are seen through: (..., people)."""
    return np.where(people.is_guessing, GUESSING, observers.vigilance)


def _people_at(place: F64, rate: float, spread: float) -> F64:
    """Take quantiles of the beta distribution of people's rates."""
    if spread == 0:
        return np.full_like(place, rate)
    together = 1 / spread - 1
    found: F64 = special.betaincinv(rate * together, (1 - rate) * together, place)
    return found


def _shift(rate: float, spread: float, difficulty: F64) -> float:
    """Find the shift of all pictures that makes the mean over people and pictures exact."""
    places = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    people = _logit(_people_at(places, rate, spread))[:, None]

    def excess(shift: float) -> float:
        return float(special.expit(people + difficulty + shift).mean()) - rate

    return float(optimize.brentq(excess, -_FURTHEST, _FURTHEST, xtol=1e-9))


def _logit(rates: F64) -> F64:
    found: F64 = special.logit(np.clip(rates, _SMALLEST, 1 - _SMALLEST))
    return found


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
    trials = [each for own in sessions.values() for each in own]
    tested = {each.picture for each in trials if each.part is Part.TEST}  # whose rates are exact
    others = {each.picture for each in trials} - tested
    columns = {name: place for place, name in enumerate([*sorted(tested), *sorted(others)])}
    rows = {shown: place for place, shown in enumerate(judged)}
    people = draw_people(observers, (len(sessions),), generator)
    sets = [
        draw_difficulty(observers, len(names), generator) for names in (tested, others) if names
    ]
    chances = labelled_chance(people, np.concatenate(sets, axis=1))
    seen = vigilance_chance(observers, people)
    answers: list[Answer] = []
    for place, (name, own) in enumerate(sessions.items()):
        expected = np.array(
            [
                seen[place]
                if each.model == RANDOM
                else chances[place, rows[shown_of(each.model, each.against)], columns[each.picture]]
                for each in own
            ]
        )
        usual_ms = _GUESSING_MS if people.is_guessing[place] else _MEDIAN_MS
        answers += _answer(name, own, expected, usual_ms, exposure_ms, generator)
    return answers


def _answer(
    name: str,
    own: Sequence[Trial],
    expected: F64,
    usual_ms: float,
    exposure_ms: float | None,
    generator: np.random.Generator,
) -> list[Answer]:
    """Answer one session; ``expected`` is the chance of "real", or of seeing random colors."""
    count = len(own)
    median_ms = usual_ms * float(np.exp(generator.normal(0, _SPREAD_BETWEEN)))
    drawn = generator.random(count) < expected
    hidden = generator.random(count) < _HIDDEN
    is_fooled = np.array([each.part is Part.TEST for each in own]) & drawn  # and hesitates
    noise = np.exp(generator.normal(0, _SPREAD_WITHIN, count))
    reactions = np.round(median_ms * noise * np.where(is_fooled, _SLOWER_WHEN_FOOLED, 1), 1)
    exposures: list[float | None] = [None] * count
    if exposure_ms is not None:
        draw = generator.random(count)
        late = np.where(draw < _LATE_FRAME, FRAME_MS, 0.0)
        stalled = np.where(draw < _STALLED, generator.uniform(100, 400, count), 0.0)
        jitter = generator.normal(0, _JITTER_MS, count)
        exposures = np.round(exposure_ms + late + stalled + jitter, 1).tolist()
    return [
        asked.answered(
            participant=name,
            trial=trial,
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
    return is_labelled == (asked.model == shown_of(asked.model, asked.against).model)
