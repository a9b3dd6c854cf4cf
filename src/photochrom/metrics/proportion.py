"""Proportions: how sure a share of so many trials is."""

from typing import Final

import numpy as np

from photochrom.arrays import F64
from photochrom.metrics.intervals import Interval

Shares = F64 | np.float64

_Z: Final = 1.959963984540054  # of a two-sided 95 % interval


def wilson_interval(successes: float, trials: int) -> Interval:
    """Give the 95 % score interval of a proportion.

    Args:
        successes: from 0 to the number of trials; a tie counts one half.
        trials: independent ones, at least 1.

    Returns:
        Shares from 0 to 1; never empty, not even when all trials went the same way.

    Raises:
        ValueError: when there are no trials, or more successes than trials.

    Source: Wilson 1927; the published 58 of 2000 pairs are 2.25 to 3.73 %.

    >>> interval = wilson_interval(58, 2000)
    >>> round(100 * interval.low, 2), round(100 * interval.high, 2)
    (2.25, 3.73)
    >>> interval = wilson_interval(0, 10)
    >>> interval.low, round(interval.high, 3)
    (0.0, 0.278)
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes of {trials} trials are impossible")
    low, high = wilson(np.float64(successes / trials), np.float64(trials), _Z)
    return Interval(float(low), float(high))


def wilson(share: Shares, trials: Shares, quantile: float) -> tuple[F64, F64]:
    """Give the ends of Wilson's score interval.

    Args:
        share: of successes, 0 to 1; of any shape.
        trials: independent ones, of the same shape; not always whole.
        quantile: two-sided, of the normal or of whatever stands in its place.

    Returns:
        Low and high, 0 to 1.

    >>> low, high = wilson(np.array(0.0), np.array(100.0), 1.96)
    >>> float(low), round(float(high), 3)
    (0.0, 0.037)
    """
    square = quantile**2 / trials
    center = (share + square / 2) / (1 + square)
    half = np.sqrt(square * (share * (1 - share) + square / 4)) / (1 + square)
    # the ends meet the share at 0 and at 1, where rounding could leave it outside
    return np.clip(center - half, 0.0, share), np.clip(center + half, share, 1.0)
