"""Intervals: how far a number would move had other pictures of the same kind been measured."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

_TAILS: Final = (0.025, 0.975)
_RESAMPLES: Final = 2000
_BLOCK: Final = 200  # resamples worked on at once, so that memory stays bounded


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval, from ``low`` to ``high``."""

    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """Tell whether a value lies outside; a difference whose interval excludes 0 is no noise."""
        return not self.low <= value <= self.high


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
