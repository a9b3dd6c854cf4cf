"""The interval of a rate if other pictures, too, had been shown: over participants and pictures."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from photochrom.metrics.intervals import Interval
from photochrom.metrics.proportion import wilson
from photochrom.study.answers import Answer, Part
from photochrom.study.statistics.rate_interval import CONFIDENCE
from photochrom.study.statistics.rates import Judged, shown_in

F64 = NDArray[np.float64]

_FEWEST: Final = 2  # of people and of pictures


def crossed_intervals(answers: Iterable[Answer]) -> dict[Judged, Interval | None]:
    """Give the interval of each model's rate over participants and pictures at once.

    Returns:
        By model; None where there are fewer than two people or pictures.
    """
    found: dict[Judged, tuple[list[str], list[str], list[bool]]] = {}
    for answer in answers:
        if answer.part is Part.TEST:
            shown, labelled = shown_in(answer)
            people, pictures, flags = found.setdefault(shown, ([], [], []))
            people.append(answer.participant)
            pictures.append(answer.picture)
            flags.append(labelled)
    return {
        shown: crossed_interval(people, pictures, np.array(flags, np.float64))
        for shown, (people, pictures, flags) in found.items()
    }


def crossed_interval(
    people: Sequence[str] | NDArray[np.int64],
    pictures: Sequence[str] | NDArray[np.int64],
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
    quantile = float(stats.t.ppf((1 + CONFIDENCE) / 2, groups - 1))
    independent = max(value * (1 - value) / variance, 1.0)
    low, high = wilson(np.array(value), np.array(independent), quantile)
    return Interval(float(low), float(high))


def _clustered(residuals: F64, groups: Sequence[str] | NDArray[np.int64]) -> tuple[float, int]:
    """Give the variance of a mean over groups, and how many groups there are."""
    _, codes = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.bincount(codes, residuals)
    count = len(sums)
    if count < _FEWEST:
        return 0.0, count
    return float(count / (count - 1) * (sums**2).sum() / len(residuals) ** 2), count
