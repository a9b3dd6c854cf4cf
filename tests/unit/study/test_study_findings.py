import csv
import io
import json
from dataclasses import replace

import pytest
from tests.unit.study.made import answer, session, sessions_of, vigilance

from photochrom.errors import InputError
from photochrom.study.answers import Answer, Part
from photochrom.study.design.manifest import (
    Rule,
    StudyManifest,
    StudyPicture,
    manifest_text,
    parse_manifest,
)
from photochrom.study.report.tables import (
    answers_csv,
    models_csv,
    participants_csv,
    pictures_csv,
)
from photochrom.study.report.write import methods_paragraph, report_json
from photochrom.study.simulation.observers import Observers
from photochrom.study.simulation.simulated import simulate
from photochrom.study.statistics.findings import StudyFindings, find
from photochrom.study.statistics.rates import Judged
from photochrom.study.statistics.verdicts import Finding

TRUTH_FILE, RESULT_FILE = "0" * 16, "a" * 16
MANIFEST = StudyManifest(
    title="Birds",
    contact="",
    preset="cic",
    seed=3,
    models=("a", "b"),
    mixed=True,
    in_turn=True,
    exposure_ms=1000.0,
    practice=1,
    test=1,
    vigilance=0,
    size_px=256,
    rule=Rule(),
    left_out={},
    pictures=tuple(
        StudyPicture(
            name=f"x{number}",
            original=f"heron {number}.jpg",
            part=part,
            truth=f"pictures/{TRUTH_FILE}.png",
            results={"a": f"pictures/{RESULT_FILE}.png"},
        )
        for number, part in enumerate((Part.TEST, Part.TEST, Part.PRACTICE))
    ),
)
SETTING = replace(
    MANIFEST,
    title="A study",
    in_turn=False,
    practice=10,
    test=40,
    vigilance=4,
    seed=7,
)


def found_of(
    *rates: float,
    people: int = 40,
    setting: StudyManifest = SETTING,
    spread: float = 0.01,
    simulation: str = "",
) -> StudyFindings:
    models = ("a", "b", "c")[: len(rates)]
    observers = Observers(rates=rates, vigilance=1.0, spread=spread)
    judged = [Judged(model) for model in models]
    sessions = sessions_of(models, people=people)
    answers = simulate(sessions, observers, judged, exposure_ms=1000.0, seed=0)
    return find(answers, setting, simulation=simulation)


@pytest.mark.parametrize(
    ("rate", "finding"), [(0.2, Finding.BELOW), (0.5, Finding.EQUAL), (0.8, Finding.ABOVE)]
)
def test_a_rate_is_judged_against_one_half(rate: float, finding: Finding) -> None:
    (verdict,) = found_of(rate).verdicts
    assert verdict.finding is finding


@pytest.mark.parametrize(("people", "said"), [(1, "one participant"), (9, "fewer than 10")])
def test_few_people_get_no_verdict(people: int, said: str) -> None:
    (verdict,) = found_of(0.2, people=people).verdicts
    assert verdict.finding is Finding.NONE
    assert said in verdict.sentence


def test_a_wide_interval_gets_no_verdict_but_a_number_of_people() -> None:
    found = found_of(0.3, people=12, spread=0.15)
    assert found.rates[0].half_width > 0.05
    assert found.verdicts[0].finding is Finding.NONE
    assert "participants like these would do" in found.verdicts[0].sentence


def test_models_are_compared_and_the_better_one_is_named() -> None:
    found = found_of(0.2, 0.4)
    (comparison,), (verdict,) = found.comparisons, found.comparison_verdicts
    assert comparison.is_paired
    assert verdict.finding is Finding.SECOND
    assert verdict.sentence.startswith("b is taken for real ")
    assert "points more often than a, 95 % interval" in verdict.sentence


def test_models_that_do_not_differ_are_not_told_apart() -> None:
    (verdict,) = found_of(0.3, 0.3).comparison_verdicts
    assert verdict.finding in {Finding.NO_DIFFERENCE, Finding.NONE}
    (verdict,) = found_of(0.3, 0.3, people=6).comparison_verdicts
    assert "fewer than 10" in verdict.sentence


def test_nobody_at_all() -> None:
    found = find([], SETTING)
    assert not found.rates
    assert found.reactions is None
    assert report_json(found)["models"] == []
    head = "participant,trial,part,model,against,picture,left,right,reaction_ms,exposure_ms,hidden"
    assert answers_csv([], found).startswith(head)
    assert answers_csv([], found).count("\n") == 1
    assert participants_csv(found).startswith("participant,trials,vigilance_right,vigilance,")
    assert pictures_csv(found) == (
        "model,against,picture,original,labelled_real,interval,answers,low,high\n"
    )
    assert models_csv(found).startswith("model,against,labelled_real,interval,participants,trials,")
    assert "0 people took part" in methods_paragraph(found)


def test_all_excluded_is_no_rate() -> None:
    answers = [*session("p1", fooled=3, trials=40), *vigilance("p1", right=0, trials=4)]
    found = find(answers, SETTING)
    assert not found.rates
    assert [each.value for each in found.with_all] == [3 / 40]


