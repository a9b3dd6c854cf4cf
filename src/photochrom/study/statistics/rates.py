"""The rate labelled real, per model and per picture, with intervals over people and pictures."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Final

import numpy as np

from photochrom.arrays import F64, I64
from photochrom.metrics.intervals import Interval
from photochrom.metrics.proportion import wilson, wilson_interval
from photochrom.study.answers import TRUTH, Answer, Part
from photochrom.study.statistics.rate_interval import rate_interval, t_quantile

CHOSEN: Final = "chosen"
LABELLED: Final = "labelled real"
_FEWEST: Final = 2  # of people and of pictures, for an interval over both


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
    def word(self) -> str:
        """Name what is counted."""
        return CHOSEN if self.is_preference else LABELLED

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRate:
    """One picture of one model.

    Attributes:
        shown: whose result it is.
        picture: its opaque name.
        original: what the photograph is called in its collection.
        labelled: answers that called it real, or preferred it.
        answers: in all, each by another person.
        interval: Wilson's 95 %, of this picture alone.
    """

    shown: Judged
    picture: str
    original: str
    labelled: int
    answers: int
    interval: Interval

    @property
    def value(self) -> float:
        """The rate, 0 to 1."""
        return self.labelled / self.answers


def shown_in(answer: Answer) -> tuple[Judged, bool]:
    """Say what an answer judged, and whether it called it real, or preferred it."""
    shown = shown_of(answer.model, answer.against)
    is_as_asked = answer.model == shown.model and (shown.is_preference or shown.model == TRUTH)
    return shown, answer.right == is_as_asked


def shown_of(model: str, against: str) -> Judged:
    """Say what a trial is about.

    Two models compared are named in the order of the alphabet, whichever way they were asked.
    """
    if model == TRUTH:
        return Judged(TRUTH)
    is_in_order = against in (TRUTH, max(model, against))
    return Judged(model, against) if is_in_order else Judged(against, model)


def _judgments(answers: Iterable[Answer]) -> Iterator[tuple[Answer, Judged, bool]]:
    """Go through the test answers, with what `shown_in` says of each."""
    return ((each, *shown_in(each)) for each in answers if each.part is Part.TEST)


def tallies(answers: Iterable[Answer]) -> list[Tally]:
    """Count the test answers per participant and model; real photographs come last."""
    counts: dict[Judged, dict[str, list[int]]] = {}
    for answer, shown, labelled in _judgments(answers):
        count = counts.setdefault(shown, {}).setdefault(answer.participant, [0, 0])
        count[0] += labelled
        count[1] += 1
    found = []
    for shown in sorted(counts, key=lambda shown: (shown.model == TRUTH, shown)):
        names = sorted(counts[shown])
        table = np.array([counts[shown][name] for name in names], np.float64)
        found.append(Tally(shown=shown, names=names, labelled=table[:, 0], trials=table[:, 1]))
    return found


def rate_of(tally: Tally) -> Rate:
    """Estimate the rate of one tally, with its interval over participants.

    >>> tally = Tally(
    ...     shown=Judged("ours"),
    ...     names=["anna", "bert", "cleo"],
    ...     labelled=np.array([8.0, 12, 10]),
    ...     trials=np.full(3, 40.0),
    ... )
    >>> rate_of(tally).value
    0.25
    """
    found = rate_interval(tally.shares, tally.trials)
    has_interval = not isnan(found.low)
    return Rate(
        shown=tally.shown,
        value=float(found.value),
        interval=Interval(float(found.low), float(found.high)) if has_interval else None,
        participants=len(tally.names),
        trials=int(tally.trials.sum()),
        design_effect=float(found.design_effect) if has_interval else None,
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


def rank_pictures(answers: Iterable[Answer], originals: Mapping[str, str]) -> list[PictureRate]:
    """Rank pictures by the share of people who took them for real, most real first.

    Nobody sees a picture of one model twice, so the answers of one picture are independent.

    Args:
        answers: all that count.
        originals: by opaque name, what each photograph is called in its collection.

    Returns:
        One per model and picture; ties by more answers, then by name.
    """
    counts: dict[tuple[Judged, str], list[int]] = {}
    for answer, shown, labelled in _judgments(answers):
        count = counts.setdefault((shown, answer.picture), [0, 0])
        count[0] += labelled
        count[1] += 1
    rates = [
        PictureRate(
            shown=shown,
            picture=picture,
            original=originals.get(picture, picture),
            labelled=labelled,
            answers=number,
            interval=wilson_interval(labelled, number),
        )
        for (shown, picture), (labelled, number) in counts.items()
    ]
    return sorted(rates, key=lambda r: (-r.value, -r.answers, r.shown, r.picture))


def crossed_intervals(answers: Iterable[Answer]) -> dict[Judged, Interval | None]:
    """Give the interval of each model's rate over participants and pictures at once.

    Returns:
        By model; None where there are fewer than two people or pictures.
    """
    found: dict[Judged, tuple[list[str], list[str], list[bool]]] = {}
    for answer, shown, labelled in _judgments(answers):
        people, pictures, flags = found.setdefault(shown, ([], [], []))
        people.append(answer.participant)
        pictures.append(answer.picture)
        flags.append(labelled)
    return {
        shown: crossed_interval(people, pictures, np.array(flags, np.float64))
        for shown, (people, pictures, flags) in found.items()
    }


def crossed_interval(
    people: Sequence[str] | I64,
    pictures: Sequence[str] | I64,
    labelled: F64,
) -> Interval | None:
    """Estimate how far a rate would move had other people judged other pictures.

    Args:
        people: (answers,) who answered.
        pictures: (answers,) about which picture.
        labelled: (answers,) 1 where it was taken for real.

    Returns:
        95 %; None with fewer than two people or pictures.

    Source: Cameron, Gelbach and Miller, Robust inference with multiway clustering, Journal of
        Business and Economic Statistics 29 (2011): variances over people and over pictures add up,
        that of single answers comes off; then as in `rate_interval`.
    """
    value = float(labelled.mean())
    parts = [_clustered(labelled - value, each) for each in (people, pictures)]
    groups = min(count for _, count in parts)
    if groups < _FEWEST:
        return None
    chance = max(value * (1 - value), 1 / (len(labelled) + 2)) / len(labelled)
    variance = max(sum(v for v, _ in parts) - chance, *(v for v, _ in parts), chance)
    independent = max(value * (1 - value) / variance, 1.0)
    low, high = wilson(np.array(value), np.array(independent), t_quantile(groups - 1))
    return Interval(float(low), float(high))


def _clustered(residuals: F64, groups: Sequence[str] | I64) -> tuple[float, int]:
    """Give the variance of a mean over groups, and how many groups there are."""
    _, codes = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.bincount(codes, residuals)
    count = len(sums)
    if count < _FEWEST:
        return 0.0, count
    return float(count / (count - 1) * (sums**2).sum() / len(residuals) ** 2), count
