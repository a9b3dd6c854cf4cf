"""Proportions: how sure a share of so many trials is."""

from math import sqrt
from typing import Final

from photochrom.metrics.intervals import Interval

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
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes of {trials} trials are impossible")
    share, weight = successes / trials, _Z**2 / trials
    middle = (share + weight / 2) / (1 + weight)
    half = _Z * sqrt(share * (1 - share) / trials + weight / (4 * trials)) / (1 + weight)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))