def test_single_is_judged_beside_the_real_photographs() -> None:
    setting = replace(SETTING, preset="single")
    observers = Observers(rates=(0.4, 0.8), vigilance=1.0, spread=0.01)
    judged = [Judged("a"), Judged("truth")]
    sessions = sessions_of(("a", "truth"), people=40)
    found = find(simulate(sessions, observers, judged, exposure_ms=1000.0, seed=0), setting)
    assert found.verdicts[0].finding is Finding.BELOW
    assert found.verdicts[1].finding is Finding.DESCRIBED
    assert "People can tell a from real photographs" in found.verdicts[0].sentence
    assert not found.comparisons
    alike = simulate(
        sessions, replace(observers, rates=(0.7, 0.7)), judged, exposure_ms=1000, seed=0
    )
    assert find(alike, setting).verdicts[0].finding in {Finding.EQUAL, Finding.NONE}
    only_fakes = [each for each in alike if each.model != "truth"]
    halved = replace(setting, test=20)
    assert find(only_fakes, halved).verdicts[0].finding is Finding.DESCRIBED


@pytest.mark.parametrize(
    ("rate", "finding"), [(0.7, Finding.FIRST), (0.5, Finding.NO_DIFFERENCE), (0.3, Finding.SECOND)]
)
def test_preference_names_the_preferred(rate: float, finding: Finding) -> None:
    setting = replace(SETTING, preset="preference")
    observers = Observers(rates=(rate,), vigilance=1.0, spread=0.0)
    sessions = sessions_of(("a",), people=60, against="b")
    answers = simulate(sessions, observers, [Judged("a", "b")], exposure_ms=1000.0, seed=1)
    found = find(answers, setting)
    assert found.verdicts[0].finding is finding
    assert found.rates[0].shown.name == "a over b"


def answers_of_two() -> list[Answer]:
    return [
        *session("p1", fooled=10, trials=40),
        *vigilance("p1", right=4, trials=4),
        *session("p2", fooled=20, trials=40),
        *vigilance("p2", right=1, trials=4),
        answer(participant="p1", trial=300, picture="late", exposure_ms=1500.0),
    ]


def test_json_has_everything_in_percent() -> None:
    content = json.loads(json.dumps(report_json(find(answers_of_two(), SETTING))))
    (model,) = content["models"]
    assert model["model"] == "ours"
    assert model["labelled_real"] == 25.0
    assert (model["participants"], model["trials"], model["interval"]) == (1, 40, None)
    assert content["without_exclusion"][0]["participants"] == 2
    assert content["exclusion"]["reasons"] == {"missed random colors": 1}
    assert content["exclusion"]["answers_not_counted"] == 1
    assert content["simulated"] is None
    assert len(content["pictures"]) == 40


def test_csv_says_what_counts() -> None:
    answers = answers_of_two()
    found = find(answers, SETTING)
    rows = list(csv.DictReader(io.StringIO(answers_csv(answers, found))))
    assert len(rows) == len(answers)
    assert sum(row["counts"] == "True" for row in rows) == 40
    people = list(csv.DictReader(io.StringIO(participants_csv(found))))
    assert [row["reasons"] for row in people] == ["", "missed random colors"]
    pictures = list(csv.DictReader(io.StringIO(pictures_csv(found))))
    assert {"picture", "labelled_real", "low", "high"} <= set(pictures[0])
    models = list(csv.DictReader(io.StringIO(models_csv(found))))
    assert models[0]["labelled_real"] == "25.0"


def test_the_methods_paragraph_is_made_of_the_study() -> None:
    text = methods_paragraph(found_of(0.3, 0.2))
    for part in (
        "each picture for 1000 ms",
        "40 test trials",
        "seed 7",
        "40 people took part",
        "Holm",
    ):
        assert part in text
    assert "SIMULATED" not in text
    made_up = methods_paragraph(found_of(0.3, simulation="40 observers"))
    assert made_up.startswith("SIMULATED, NOT MEASURED: 40 observers.")


def test_the_setting_is_what_the_manifest_fixed() -> None:
    answers = [answer(picture=name, trial=number) for number, name in enumerate(("x1", "unknown"))]
    found = find(answers, MANIFEST, simulation="made up")
    assert parse_manifest(manifest_text(MANIFEST), "it").rule == Rule()
    setting = report_json(found)["setting"]
    assert isinstance(setting, dict)
    assert (setting["pictures"], setting["trials"], setting["simulation"]) == (2, 1, "made up")
    assert {each.picture: each.original for each in found.pictures} == {
        "x1": "heron 1.jpg",
        "unknown": "unknown",
    }
    assert "one after the other" in methods_paragraph(find([], MANIFEST))


def test_an_unknown_rule_is_refused() -> None:
    text = manifest_text(MANIFEST).replace('"least_share"', '"luck"')
    with pytest.raises(InputError, match="has an unknown key 'luck'"):
        parse_manifest(text, "it")
