import pytest
from tests.unit.study.made import answer

from photochrom.study.answers import Part
from photochrom.study.statistics.rates import rank_pictures


def test_the_most_real_come_first_with_an_interval_each() -> None:
    answers = [
        answer(participant=f"p{person}", picture=picture, right=person >= fooled)
        for picture, fooled in {"a": 1, "b": 7, "c": 0}.items()
        for person in range(10)
    ]
    ranked = rank_pictures([*answers, answer(part=Part.PRACTICE, picture="d")], {})
    assert [(each.picture, each.value) for each in ranked] == [("b", 0.7), ("a", 0.1), ("c", 0.0)]
    assert ranked[0].interval.low == pytest.approx(0.397, abs=0.001)  # Wilson, by hand
    assert ranked[2].interval.low == 0
    assert ranked[2].interval.high == pytest.approx(0.278, abs=0.001)
