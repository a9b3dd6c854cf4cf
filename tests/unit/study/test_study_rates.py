from dataclasses import replace

import numpy as np
import pytest
from tests.unit.study.made import answer, session

from photochrom.study.answers import Part
from photochrom.study.statistics.rate_interval import rate_interval
from photochrom.study.statistics.rates import (
    Judged,
    rate_of,
    shown_in,
    spread_beyond_chance,
    tallies,
)


def test_the_rate_is_the_mean_over_people_not_over_answers() -> None:
    answers = [*session("p1", fooled=10, trials=10), *session("p2", fooled=0, trials=30)]
    (tally,) = tallies(answers)
    rate = rate_of(tally)
    assert (rate.value, rate.participants, rate.trials) == (0.5, 2, 40)


def test_practice_and_vigilance_never_count() -> None:
    kept = list(session("p1", fooled=1, trials=4))
    others = [answer(part=part, right=False) for part in (Part.PRACTICE, Part.VIGILANCE)]
    (tally,) = tallies([*kept, *others])
    assert rate_of(tally).value == 0.25


def test_the_interval_is_over_people() -> None:
    fooled = np.random.default_rng(0).integers(0, 30, 12)
    answers = [a for n, k in enumerate(fooled) for a in session(f"{n}", fooled=k, trials=40)]
    rate = rate_of(tallies(answers)[0])
    expected = rate_interval(np.array(tallies(answers)[0].shares), np.full(12, 40.0))
    assert rate.interval is not None
    assert (rate.interval.low, rate.interval.high) == (expected.low, expected.high)
    doubled = [*answers, *(replace(a, trial=a.trial + 40) for a in answers)]
    again = rate_of(tallies(doubled)[0])
    assert again.half_width == pytest.approx(rate.half_width, rel=0.01)


def test_one_person_has_a_rate_but_no_interval() -> None:
    rate = rate_of(tallies(session("p1", fooled=1, trials=4))[0])
    assert rate.interval is None
    assert rate.design_effect is None
    assert rate.half_width == float("inf")


def test_labelled_real_in_every_kind_of_question() -> None:
    assert shown_in(answer(right=False)) == (Judged("ours"), True)
    assert shown_in(answer(model="truth", right=True)) == (Judged("truth"), True)
    asked = answer(model="b", against="a", right=True)
    assert shown_in(asked) == (Judged("a", "b"), False)
    assert shown_in(replace(asked, model="a", against="b")) == (Judged("a", "b"), True)


def test_real_photographs_come_last_and_are_named() -> None:
    answers = [answer(model="truth"), answer(model="zebra")]
    assert [each.shown.name for each in tallies(answers)] == ["zebra", "real photographs"]


def test_spread_between_people_is_without_chance() -> None:
    generator = np.random.default_rng(0)
    own = generator.beta(6, 14, 20_000)  # standard deviation 0.1
    shares, trials = generator.binomial(40, own) / 40, np.full(20_000, 40.0)
    assert spread_beyond_chance(shares, trials) == pytest.approx(0.1, abs=0.003)
    assert spread_beyond_chance(shares[:1], trials[:1]) is None
