import json
from pathlib import Path

import pytest

from photochrom.cli.summary import headline, print_batch, print_single, to_json
from photochrom.engine.batch.ledger import Outcome
from photochrom.engine.batch.manifest import Entry
from photochrom.engine.batch.outputs import Job
from photochrom.engine.batch.plan import RunPlan
from photochrom.engine.batch.run import BatchReport
from photochrom.engine.result import Status
from photochrom.texts import printable


def outcome(name: str, status: Status, reason: str = "", *notes: str) -> Outcome:
    job = Job(
        source=Path("in") / name,
        target=Path("out") / name,
        confidence_map=Path("out") / f"{name}.png",
        manifest_folder=Path("out"),
    )
    return Outcome(job=job, entry=Entry(input=name, status=status, reason=reason, notes=notes))


def report(*outcomes: Outcome, stopped: str = "") -> tuple[BatchReport, RunPlan]:
    plan = RunPlan(jobs=[item.job for item in outcomes])
    return BatchReport(outcomes=outcomes, stopped=stopped), plan


def test_the_headline_counts_only_what_there_is() -> None:
    color = outcome("c.jpg", Status.SKIPPED, "already in color")
    done, plan = report(*[outcome(f"{i}.jpg", Status.COLORIZED) for i in range(12)], color)
    plan.failed.append((Path("x.jpg"), "gone"))
    assert headline(done, plan) == "12 colorized, 1 skipped (already in color), 1 failed"
    assert headline(*report()) == "nothing to do"


def test_a_note_about_many_pictures_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    many = [outcome(f"{i}.jpg", Status.COLORIZED, "", "tint dropped") for i in range(30)]
    print_batch(*report(*many))
    told = capsys.readouterr()
    assert told.err.count("tint dropped") == 1
    assert "and 10 more, all in photochrom.jsonl" in told.err
    assert told.out == "30 colorized\nresults in out\n"


def test_how_a_file_is_built_is_told_in_json_only(capsys: pytest.CaptureFixture[str]) -> None:
    """The comment of an encoder stood under every photograph of an album."""
    notes = ("left out of the JPEG: the comment 'gd-jpeg'", "first of 2 pages")
    done, plan = report(outcome("a.jpg", Status.COLORIZED, "", *notes))
    print_batch(done, plan)
    print_single(done.outcomes[0])
    told = capsys.readouterr().err
    assert told.count("first of 2 pages") == 2
    assert "gd-jpeg" not in told
    assert json.loads(to_json(done, plan, {}))["results"][0]["notes"] == list(notes)


def test_every_failure_is_named_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    many = [outcome(f"{i}.jpg", Status.FAILED, "no\x07 good") for i in range(30)]
    print_batch(*report(*many, stopped="the disk is full"))
    told = capsys.readouterr().err
    assert told.count("no\\x07 good") == 30
    assert "stopped early: the disk is full" in told


def test_json_holds_only_what_lies_there() -> None:
    failed = outcome("a.jpg", Status.FAILED, "gone")
    kept = outcome("b.jpg", Status.KEPT)
    told = json.loads(to_json(*report(failed, kept), {"model": "tiny"}))
    assert [result["output"] for result in told["results"]] == [None, "out/b.jpg"]
    assert told["model"] == "tiny"


def test_right_to_left_tricks_are_shown() -> None:
    assert printable("a\u202egpj.exe") == "a\\u202egpj.exe"
    assert printable("Zürich.jpg") == "Zürich.jpg"
