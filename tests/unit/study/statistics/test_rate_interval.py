import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.study.statistics.rate_interval import rate_interval, variance_of_mean

counts = st.lists(st.integers(0, 40), min_size=2, max_size=30)


@given(counts)
def test_interval_holds_the_value_lies_within_0_and_1_and_is_never_empty(
    labelled: list[int],
) -> None:
    trials = np.full(len(labelled), 40.0)
    found = rate_interval(np.array(labelled) / 40, trials)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1
    assert found.high - found.low > 0.005
    assert found.design_effect >= 1


@given(counts)
def test_real_and_fake_are_symmetric(labelled: list[int]) -> None:
    shares, trials = np.array(labelled) / 40, np.full(len(labelled), 40.0)
    found, mirrored = rate_interval(shares, trials), rate_interval(1 - shares, trials)
    assert found.low == pytest.approx(1 - mirrored.high, abs=1e-9)
    assert found.high == pytest.approx(1 - mirrored.low, abs=1e-9)


def test_nobody_fooled_is_no_certainty() -> None:
    found = rate_interval(np.zeros(10), np.full(10, 40.0))
    assert found.low == 0
    assert 0.03 < found.high < 0.06
    assert rate_interval(np.zeros(40), np.full(40, 40.0)).high < found.high


def test_everybody_alike_is_no_certainty() -> None:
    found = rate_interval(np.full(10, 0.25), np.full(10, 40.0))
    assert found.high - found.low > 0.08


def test_one_person_has_no_interval() -> None:
    found = rate_interval(np.array([0.3]), np.array([40.0]))
    assert found.value == 0.3
    assert np.isnan(found.low)
    assert np.isnan(found.high)


def test_near_one_half_it_is_close_to_students_t() -> None:
    shares = np.random.default_rng(0).normal(0.5, 0.12, 40)
    found = rate_interval(shares, np.full(40, 40.0))
    half = 2.0227 * shares.std(ddof=1) / 40**0.5
    assert found.high - found.low == pytest.approx(2 * half, rel=0.02)


def test_many_studies_at_once_are_the_same_as_one_by_one() -> None:
    shares = np.random.default_rng(0).random((5, 12))
    trials = np.full_like(shares, 40)
    together = rate_interval(shares, trials)
    for study in range(5):
        alone = rate_interval(shares[study], trials[study])
        assert alone.low == together.low[study]
        assert alone.high == together.high[study]


def test_variance_of_mean_is_that_of_the_mean_or_of_chance() -> None:
    spread = np.array([0.1, 0.5, 0.9, 0.3])
    trials = np.full(4, 40.0)
    assert variance_of_mean(spread, trials) == pytest.approx(spread.var(ddof=1) / 4)
    alike = variance_of_mean(np.full(4, 0.5), trials)
    assert alike == pytest.approx(0.25 / 160)
