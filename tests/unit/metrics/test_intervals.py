import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from photochrom.metrics.intervals import (
    Interval,
    interval_about,
    percentile_interval,
    resampled_totals,
)


def test_interval_of_a_mean_matches_its_standard_error() -> None:
    values = np.random.default_rng(2).normal(10, 3, (400, 1))
    interval = percentile_interval(resampled_totals(values, seed=0)[:, 0] / 400)
    standard_error = values.std() / 20
    assert interval.low == pytest.approx(values.mean() - 1.96 * standard_error, abs=0.06)
    assert interval.high == pytest.approx(values.mean() + 1.96 * standard_error, abs=0.06)


def test_covers_the_truth_about_as_often_as_promised() -> None:
    generator = np.random.default_rng(4)
    samples = generator.exponential(1.0, (200, 60, 1))
    drawn = [resampled_totals(s, seed=1, resamples=400)[:, 0] / 60 for s in samples]
    hits = [not percentile_interval(values).excludes(1.0) for values in drawn]
    assert 0.87 <= np.mean(hits) <= 0.98


def test_same_seed_same_draws_whatever_the_columns() -> None:
    columns = np.random.default_rng(0).normal(size=(30, 2))
    both = resampled_totals(columns, seed=5, resamples=250)
    one = resampled_totals(columns[:, 1:], seed=5, resamples=250)
    np.testing.assert_allclose(both[:, 1:], one)


def test_excludes() -> None:
    assert Interval(1, 2).excludes(0)
    assert not Interval(-1, 2).excludes(0)


def test_2000_draws_of_as_many_pictures_as_there_are() -> None:
    totals = resampled_totals(np.ones((7, 1)), seed=0)
    assert totals.shape == (2000, 1)
    assert (totals == 7).all()


def test_excludes_no_end() -> None:
    assert not Interval(1, 2).excludes(1)
    assert not Interval(1, 2).excludes(2)


@given(
    value=st.floats(-100, 100),
    draws=st.lists(st.floats(-100, 100), min_size=1, max_size=30).map(np.array),
)
def test_an_interval_holds_its_estimate_wherever_the_draws_lie(
    value: float, draws: NDArray[np.float64]
) -> None:
    found = interval_about(value, draws)
    assert found.low <= value <= found.high
    assert not found.folded().excludes(abs(value))
    if value >= 0 and draws.min() >= 0:
        assert found.low >= 0


def test_the_interval_of_a_mean_stays_where_it_was() -> None:
    values = np.random.default_rng(2).normal(10, 3, (400, 1))
    draws = resampled_totals(values, seed=0)[:, 0] / 400
    plain, moved = percentile_interval(draws), interval_about(values.mean(), draws)
    assert moved.low == pytest.approx(plain.low, abs=0.02)
    assert moved.high == pytest.approx(plain.high, abs=0.02)


def test_what_says_nothing_excludes_nothing() -> None:
    for found in (interval_about(np.nan, np.ones(3)), interval_about(1.0, np.full(3, np.nan))):
        assert np.isnan([found.low, found.high]).all()
        assert not found.excludes(0)
    assert interval_about(2.0, np.array([1.0, np.nan, 3.0])) == Interval(1.05, 2.95)
