"""The interval of a rate over participants: what another draw of people might have said.

Answers of one person resemble each other, so people are what is counted, not answers. The spread of
the participants' shares gives the design effect (how many answers are worth one independent one);
the answers divided by it go into Wilson's interval, with Student's t in the place of the normal.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from photochrom.arrays import F64
from photochrom.metrics.proportion import wilson

CONFIDENCE: Final = 0.95
PUBLISHED_DESIGN_EFFECT: Final = 3.5  # of 40 answers: CIC prints ± 2.2, chance alone is 1.17
FEWEST_FOR_AN_INTERVAL: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RateInterval:
    """A rate and how far it can be trusted; all arrays have the shape of the studies given.

    Attributes:
        value: mean over participants of each one's share, 0 to 1.
        low: lower end of the 95 % interval; nan with fewer than two participants.
        high: upper end.
        design_effect: variance of the mean over what independent answers would have; 1 at least.
    """

    value: F64
    low: F64
    high: F64
    design_effect: F64


def rate_interval(shares: F64, trials: F64) -> RateInterval:
    """Estimate a rate from the shares of participants, for one study or many at once.

    Args:
        shares: (..., participants) share of each one's answers, 0 to 1.
        trials: (..., participants) on how many answers each share rests, at least 1.

    Returns:
        One estimate per study. Nobody being fooled, or all alike, never gives an empty interval:
        the design effect is at least 1, and where there are fewer answers of the rarer kind than
        participants, so that nobody can say how people differ, at least the published 3.5.

    Source: Wilson (1927) with effective numbers and t, as Dean and Pagano, Journal of Survey
        Statistics and Methodology 3 (2015). Coverage, also of the alternatives:
        docs/study-statistics.md, from benchmarks/study/coverage.py.

    >>> found = rate_interval(np.array([0.2, 0.3, 0.25, 0.45]), np.full(4, 40.0))
    >>> [round(float(each), 3) for each in (found.value, found.low, found.high)]
    [0.3, 0.162, 0.487]
    """
    people = shares.shape[-1]
    value = shares.mean(axis=-1)
    if people < FEWEST_FOR_AN_INTERVAL:
        nothing = np.full_like(value, np.nan)
        return RateInterval(value=value, low=nothing, high=nothing, design_effect=nothing)
    # the variance between participants, divided by that of independent answers; 0 without any
    independent = value * (1 - value) / trials.sum(axis=-1)
    measured = shares.var(axis=-1, ddof=1) / shares.shape[-1]
    effect = np.divide(measured, independent, out=np.zeros_like(value), where=independent > 0)
    design_effect = np.maximum(effect, _least_effect(shares, trials))
    independent = trials.sum(axis=-1) / design_effect
    low, high = wilson(value, independent, t_quantile(people - 1))
    return RateInterval(value=value, low=low, high=high, design_effect=design_effect)


def variance_of_mean(shares: F64, trials: F64) -> F64:
    """Estimate the variance of a mean share over participants, never below that of chance.

    Args:
        shares: (..., participants), at least two of them.
        trials: (..., participants).

    >>> float(variance_of_mean(np.zeros(10), np.full(10, 40.0))) > 0
    True
    """
    answers = trials.sum(axis=-1)
    smoothed = (shares.mean(axis=-1) * answers + 1) / (answers + 2)
    chance = smoothed * (1 - smoothed) / answers * _least_effect(shares, trials)
    return np.asarray(np.maximum(shares.var(axis=-1, ddof=1) / shares.shape[-1], chance))


def _least_effect(shares: F64, trials: F64) -> F64:
    """Say below which the design effect is not believed."""
    counted = np.rint((shares * trials).sum(axis=-1))
    rarer = np.minimum(counted, trials.sum(axis=-1) - counted)
    return np.where(rarer < shares.shape[-1], PUBLISHED_DESIGN_EFFECT, 1.0)


def t_quantile(freedom: float) -> float:
    """Take Student's two-sided 95 % quantile."""
    from scipy import stats  # noqa: PLC0415 - heavy, and flags are made without it

    return float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom))
