from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from tests.unit.study.made import TRIALS, session, shares_of

from photochrom.study.simulation.observers import Observers
from photochrom.study.statistics.compare import compare, compare_all, sign_flip_p_value
from photochrom.study.statistics.rates import Judged, Tally, tallies


def tally(model: str, shares: np.ndarray, *, prefix: str = "p") -> Tally:
    names = [f"{prefix}{number:03}" for number in range(len(shares))]
    trials = np.full(len(shares), float(TRIALS))
    return Tally(shown=Judged(model), names=names, labelled=shares * TRIALS, trials=trials)


def test_the_same_people_are_paired_and_others_are_not() -> None:
    shares = np.random.default_rng(0).random((2, 12))
    first = tally("a", shares[0])
    paired = compare(first, tally("b", shares[1]))
    apart = compare(first, tally("b", shares[1], prefix="q"))
    assert paired is not None
    assert apart is not None
    assert paired.is_paired
    assert not apart.is_paired
    assert paired.difference == pytest.approx(apart.difference)


def test_unpaired_is_welch() -> None:
    shares = np.random.default_rng(1).random((2, 12))
    found = compare(tally("a", shares[0]), tally("b", shares[1], prefix="q"))
    theirs = stats.ttest_ind(shares[0], shares[1], equal_var=False)
    interval = theirs.confidence_interval()
    assert found is not None
    assert found.p_value == pytest.approx(theirs.pvalue)
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(interval))


def test_paired_is_students_t() -> None:
    shares = np.random.default_rng(1).random((2, 12))
    found = compare(tally("a", shares[0]), tally("b", shares[1]))
    interval = stats.ttest_rel(shares[0], shares[1]).confidence_interval()
    assert found is not None
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(interval))


def test_equal_people_are_no_certainty() -> None:
    alike = np.full(10, 0.25)
    found = compare(tally("a", alike), tally("b", alike))
    assert found is not None
    assert found.interval.low < -0.03
    assert found.interval.high > 0.03
    assert found.p_value == 1


def test_few_people_are_left_out() -> None:
    one = [*session("p1", fooled=1, trials=4), *session("p2", fooled=1, trials=4, model="b")]
    assert compare_all(tallies(one)) == []


@pytest.mark.parametrize("is_paired", [True, False])
def test_equal_models_are_told_apart_5_times_in_100(is_paired: bool) -> None:
    observers = Observers(rates=(0.3, 0.3), agreement=0.5)
    first, second = shares_of(observers, studies=600, people=20, seed=3)
    if not is_paired:
        second = np.roll(second, 1, axis=0)  # other people
    prefix = "p" if is_paired else "q"
    found = [
        compare(tally("a", a), tally("b", b, prefix=prefix))
        for a, b in zip(first, second, strict=True)
    ]
    apart = np.mean([each is not None and each.interval.excludes(0.0) for each in found])
    assert 0.03 <= apart <= 0.07


def test_sign_flips_are_exact_for_few_and_close_for_many() -> None:
    differences = np.random.default_rng(0).normal(0.03, 0.1, 13)
    exact = sign_flip_p_value(differences)
    flipped = stats.permutation_test(
        (differences,), np.sum, permutation_type="samples", n_resamples=np.inf, vectorized=False
    )
    assert exact == pytest.approx(flipped.pvalue, abs=1e-9)
    many = np.random.default_rng(0).normal(0.03, 0.1, 60)
    assert sign_flip_p_value(many) == pytest.approx(stats.ttest_1samp(many, 0).pvalue, abs=0.01)


def test_many_pairs_are_corrected_for_their_number() -> None:
    shares = np.random.default_rng(0).random((3, 12))
    found = compare_all([tally(name, row) for name, row in zip("abc", shares, strict=True)])
    assert [(each.first, each.second) for each in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert min(found, key=lambda each: each.p_value).p_holm == pytest.approx(
        min(1, 3 * min(each.p_value for each in found))
    )


def test_mostly_different_people_are_not_paired_by_the_few_who_saw_both() -> None:
    shares = np.random.default_rng(0).random((2, 12))
    first, second = tally("a", shares[0]), tally("b", shares[1], prefix="q")
    mixed = replace(second, names=[*first.names[:2], *second.names[2:]])
    found = compare(first, mixed)
    assert found is not None
    assert not found.is_paired
    assert found.participants == (12, 12)
