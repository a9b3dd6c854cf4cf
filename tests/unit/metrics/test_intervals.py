import numpy as np
import pytest

from photochrom.metrics.intervals import Interval, percentile_interval, resampled_totals


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
