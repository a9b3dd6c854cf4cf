from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.study.test_study_findings import MANIFEST, RESULT_FILE, TRUTH_FILE

from photochrom.errors import InputError
from photochrom.study.answers import Part
from photochrom.study.design.manifest import StudyManifest, StudyPicture
from photochrom.study.simulation.observers import MadeUp
from photochrom.study.simulation.simulated import answers_of, simulate_study
from photochrom.study.statistics.findings import find
from photochrom.study.statistics.rates import Judged, rate_of, tallies

SIZES = {Part.PRACTICE: 4, Part.TEST: 24, Part.VIGILANCE: 4}


def manifest_of(*models: str, preset: str = "cic", mixed: bool = True) -> StudyManifest:
    pictures = tuple(
        StudyPicture(
            name=f"{part}{number}",
            original=f"{part} {number}.jpg",
            part=part,
            truth=f"pictures/{TRUTH_FILE}.png",
            results=dict.fromkeys(
                ("random",) if part is Part.VIGILANCE else models, f"pictures/{RESULT_FILE}.png"
            ),
        )
        for part, size in SIZES.items()
        for number in range(size)
    )
    return replace(
        MANIFEST,
        preset=preset,
        mixed=mixed,
        models=models,
        practice=4,
        test=24,
        vigilance=4,
        pictures=pictures,
    )


def rates_found(manifest: StudyManifest, *rates: float) -> dict[str, float]:
    answers = answers_of(manifest, MadeUp(participants=300, rates=rates))
    return {rate_of(each).shown.name: rate_of(each).value for each in tallies(answers)}


@pytest.mark.parametrize("mixed", [True, False])
def test_models_have_their_rates_whoever_sees_them(mixed: bool) -> None:
    found = rates_found(manifest_of("b", "a", mixed=mixed), 0.4, 0.2)
    assert found == pytest.approx({"a": 0.2, "b": 0.4}, abs=0.03)


def test_preference_has_the_rate_of_the_first_of_each_pair() -> None:
    found = rates_found(manifest_of("b", "a", "c", preset="preference"), 0.7, 0.6, 0.4)
    expected = {"a over b": 0.3, "b over c": 0.6, "a over c": 0.4}
    assert found == pytest.approx(expected, abs=0.03)


def test_single_has_real_photographs_too() -> None:
    found = rates_found(manifest_of("a", preset="single"), 0.35)
    assert found == pytest.approx({"a": 0.35, "real photographs": 0.8}, abs=0.03)


def test_whole_sessions_are_answered_as_planned() -> None:
    manifest = manifest_of("a", "b")
    answers = answers_of(manifest, MadeUp(participants=3, rates=(0.3, 0.2)))
    assert len(answers) == 3 * manifest.trials
    found = find(answers, manifest, simulation="made up")
    assert [each.trials for each in found.counted.attendance] == [24] * 3
    assert [each.vigilance for each in found.counted.attendance] == [4] * 3


@pytest.mark.parametrize("rates", [(0.3,), (0.3, 0.2, 0.1), ()])
def test_rates_that_do_not_fit_name_the_models(rates: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="each of a, b: 2 in all"):
        answers_of(manifest_of("a", "b"), MadeUp(participants=3, rates=rates))


def test_a_study_is_never_answered_itself(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="people's answers"):
        simulate_study(tmp_path, tmp_path, MadeUp(participants=1, rates=(0.3,)), force=True)


def test_names_are_those_of_simulated_people() -> None:
    answers = answers_of(manifest_of("a"), MadeUp(participants=2, rates=(0.3,)))
    assert {each.participant for each in answers} == {"simulated-0001", "simulated-0002"}
    assert {rate.shown for rate in map(rate_of, tallies(answers))} == {Judged("a")}
