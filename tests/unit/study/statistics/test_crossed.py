import numpy as np
import pytest
from tests.unit.study.made import session

from photochrom.study.simulation.observers import Observers
from photochrom.study.simulation.simulated import (
    draw_difficulty,
    draw_people,
    labelled_chance,
)
from photochrom.study.statistics.rates import Judged, crossed_interval, crossed_intervals

PEOPLE, PICTURES = 20, 40
ROWS, COLUMNS = np.divmod(np.arange(PEOPLE * PICTURES), PICTURES)


def half_width(labelled: np.ndarray) -> float:
    interval = crossed_interval(ROWS, COLUMNS, labelled.ravel().astype(np.float64))
    assert interval is not None
    return (interval.high - interval.low) / 2


def test_other_pictures_of_a_pool_are_covered() -> None:
    observers = Observers(rates=(0.3,))
    generator = np.random.default_rng(0)
    pool = draw_difficulty(observers, 2000, generator)
    held = 0
    for _ in range(600):
        chosen = pool[:, generator.choice(2000, PICTURES, replace=False)]
        chance = labelled_chance(draw_people(observers, (PEOPLE,), generator), chosen)
        labelled = (generator.random(chance.shape) < chance).ravel().astype(np.float64)
        interval = crossed_interval(ROWS, COLUMNS, labelled)
        held += interval is not None and not interval.excludes(0.3)
    assert 0.93 <= held / 600 <= 0.98


def test_variances_over_people_and_over_pictures_add_up() -> None:
    generator = np.random.default_rng(1)
    own, difficulty = generator.random((PEOPLE, 1)), generator.random((1, PICTURES))
    people = half_width(generator.random((PEOPLE, PICTURES)) < np.broadcast_to(own, (PEOPLE, 40)))
    both = half_width(generator.random((PEOPLE, PICTURES)) < (own + difficulty) / 2)
    value = 0.5
    variance = own.var(ddof=1) / 4 / PEOPLE + difficulty.var(ddof=1) / 4 / PICTURES
    variance += value * (1 - value) / (PEOPLE * PICTURES)
    assert both == pytest.approx(2.093 * variance**0.5, rel=0.25)
    assert people > 0.08


def test_a_worked_example_by_hand() -> None:
    labelled = np.array([1.0, 1, 0, 0])  # two people, two pictures: each person always the same
    interval = crossed_interval(["a", "a", "b", "b"], ["x", "y", "x", "y"], labelled)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((0.0015, 0.9985), abs=0.0001)


def test_few_people_or_pictures_have_none() -> None:
    one = list(session("p1", fooled=1, trials=4))
    assert crossed_intervals(one) == {Judged("ours"): None}
    assert crossed_interval(["a", "b"], ["x", "x"], np.array([1.0, 0.0])) is None


def test_nobody_fooled_is_no_certainty() -> None:
    assert half_width(np.zeros((PEOPLE, PICTURES))) > 0.002
