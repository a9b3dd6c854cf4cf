from dataclasses import replace

import pytest

from photochrom.metrics.intervals import Interval
from photochrom.study.statistics.compare import Comparison
from photochrom.study.statistics.verdicts import Finding, judge_comparison

CLEAR = Comparison(
    first="a",
    second="b",
    difference=0.08,
    interval=Interval(0.02, 0.14),
    p_value=0.01,
    p_holm=0.01,
    is_paired=True,
    participants=(20, 20),
)


def finding(**given: object) -> Finding:
    return judge_comparison(replace(CLEAR, **given)).finding  # type: ignore[arg-type]


def test_an_interval_without_0_names_the_better_one() -> None:
    assert finding() is Finding.FIRST
    swapped = judge_comparison(replace(CLEAR, difference=-0.08, interval=Interval(-0.14, -0.02)))
    assert swapped.finding is Finding.SECOND
    assert swapped.sentence == (
        "b is taken for real 8.0 points more often than a, 95 % interval 2.0 to 14.0."
    )


def test_of_many_pairs_one_that_seems_to_differ_is_no_verdict() -> None:
    assert finding(p_holm=0.06) is Finding.NONE
    assert "several pairs" in judge_comparison(replace(CLEAR, p_holm=0.06)).sentence


@pytest.mark.parametrize(
    ("ends", "expected"),
    [((-0.04, 0.05), Finding.NO_DIFFERENCE), ((-0.05, 0.07), Finding.NONE)],
)
def test_no_difference_needs_a_narrow_interval(
    ends: tuple[float, float], expected: Finding
) -> None:
    assert finding(difference=0.01, interval=Interval(*ends), p_holm=0.8) is expected


def test_few_people_on_either_side_are_no_verdict() -> None:
    assert finding(participants=(9, 40), is_paired=False) is Finding.NONE
    assert finding(participants=(40, 9), is_paired=False) is Finding.NONE
    assert finding(participants=(10, 10)) is Finding.FIRST
