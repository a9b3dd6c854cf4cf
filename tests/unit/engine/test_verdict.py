from dataclasses import replace
from pathlib import Path

import pytest

from photochrom.engine.manifest import Entry, Status, fingerprint_of, sha256_of
from photochrom.engine.verdict import Making, Verdict, judge

MAKING = Making(options={"saturation": 1.0}, model_sha256="aa")


class Case:
    """A photograph, its result, and what the manifest says about them."""

    def __init__(self, folder: Path) -> None:
        self.source, self.target = folder / "a.jpg", folder / "a-color.jpg"
        self.source.write_bytes(b"photograph")
        self.target.write_bytes(b"result")
        self.entry = Entry(
            input="a.jpg",
            status=Status.COLORIZED,
            input_file=fingerprint_of(self.source),
            output_sha256=sha256_of(self.target),
            options=MAKING.options,
            model_sha256=MAKING.model_sha256,
        )

    def judge(self, **changes: object) -> Verdict:
        return judge(self.source, self.target, replace(self.entry, **changes), MAKING)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_a_right_result_is_kept(case: Case) -> None:
    assert case.judge().status is Status.KEPT


def test_a_retouched_result_of_the_same_photograph_is_kept(case: Case) -> None:
    case.target.write_bytes(b"retouched")
    assert case.judge().status is Status.KEPT


def test_another_making_leaves_the_result_alone(case: Case) -> None:
    assert case.judge(options={"saturation": 0.5}).status is Status.OUTDATED
    assert case.judge(model_sha256="bb").status is Status.OUTDATED


def test_a_missing_result_is_made(case: Case) -> None:
    case.target.unlink()
    assert case.judge() == Verdict(Status.STARTED)


def test_a_changed_photograph_replaces_our_result_only(case: Case) -> None:
    case.source.write_bytes(b"another scan")
    assert case.judge() == Verdict(Status.STARTED, may_replace=True)
    case.target.write_bytes(b"retouched")
    assert case.judge().status is Status.FAILED


def test_a_result_without_record_is_not_ours(case: Case) -> None:
    assert judge(case.source, case.target, None, MAKING).status is Status.FAILED
    assert case.judge(status=Status.FAILED, output_sha256=None).status is Status.FAILED


def test_a_started_result_is_ours(case: Case) -> None:
    verdict = case.judge(status=Status.STARTED, output_sha256=None)
    assert verdict == Verdict(Status.STARTED, may_replace=True)


def test_a_skipped_picture_is_looked_at_again_only_when_changed(case: Case) -> None:
    case.target.unlink()
    skipped = case.judge(status=Status.SKIPPED, reason="already in color")
    assert skipped == Verdict(Status.SKIPPED, "already in color")
    case.source.write_bytes(b"another scan")
    assert case.judge(status=Status.SKIPPED).status is Status.STARTED


def test_a_failed_picture_is_tried_again(case: Case) -> None:
    case.target.unlink()
    assert case.judge(status=Status.FAILED).status is Status.STARTED
