import numpy as np
import pytest
from tests.unit.study.made import sessions_of

from photochrom.study.answers import Answer, Part
from photochrom.study.design.manifest import Rule
from photochrom.study.simulation.observers import Observers
from photochrom.study.simulation.simulated import simulate
from photochrom.study.statistics.exclusion import (
    BAD_EXPOSURES,
    FAILED_VIGILANCE,
    exclude,
    guesser_passes,
)
from photochrom.study.statistics.rates import Judged, rate_of, tallies

OURS = (Judged("ours"),)


def simulated(observers: Observers, seed: int = 0, **plan: int) -> list[Answer]:
    sessions = sessions_of(("ours",), **{"people": 20, **plan})  # type: ignore[arg-type]
    return simulate(sessions, observers, OURS, exposure_ms=1000.0, seed=seed)


def test_every_trial_is_answered_once_and_the_seed_decides() -> None:
    observers = Observers(rates=(0.3,))
    answers = simulated(observers)
    assert len(answers) == 20 * 44
    assert len({(each.participant, each.trial) for each in answers}) == len(answers)
    assert simulated(observers) == answers
    assert simulated(observers, seed=1) != answers


def test_rates_are_those_asked_for() -> None:
    observers = Observers(rates=(0.2, 0.4), agreement=1.0)
    judged = (Judged("a"), Judged("b"))
    sessions = sessions_of(("a", "b"), people=600)
    answers = simulate(sessions, observers, judged, exposure_ms=None, seed=0)
    found = [rate_of(each).value for each in tallies(answers)]
    assert found == pytest.approx([0.2, 0.4], abs=0.02)
    assert {each.exposure_ms for each in answers} == {None}


def test_preference_and_single_are_answered_in_their_own_way() -> None:
    judged = (Judged("a", "b"),)
    sessions = sessions_of(("b",), people=400, against="a")  # asked the other way round
    answers = simulate(sessions, Observers(rates=(0.7,)), judged, exposure_ms=None, seed=0)
    (tally,) = tallies(answers)
    assert (tally.shown, rate_of(tally).value) == (judged[0], pytest.approx(0.7, abs=0.03))
    judged = (Judged("a"), Judged("truth"))
    sessions = sessions_of(("a", "truth"), people=400)
    answers = simulate(sessions, Observers(rates=(0.3, 0.8)), judged, exposure_ms=None, seed=0)
    found = [rate_of(each).value for each in tallies(answers)]
    assert found == pytest.approx([0.3, 0.8], abs=0.03)


def rates_with_and_without(vigilance_trials: int) -> tuple[float, float, float]:
    """Rates of 1600 people, with and without the rule; and which share of the guessers stays."""
    observers = Observers(rates=(0.2,), inattentive=0.25, vigilance=1.0)
    answers = simulated(observers, people=1600, vigilance_trials=vigilance_trials)
    counted = exclude(answers, Rule(), asked_ms=1000.0, planned=40)
    kept, everybody = (rate_of(tallies(each)[0]).value for each in (counted.answers, answers))
    return kept, everybody, 1 - counted.reasons[FAILED_VIGILANCE] / (1600 * 0.25)


def test_guessers_bias_the_rate_and_the_rule_leaves_them_out() -> None:
    kept, everybody, stay = rates_with_and_without(vigilance_trials=20)
    assert everybody == pytest.approx(0.2 + 0.25 * 0.3, abs=0.015)
    assert kept == pytest.approx(0.2, abs=0.008)
    assert stay == pytest.approx(guesser_passes(Rule(), 20), abs=0.04)


def test_four_vigilance_trials_let_every_third_guesser_pass() -> None:
    kept, everybody, stay = rates_with_and_without(vigilance_trials=4)
    assert stay == pytest.approx(0.31, abs=0.06)
    assert 0.2 + 0.01 < kept < everybody - 0.03


def test_attentive_people_with_steady_screens_stay() -> None:
    answers = simulated(Observers(rates=(0.3,), vigilance=1.0), people=100)
    assert exclude(answers, Rule(), asked_ms=1000.0).reasons == {}
    late = [each.exposure_ms or 0.0 for each in answers]
    assert np.median(late) == pytest.approx(1000, abs=1)
    assert max(late) > 1100


def test_a_slow_screen_is_left_out() -> None:
    sessions = sessions_of(("ours",), people=2)
    answers = simulate(sessions, Observers(rates=(0.3,)), OURS, exposure_ms=1300.0, seed=0)
    assert exclude(answers, Rule(), asked_ms=1000.0).reasons[BAD_EXPOSURES] == 2


def test_guessers_are_fast() -> None:
    observers = Observers(rates=(0.3,), inattentive=0.5)
    answers = simulated(observers, people=60)
    by_name: dict[str, list[Answer]] = {}
    for each in answers:
        by_name.setdefault(each.participant, []).append(each)
    times = sorted(float(np.median([a.reaction_ms for a in own])) for own in by_name.values())
    assert times[10] < 500
    assert times[-10] > 800


def test_practice_with_random_colors_is_answered_too() -> None:
    sessions = sessions_of(("ours",), people=1)
    practice = [each for each in sessions["p000"] if each.part is Part.VIGILANCE]
    answers = simulate({"p": practice}, Observers(rates=(0.3,)), OURS, exposure_ms=None, seed=0)
    assert len(answers) == len(practice)
