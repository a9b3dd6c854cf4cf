"""The rate labelled real per model, over participants."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from photochrom.metrics.intervals import Interval
from photochrom.study.answers import TRUTH, Answer, Part
from photochrom.study.design.sessions import Trial
from photochrom.study.statistics.rate_interval import RateInterval, rate_interval

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, order=True)
class Judged:
    """What was judged: a model's results beside the real photographs, or beside another model's."""

    model: str
    against: str = TRUTH

    @property
    def is_preference(self) -> bool:
        """Whether two colorings were compared."""
        return self.against != TRUTH

    @property
    def name(self) -> str:
        """Name it in a table."""
        if self.model == TRUTH:
            return "real photographs"
        return f"{self.model} over {self.against}" if self.is_preference else self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What each participant said of one thing; rows are participants in the order of ``names``.

    Attributes:
        shown: what was judged.
        names: participants.
        labelled: (participants,) answers that called it real, or preferred it.
        trials: (participants,) answers in all, at least 1 each.
    """

    shown: Judged
    names: Sequence[str]
    labelled: F64
    trials: F64

    @property
    def shares(self) -> F64:
        """Divide: each participant's share, 0 to 1."""
        return self.labelled / self.trials


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often people took a model's pictures for real.

    Attributes:
        shown: what was judged.
        value: mean over participants of each one's share, 0 to 1.
        interval: 95 %, over participants; None with fewer than two.
        participants: how many.
        trials: answers in all.
        design_effect: how many answers are worth one independent one; None with fewer than two.
        spread: standard deviation between people beyond chance, in rate units; None likewise.
    """

    shown: Judged
    value: float
    interval: Interval | None
    participants: int
    trials: int
    design_effect: float | None
    spread: float | None

    @property
    def half_width(self) -> float:
        """Half of the interval's width; infinite without one."""
        if self.interval is None:
            return float("inf")
        return (self.interval.high - self.interval.low) / 2


def shown_in(answer: Answer) -> tuple[Judged, bool]:
    """Say what an answer judged, and whether it called it real, or preferred it."""
    shown = shown_of(answer)
    is_as_asked = answer.model == shown.model and (shown.is_preference or shown.model == TRUTH)
    return shown, answer.right == is_as_asked


def shown_of(asked: Answer | Trial) -> Judged:
    """Say what a trial is about.

    Two models compared are named in the order of the alphabet, whichever way they were asked.
    """
    if asked.model == TRUTH:
        return Judged(TRUTH)
    if asked.against == TRUTH or asked.model < asked.against:
        return Judged(asked.model, asked.against)
    return Judged(asked.against, asked.model)


def tallies(answers: Iterable[Answer]) -> list[Tally]:
    """Count the test answers per participant and model; real photographs come last."""
    counts: dict[Judged, dict[str, list[int]]] = {}
    for answer in answers:
        if answer.part is not Part.TEST:
            continue
        shown, labelled = shown_in(answer)
        count = counts.setdefault(shown, {}).setdefault(answer.participant, [0, 0])
        count[0] += labelled
        count[1] += 1
    ordered = sorted(counts, key=lambda shown: (shown.model == TRUTH, shown))
    return [_tally(shown, counts[shown]) for shown in ordered]


def rate_of(tally: Tally) -> Rate:
    """Estimate the rate of one tally, with its interval over participants.

    >>> tally = Tally(
    ...     shown=Shown("ours"),
    ...     names=["anna", "bert", "cleo"],
    ...     labelled=np.array([8.0, 12, 10]),
    ...     trials=np.full(3, 40.0),
    ... )
    >>> rate_of(tally).value
    0.25
    """
    found = rate_interval(tally.shares, tally.trials)
    return Rate(
        shown=tally.shown,
        value=float(found.value),
        interval=_interval(found),
        participants=len(tally.names),
        trials=int(tally.trials.sum()),
        design_effect=None if isnan(found.design_effect) else float(found.design_effect),
        spread=spread_beyond_chance(tally.shares, tally.trials),
    )


def spread_beyond_chance(shares: F64, trials: F64) -> float | None:
    """Estimate by how much rates differ, without what few answers make them differ.

    Args:
        shares: (n,) of people, or of pictures.
        trials: (n,) answers behind each.

    Returns:
        A standard deviation, 0 at least; None for fewer than two.
    """
    if len(shares) < 2:
        return None
    several = np.maximum(trials - 1, 1)
    chance = float((shares * (1 - shares) / several).mean())
    return float(np.sqrt(max(0.0, float(shares.var(ddof=1)) - chance)))


def _tally(shown: Judged, counts: Mapping[str, Sequence[int]]) -> Tally:
    names = sorted(counts)
    table = np.array([counts[name] for name in names], np.float64)
    return Tally(shown=shown, names=names, labelled=table[:, 0], trials=table[:, 1])


def _interval(found: RateInterval) -> Interval | None:
    return None if isnan(found.low) else Interval(float(found.low), float(found.high))
