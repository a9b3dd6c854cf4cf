"""Simulated studies: do the intervals hold the truth as often as they say?"""

import numpy as np
import pytest
from tests.unit.study.made import TRIALS, shares_of

from photochrom.metrics.proportion import wilson
from photochrom.study.simulation.observers import Observers
from photochrom.study.statistics.rate_interval import rate_interval

STUDIES = 2000
PEOPLE = (10, 20, 40)
RATES = (0.1, 0.3)


def covered(low: np.ndarray, high: np.ndarray, rate: float) -> float:
    return float(((low <= rate) & (rate <= high)).mean())


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("people", PEOPLE)
def test_the_interval_holds_the_truth_93_to_97_times_in_100(people: int, rate: float) -> None:
    shares = shares_of(Observers(rates=(rate,)), studies=STUDIES, people=people, seed=people)[0]
    found = rate_interval(shares, np.full_like(shares, TRIALS))
    assert abs(found.value.mean() - rate) < 0.002
    assert 0.93 <= covered(found.low, found.high, rate) <= 0.97


@pytest.mark.parametrize("people", PEOPLE)
def test_counting_answers_instead_of_people_would_not(people: int) -> None:
    shares = shares_of(Observers(rates=(0.3,)), studies=STUDIES, people=people, seed=people)[0]
    low, high = wilson(shares.mean(axis=-1), np.full(STUDIES, people * TRIALS), 1.96)
    assert covered(low, high, 0.3) < 0.85


@pytest.mark.parametrize("rate", RATES)
def test_the_percentile_bootstrap_would_not(rate: float) -> None:
    shares = shares_of(Observers(rates=(rate,)), studies=STUDIES, people=10, seed=10)[0]
    drawn = np.random.default_rng(0).multinomial(10, np.full(10, 0.1), 1000) / 10
    low, high = np.quantile(shares @ drawn.T, (0.025, 0.975), axis=-1)
    assert covered(low, high, rate) < 0.93


@pytest.mark.parametrize("people", PEOPLE)
def test_rare_events_are_not_undercovered(people: int) -> None:
    shares = shares_of(Observers(rates=(0.02,)), studies=STUDIES, people=people, seed=people)[0]
    found = rate_interval(shares, np.full_like(shares, TRIALS))
    assert covered(found.low, found.high, 0.02) >= 0.93


def test_people_who_are_all_alike_cost_little() -> None:
    shares = shares_of(Observers(rates=(0.3,), spread=0.0), studies=STUDIES, people=20, seed=0)[0]
    found = rate_interval(shares, np.full_like(shares, TRIALS))
    assert 0.93 <= covered(found.low, found.high, 0.3) <= 0.98
    assert found.design_effect.mean() < 1.3
