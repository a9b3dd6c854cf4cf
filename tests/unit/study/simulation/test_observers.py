import numpy as np
import pytest
from tests.unit.study.made import shares_of

from photochrom.errors import InputError
from photochrom.study.simulation.observers import Observers
from photochrom.study.simulation.simulated import (
    draw_difficulty,
    draw_people,
    labelled_chance,
    vigilance_chance,
)


def test_rates_are_exact_whatever_people_and_pictures_are_like() -> None:
    observers = Observers(rates=(0.1, 0.4), picture_spread=1.5, spread=0.15)
    generator = np.random.default_rng(0)
    people = draw_people(observers, (40_000,), generator)
    chance = labelled_chance(people, draw_difficulty(observers, 12, generator))
    assert chance.mean(axis=(0, 2)) == pytest.approx((0.1, 0.4), abs=0.003)
    assert chance.mean(axis=0).std(axis=-1).min() > 0.05  # some pictures fool more


def test_answers_of_a_person_resemble_each_other_as_asked() -> None:
    observers = Observers(rates=(0.3,), picture_spread=0.0, spread=0.1)
    shares = shares_of(observers, studies=1, people=20_000, seed=0)[0, 0]
    expected = 0.3 * 0.7 * (1 + 39 * 0.1) / 40
    assert shares.var() == pytest.approx(expected, rel=0.05)


def test_agreement_is_the_correlation_over_people() -> None:
    for agreement in (0.0, 0.5, 1.0):
        observers = Observers(rates=(0.3, 0.3), agreement=agreement)
        own = draw_people(observers, (20_000,), np.random.default_rng(0)).own
        assert np.corrcoef(own.T)[0, 1] == pytest.approx(agreement, abs=0.04)


def test_the_inattentive_guess_on_everything() -> None:
    observers = Observers(rates=(0.1,), inattentive=0.3)
    people = draw_people(observers, (10_000,), np.random.default_rng(0))
    assert people.is_guessing.mean() == pytest.approx(0.3, abs=0.02)
    chance = labelled_chance(people, np.zeros((1, 3)))
    assert (chance[people.is_guessing] == 0.5).all()
    assert set(vigilance_chance(observers, people)) == {0.5, 0.97}


def test_all_alike() -> None:
    people = draw_people(Observers(rates=(0.2,), spread=0), (5,), np.random.default_rng(0))
    assert (people.own == 0.2).all()


@pytest.mark.parametrize(
    "given",
    [
        {"rates": (0.0,)},
        {"rates": (30.0,)},
        {"rates": (0.3,), "spread": 1.0},
        {"rates": (0.3,), "inattentive": -0.1},
        {"rates": (0.3,), "vigilance": 1.2},
        {"rates": (0.3,), "agreement": -1.0},
        {"rates": (0.3,), "picture_spread": -1.0},
    ],
)
def test_impossible_people_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Observers(**given)  # type: ignore[arg-type]
