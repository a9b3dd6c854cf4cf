"""The probe on sums whose variance is known."""

import numpy as np
import pytest
from tests.unit.evaluation.counted import evaluation_of

from photochrom.evaluation.findings.findings import ProbeFinding, probe

WHOLE, OBJECT, BACKGROUND = 0, 1, 2


def counted(*levels: tuple[int, tuple[float, float, float, float]]) -> np.ndarray:
    sums = np.zeros((64, 4))
    for level, values in levels:
        sums[level] = values
    return sums


EXPLAINED = counted((0, (2, 20, 0, 202)), (63, (2, 0, 0, 2)))  # 100 of 104; mean 5, 0
ONE_OBJECT = counted((7, (4, 8, -16, 200)))  # one lightness explains nothing; mean 2, -4
NOTHING = counted()


def found(shown: list[np.ndarray], truth: list[np.ndarray], part: int) -> list[ProbeFinding]:
    levels = np.zeros((1, len(shown), 3, 2, 64, 4))
    levels[0, :, part, 0], levels[0, :, part, 1] = shown, truth
    return probe(evaluation_of(("model",), levels=levels))


@pytest.mark.parametrize(
    ("place", "name"), [(WHOLE, "whole"), (OBJECT, "object"), (BACKGROUND, "background")]
)
def test_a_model_and_the_originals_by_hand(place: int, name: str) -> None:
    model, originals = found([EXPLAINED, EXPLAINED], [ONE_OBJECT, ONE_OBJECT], place)
    assert (model.model, originals.model) == ("model", "originals")
    assert {model.part, originals.part} == {name}
    assert model.explained.value == pytest.approx(100 * 100 / 104)
    assert originals.explained.value == pytest.approx(0)
    assert (model.mean, originals.mean) == ((5, 0), (2, -4))
    assert (model.shift, originals.shift) == (5, 0)


def test_the_interval_reaches_from_the_one_picture_to_the_other() -> None:
    model, _ = found([EXPLAINED, ONE_OBJECT], [ONE_OBJECT, ONE_OBJECT], WHOLE)
    interval = model.explained.interval
    assert (interval.low, interval.high) == pytest.approx((0, 100 * 100 / 104))


def test_draws_without_pixels_are_left_out_of_the_interval() -> None:
    model, _ = found([EXPLAINED, NOTHING], [ONE_OBJECT, ONE_OBJECT], WHOLE)
    interval = model.explained.interval
    assert (interval.low, interval.high) == pytest.approx((100 * 100 / 104, 100 * 100 / 104))


def test_one_color_everywhere_has_no_number() -> None:
    flat = counted((3, (2, 4, 2, 10)), (9, (2, 4, 2, 10)))
    model, _ = found([flat], [ONE_OBJECT], WHOLE)
    assert np.isnan(model.explained.value)
    assert np.isnan(model.explained.interval.low)


def test_without_the_probe_there_is_nothing() -> None:
    assert probe(evaluation_of(("model",), errors=np.zeros((1, 2, 151)))) == []
