"""What a network's logits say of pairs: how often it is fooled, how often right, how calibrated."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from photochrom.arrays import F64
from photochrom.metrics.intervals import Interval
from photochrom.metrics.proportion import wilson_interval

ECE_BINS: Final = 10
_TEMPERATURES: Final = np.geomspace(0.05, 20, 241)


@dataclass(frozen=True, slots=True)
class DetectionRate:
    """A share of independent pairs.

    Attributes:
        value: 0 to 1.
        interval: Wilson's, 95 %.
        trials: how many pairs.
    """

    value: float
    interval: Interval
    trials: int

    @classmethod
    def of(cls, successes: float, trials: int) -> "DetectionRate":
        """Count successes, ties as one half."""
        return cls(successes / trials, wilson_interval(successes, trials), trials)

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.interval.high - self.interval.low) / 2


def pair_auc(real: F64, artificial: F64) -> DetectionRate:
    """Count the pairs in which the photograph is judged more real; ties count one half.

    This is the area under the curve of the choice between two, within pairs: it notices a trace too
    faint to stand out among different photographs.

    Args:
        real: (n,) logits of the photographs.
        artificial: (n,) logits of their twins.

    >>> pair_auc(np.array([1.0, 2.0]), np.array([0.0, 2.0])).value
    0.75
    """
    wins = float((real > artificial).sum() + 0.5 * (real == artificial).sum())
    return DetectionRate.of(wins, len(real))


def pair_fooled(real: F64, artificial: F64) -> DetectionRate:
    """Count the pairs in which the twin is judged more real than the photograph; ties one half."""
    return pair_auc(artificial, real)


def accuracy(real: F64, artificial: F64) -> float:
    """Give the share of single pictures that are judged rightly, at a probability of one half.

    >>> accuracy(np.array([1.0, -1.0]), np.array([-2.0, -3.0]))
    0.75
    """
    return float((real > 0).mean() / 2 + (artificial <= 0).mean() / 2)


def fit_temperature(real: F64, artificial: F64) -> float:
    """Find the number that logits must be divided by to be most likely.

    Args:
        real: (n,) logits of photographs that were not trained on.
        artificial: (n,) logits of their twins.

    Returns:
        From 0.05 to 20; above 1 for a network that is too sure.

    Source: Guo et al. 2017, temperature scaling.
    """
    signed = np.concatenate([real, -artificial])
    losses = [np.logaddexp(0, -signed / t).mean() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def calibration_error(real: F64, artificial: F64) -> float:
    """Measure how far stated probabilities are from what happens: the expected calibration error.

    Args:
        real: (n,) logits of photographs.
        artificial: (n,) logits of their twins.

    Returns:
        Mean distance of the probability from the share of photographs, over ten bins, 0 to 1.

    Source: Naeini et al. 2015.

    >>> round(calibration_error(np.array([9.0, 9.0]), np.array([-9.0, 9.0])), 2)
    0.25
    """
    stated = 1 / (1 + np.exp(-np.concatenate([real, artificial])))
    is_real = np.repeat([1.0, 0.0], [len(real), len(artificial)])
    bins = np.minimum((stated * ECE_BINS).astype(int), ECE_BINS - 1)
    surplus = np.bincount(bins, weights=stated - is_real, minlength=ECE_BINS)
    return float(np.abs(surplus).sum() / len(stated))
