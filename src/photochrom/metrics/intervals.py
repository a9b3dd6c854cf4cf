"""Intervals: how far a number would move had other pictures of the same kind been measured."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from photochrom.arrays import F64

_TAILS: Final = (0.025, 0.975)
_RESAMPLES: Final = 2000
_BLOCK: Final = 200  # resamples worked on at once, so that memory stays bounded


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval, from ``low`` to ``high``; both are NaN where nothing can be said."""

    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """Tell whether a value lies outside; a difference whose interval excludes 0 is no noise.

        An interval of which nothing is known excludes nothing.
        """
        return value < self.low or value > self.high

    def folded(self) -> "Interval":
        """Give the interval of the absolute value.

        >>> Interval(-2.0, 1.0).folded(), Interval(-2.0, -1.0).folded()
        (Interval(low=0.0, high=2.0), Interval(low=1.0, high=2.0))
        """
        ends = abs(self.low), abs(self.high)
        return Interval(0.0 if not self.excludes(0.0) else min(ends), max(ends))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number over a set and its 95 % interval."""

    value: float
    interval: Interval

    @classmethod
    def of(cls, value: float, draws: F64) -> Self:
        """Put the value over a set and its draws (resamples,) together."""
        return cls(float(value), interval_about(float(value), draws))


def resampled_totals(columns: F64, *, seed: int, resamples: int = _RESAMPLES) -> F64:
    """Draw pictures with replacement and add their columns up, many times.

    All columns share the draws, so that quantities made of several columns stay paired.

    Args:
        columns: (n, k) one row per picture.
        seed: same seed, same draws.
        resamples: how often the set is drawn anew, at least 1.

    Returns:
        (resamples, k) sums over n drawn pictures.

    >>> resampled_totals(np.ones((5, 1)), seed=0, resamples=2).ravel().tolist()
    [5.0, 5.0]
    """
    times = _times_drawn(len(columns), seed, resamples)
    exact = np.asarray(columns, np.float64)
    blocks = [times[start : start + _BLOCK] @ exact for start in range(0, resamples, _BLOCK)]
    return np.concatenate(blocks)


@lru_cache(maxsize=2)  # the same draws serve all columns of a report
def _times_drawn(count: int, seed: int, resamples: int) -> NDArray[np.uint16]:
    """Tell how often each of the pictures is drawn: (resamples, count)."""
    generator = np.random.default_rng(seed)
    shares = np.full(count, 1 / count)
    drawn = np.empty((resamples, count), np.uint16)
    for start in range(0, resamples, _BLOCK):
        rows = drawn[start : start + _BLOCK]
        rows[:] = generator.multinomial(count, shares, size=len(rows))
    drawn.setflags(write=False)
    return drawn


def percentile_interval(values: F64) -> Interval:
    """Take the middle 95 % of resampled values.

    Args:
        values: (resamples,), at least one.

    Returns:
        The 2.5th and the 97.5th percentile.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.

    >>> percentile_interval(np.arange(41.0))
    Interval(low=1.0, high=39.0)
    """
    low, high = np.quantile(values, _TAILS)
    return Interval(float(low), float(high))


def interval_about(value: float, draws: F64) -> Interval:
    """Take the middle 95 % of resampled values, moved so that their median is the estimate.

    Means stay where they are. Distances do not: drawn anew, few pictures are further from the truth
    than the set is, so that all draws of a small distance can lie above it. What is never negative
    keeps its interval from 0 upward, and none reaches beyond all draws.

    Args:
        value: the estimate over the whole set.
        draws: (resamples,); NaN where a draw says nothing.

    Returns:
        An interval that holds the estimate; of NaN when the estimate or all draws are.

    Source: Efron 1987, Better Bootstrap Confidence Intervals: the draws' median tells their bias.

    >>> interval_about(0.5, np.arange(1.0, 42.0))
    Interval(low=0.0, high=19.5)
    """
    known = draws[~np.isnan(draws)]
    if np.isnan(value) or not known.size:
        return Interval(np.nan, np.nan)
    found, bias = percentile_interval(known), float(np.median(known)) - value
    floor = 0.0 if value >= 0 and known.min() >= 0 else -np.inf
    low, high = max(found.low - bias, floor), min(found.high - bias, float(known.max()))
    return Interval(min(low, value), max(high, value))
