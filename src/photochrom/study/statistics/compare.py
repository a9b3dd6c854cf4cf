"""Whether people take one model's pictures for real more often than another's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Final

import numpy as np
from scipy import stats

from photochrom.arrays import F64
from photochrom.metrics.intervals import Interval
from photochrom.study.answers import TRUTH
from photochrom.study.statistics.rate_interval import t_quantile, variance_of_mean
from photochrom.study.statistics.rates import Tally

_FLIPS: Final = 10_000
_EXACT_UP_TO: Final = 13  # people: 8192 ways to flip their signs
_SEED: Final = 0
_TIE: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two models on the same question.

    Attributes:
        first: name of a model.
        second: name of the model subtracted from it.
        difference: of the rates, first minus second, -1 to 1.
        interval: 95 %, over participants.
        p_value: of no difference: sign flips of people when paired, Welch's t otherwise.
        p_holm: the same after Holm's correction for the number of pairs of models.
        is_paired: whether the same people saw both.
        participants: who saw the first and who saw the second; the same people when paired.
    """

    first: str
    second: str
    difference: float
    interval: Interval
    p_value: float
    p_holm: float
    is_paired: bool
    participants: tuple[int, int]

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.interval.high - self.interval.low) / 2


def compare_all(tallies: Sequence[Tally]) -> list[Comparison]:
    """Compare all pairs of models that were shown beside the truth.

    Pairs with fewer than two people on a side are left out: they have no interval.
    """
    models = [each for each in tallies if each.shown.against == TRUTH != each.shown.model]
    found = [each for first, second in combinations(models, 2) if (each := compare(first, second))]
    adjusted = holm([each.p_value for each in found])
    return [replace(each, p_holm=p) for each, p in zip(found, adjusted, strict=True)]


def compare(first: Tally, second: Tally) -> Comparison | None:
    """Compare two models: paired over the people who saw both when they are the greater part.

    Returns:
        The comparison; None when fewer than two people saw one of them.
    """
    both = sorted(set(first.names) & set(second.names))
    is_paired = len(both) >= 2 and len(set(first.names) | set(second.names)) < 2 * len(both)
    if is_paired:
        first, second = _only(first, both), _only(second, both)
    elif min(len(first.names), len(second.names)) < 2:
        return None
    difference = float(first.shares.mean() - second.shares.mean())
    if is_paired:  # within people; chance alone bounds the variance from below
        differences = first.shares - second.shares
        chance = _chance_of_mean(first) + _chance_of_mean(second)
        variance = max(float(differences.var(ddof=1)) / len(both), chance)
        freedom: float = len(both) - 1
        p_value = sign_flip_p_value(differences)
    else:  # Welch's t
        parts = [float(variance_of_mean(each.shares, each.trials)) for each in (first, second)]
        variance, people = sum(parts), (len(first.names), len(second.names))
        freedom = variance**2 / sum(
            part**2 / (count - 1) for part, count in zip(parts, people, strict=True)
        )
        p_value = 2 * float(stats.t.sf(abs(difference) / np.sqrt(variance), freedom))
    half = t_quantile(freedom) * variance**0.5
    return Comparison(
        first=first.shown.model,
        second=second.shown.model,
        difference=difference,
        interval=Interval(max(-1.0, difference - half), min(1.0, difference + half)),
        p_value=p_value,
        p_holm=p_value,
        is_paired=is_paired,
        participants=(len(first.names), len(second.names)),
    )


def sign_flip_p_value(differences: F64) -> float:
    """Test a mean difference of 0 by flipping the signs of people.

    Args:
        differences: (n,) one per person.

    Returns:
        Two-sided p: exact up to 13 people, otherwise of 10 000 random flips, always the same ones.

    >>> sign_flip_p_value(np.array([0.1, 0.2, 0.1, 0.3]))
    0.125
    """
    count = len(differences)
    observed = abs(float(differences.sum())) - _TIE
    if count <= _EXACT_UP_TO:
        signs = np.array(list(product((1.0, -1.0), repeat=count)))
        return float((np.abs(signs @ differences) >= observed).mean())
    signs = np.random.default_rng(_SEED).choice((-1.0, 1.0), size=(_FLIPS, count))
    as_large = int((np.abs(signs @ differences) >= observed).sum())
    return (as_large + 1) / (_FLIPS + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for their number.

    Source: Holm, Scandinavian Journal of Statistics 6 (1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(np.argsort(p_values, kind="stable")):
        largest = max(largest, (len(p_values) - rank) * p_values[place])
        adjusted[place] = min(1.0, largest)
    return adjusted


def _only(tally: Tally, names: Sequence[str]) -> Tally:
    """Keep some participants."""
    rows = [tally.names.index(name) for name in names]
    return replace(tally, names=names, labelled=tally.labelled[rows], trials=tally.trials[rows])


def _chance_of_mean(tally: Tally) -> float:
    """Give the variance that independent answers alone would have."""
    answers = float(tally.trials.sum())
    smoothed = (float(tally.labelled.sum()) + 1) / (answers + 2)
    return smoothed * (1 - smoothed) / answers
