import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from tests.unit.study.made import sessions_of
from tests.unit.study.test_study_findings import SETTING, answers_of_two, found_of

from photochrom.errors import InputError
from photochrom.report.page import is_page_of_ours, refuse_existing
from photochrom.report.preview import array_preview
from photochrom.study.report.write import report_page, sheets, write_report
from photochrom.study.simulation.observers import Observers
from photochrom.study.simulation.simulated import simulate
from photochrom.study.statistics.findings import StudyFindings, find
from photochrom.study.statistics.rates import Judged, PictureRate


def previews(each: PictureRate) -> tuple[str, str]:
    picture = np.full((4, 4, 3), sum(map(ord, each.picture)) % 256, np.uint8)
    return array_preview(picture), array_preview(255 - picture)


def page(found: StudyFindings) -> str:
    html = report_page(found, previews=previews)
    HTMLParser().feed(html)
    return html


def test_the_page_says_the_verdicts_and_needs_nothing_else() -> None:
    found = found_of(0.2, 0.4)
    html = page(found)
    for verdict in (*found.verdicts, *found.comparison_verdicts):
        assert verdict.sentence in html
    assert "32.3 %" in html
    assert not re.findall(r"""(?:src|href)="(?!data:|#)""", html)
    assert "Simulated" not in html


def test_a_simulated_study_is_openly_marked() -> None:
    html = page(found_of(0.2, simulation="40 observers, seed 0"))
    assert "Simulated, not measured." in html
    assert "40 observers, seed 0" in html


def test_names_are_escaped() -> None:
    html = page(found_of(0.2, setting=replace(SETTING, title="<script>alert(1)</script>")))
    assert "<script>alert" not in html


def test_no_answers_is_a_page_as_well() -> None:
    html = page(find([], SETTING))
    assert "No answer counts yet" in html


@pytest.mark.parametrize("vigilance", [0, 4, 20])
def test_the_page_says_what_vigilance_is_worth(vigilance: int) -> None:
    html = page(found_of(0.2, setting=replace(SETTING, vigilance=vigilance)))
    assert ("nobody knows who looked" in html) == (vigilance == 0)
    assert ("31.2 %" in html) == (vigilance == 4)
    assert ("would catch more" in html) == (vigilance == 4)


def test_preference_has_no_published_rows_and_both_names_above_the_pictures() -> None:
    sessions = sessions_of(("a",), people=20, against="b")
    observers = Observers(rates=(0.7,), vigilance=1.0)
    answers = simulate(sessions, observers, [Judged("a", "b")], exposure_ms=None, seed=0)
    found = find(answers, replace(SETTING, preset="preference", exposure_ms=None))
    html = page(found)
    assert "32.3" not in html
    assert [each.columns for each in sheets(found, previews)] == [("a", "b")] * 2
    assert "How well the screens" not in html


def test_single_shows_the_real_photographs_alone() -> None:
    sessions = sessions_of(("a", "truth"), people=20)
    observers = Observers(rates=(0.4, 0.8), vigilance=1.0)
    judged = [Judged("a"), Judged("truth")]
    answers = simulate(sessions, observers, judged, exposure_ms=1000.0, seed=0)
    found = find(answers, replace(SETTING, preset="single"))
    shown = sheets(found, previews)
    assert [each.columns for each in shown][::2] == [("colored", "original"), ("original",)]
    assert len(shown[-1].sheet.pictures[0].previews) == 1
    html = page(found)
    assert "real photographs" in html
    assert 'class="half"' not in html


def test_the_best_and_the_worst_pictures_are_shown_once_each() -> None:
    found = found_of(0.3)
    most, least = sheets(found, previews)
    names = [each.name for each in (*most.sheet.pictures, *least.sheet.pictures)]
    assert len(set(names)) == len(names) == 12
    ranked = [each.picture for each in found.pictures]
    assert names[:6] == ranked[:6]
    assert names[6:] == ranked[:-7:-1]


def test_everything_is_written_and_never_over_an_earlier_report(tmp_path: Path) -> None:
    answers = answers_of_two()
    found = find(answers, SETTING)
    refuse_existing(tmp_path, force=False)
    write_report(found, answers, tmp_path, previews=previews)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "answers.csv",
        "models.csv",
        "participants.csv",
        "pictures.csv",
        "report.html",
        "report.json",
    ]
    assert is_page_of_ours(tmp_path / "report.html")
    assert json.loads((tmp_path / "report.json").read_text())["models"]
    before = (tmp_path / "report.html").read_bytes()
    write_report(found, answers, tmp_path, previews=previews)
    assert (tmp_path / "report.html").read_bytes() == before
    with pytest.raises(InputError, match="--force"):
        refuse_existing(tmp_path, force=False)
    refuse_existing(tmp_path, force=True)
    with pytest.raises(InputError, match="not a folder"):
        refuse_existing(tmp_path / "report.json", force=True)
