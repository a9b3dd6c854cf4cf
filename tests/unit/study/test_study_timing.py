import pytest
from tests.unit.study.made import answer

from photochrom.study.statistics.timing import exposure_quality, reaction_times


def test_exposures_are_counted_by_how_far_they_are_off() -> None:
    shown = [1000.0, 1016.0, 1030.0, 1099.0, 1101.0, 800.0]
    answers = [answer(trial=n, exposure_ms=each) for n, each in enumerate(shown)]
    answers += [answer(trial=9, hidden=True), answer(trial=10, exposure_ms=None)]
    found = exposure_quality(answers, asked_ms=1000.0, off_ms=100.0)
    assert found is not None
    assert (found.exposures, found.off, found.hidden) == (7, 2, 1)
    assert found.within_frame == pytest.approx(3 / 7)
    assert found.median_ms == 1016.0


def test_without_a_time_there_is_nothing_to_keep() -> None:
    assert exposure_quality([answer()], asked_ms=None, off_ms=100.0) is None
    assert exposure_quality([], asked_ms=1000.0, off_ms=100.0) is None


def test_every_participant_has_one_voice_in_the_median() -> None:
    fast = [answer(participant="fast", trial=n, reaction_ms=300.0) for n in range(50)]
    slow = [answer(participant=f"slow {n}", reaction_ms=900.0, right=False) for n in range(2)]
    found = reaction_times([*fast, *slow])
    assert found is not None
    assert found.median_ms == 900.0
    assert (found.median_real_ms, found.median_fake_ms) == (900.0, 300.0)
    assert found.counts[1] == 50
    assert found.counts[3] == 2


def test_long_answers_share_the_last_bin() -> None:
    found = reaction_times([answer(reaction_ms=60_000.0), answer(reaction_ms=5_000.0)])
    assert found is not None
    assert found.counts[-1] == 2
    assert found.median_real_ms is None
    assert reaction_times([]) is None
