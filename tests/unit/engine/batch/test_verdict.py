from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.photographs import save_color

from photochrom.engine.batch.manifest import Entry, FileNow
from photochrom.engine.batch.verdict import Decision, judge
from photochrom.engine.result import Status

MAKING = Entry(input="a.jpg", status=Status.STARTED, options={"saturation": 1.0}, model_sha256="aa")
MAY_REPLACE = Decision(Status.STARTED, may_replace=True)


class Case:
    """A result that was made of a photograph, and what the manifest says about it."""

    def __init__(self, folder: Path) -> None:
        self.target = save_color(folder / "a-color.jpg")
        written = FileNow(self.target)
        self.entry = Entry(
            input="a.jpg",
            status=Status.COLORIZED,
            output=self.target.name,
            output_sha256=written.sha256,
            output_size=written.size,
            output_mtime_ns=written.mtime_ns,
            options=MAKING.options,
            model_sha256=MAKING.model_sha256,
        )

    def judge(self, **changes: object) -> Decision:
        """Judge a photograph with the recorded bytes."""
        entry = replace(self.entry, **changes)
        return judge(self.target, entry, owner=entry, making=MAKING)

    def judge_changed(self, **changes: object) -> Decision:
        """Judge a photograph with other bytes."""
        entry = replace(self.entry, **changes)
        return judge(self.target, None, owner=entry, making=MAKING)

    def retouch(self) -> None:
        save_color(self.target, seed=7)

    def cut(self) -> None:
        self.target.write_bytes(self.target.read_bytes()[:-400])

    def empty(self) -> None:
        self.target.write_bytes(b"")

    def spoil(self) -> None:
        self.target.write_bytes(b"no picture, and longer than it was" * 500)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_a_right_result_is_kept(case: Case) -> None:
    assert case.judge().status is Status.KEPT


def test_a_retouched_result_of_the_same_photograph_is_kept(case: Case) -> None:
    case.retouch()
    assert case.judge().status is Status.KEPT


def test_another_making_leaves_the_result_alone(case: Case) -> None:
    assert case.judge(options={"saturation": 0.5}).status is Status.OUTDATED
    assert case.judge(model_sha256="bb").status is Status.OUTDATED


def test_an_option_that_earlier_versions_lack_is_off(case: Case) -> None:
    for value, status in ((None, Status.KEPT), (False, Status.KEPT), (0, Status.OUTDATED)):
        making = replace(MAKING, options={**MAKING.options, "new": value})
        verdict = judge(case.target, case.entry, owner=case.entry, making=making)
        assert verdict.status is status


def test_label_maps_may_move_as_long_as_they_say_the_same(case: Case) -> None:
    making = replace(MAKING, options={"labels": "/there", "label_map": "ab"})
    for label_map, status in (("ab", Status.KEPT), ("cd", Status.OUTDATED)):
        entry = replace(case.entry, options={"labels": "/here", "label_map": label_map})
        assert judge(case.target, entry, owner=entry, making=making).status is status


def test_a_missing_result_is_made(case: Case) -> None:
    case.target.unlink()
    assert case.judge() == Decision(Status.STARTED)


def test_a_changed_photograph_replaces_our_result_only(case: Case) -> None:
    assert case.judge_changed() == MAY_REPLACE
    case.retouch()
    assert case.judge_changed().status is Status.FAILED


@pytest.mark.parametrize("hurt", [Case.empty, Case.cut])
def test_the_beginning_of_a_result_is_never_done(case: Case, hurt: Callable[[Case], None]) -> None:
    hurt(case)
    assert case.judge() == MAY_REPLACE
    assert case.judge_changed() == MAY_REPLACE
    assert case.judge(options={"saturation": 0.5}) == MAY_REPLACE


def test_a_result_that_cannot_be_opened_is_named_and_left_alone(case: Case) -> None:
    case.spoil()
    verdict = case.judge()
    assert verdict.status is Status.FAILED
    assert "cannot be opened any more: --force makes it anew" in verdict.reason


def test_without_a_recorded_size_only_an_empty_result_is_replaced(case: Case) -> None:
    old = {"output_size": None, "output_mtime_ns": None}
    assert case.judge(**old).status is Status.KEPT
    case.cut()
    assert case.judge(**old).status is Status.FAILED
    case.empty()
    assert case.judge(**old) == MAY_REPLACE


def test_an_emptied_companion_is_made_anew_unless_that_costs_a_retouched_result(case: Case) -> None:
    companion = case.target.with_name("a-color-variant-1.jpg")
    companion.touch()

    def judge_with_companion() -> Decision:
        return judge(
            case.target, case.entry, owner=case.entry, making=MAKING, companions=[companion]
        )

    assert judge_with_companion() == MAY_REPLACE
    case.retouch()
    assert judge_with_companion().status is Status.FAILED


def test_a_result_without_record_is_not_ours(case: Case) -> None:
    assert judge(case.target, None, owner=None, making=MAKING).status is Status.FAILED
    assert case.judge(status=Status.FAILED, output_sha256=None).status is Status.FAILED
    case.empty()
    assert judge(case.target, None, owner=None, making=MAKING).status is Status.FAILED


def test_a_result_that_was_moved_is_known_by_its_bytes(case: Case) -> None:
    moved = case.target.rename(case.target.with_name("b-color.jpg"))
    assert judge(moved, case.entry, owner=None, making=MAKING).status is Status.KEPT
    save_color(moved, seed=7)
    assert judge(moved, case.entry, owner=None, making=MAKING).status is Status.FAILED


def test_a_started_result_is_ours(case: Case) -> None:
    assert case.judge(status=Status.STARTED, output_sha256=None) == MAY_REPLACE


def test_a_skipped_picture_is_looked_at_again_only_when_changed(case: Case) -> None:
    case.target.unlink()
    skipped = case.judge(status=Status.SKIPPED, reason="already in color")
    assert skipped == Decision(Status.SKIPPED, "already in color")
    assert case.judge_changed(status=Status.SKIPPED).status is Status.STARTED


def test_a_failed_picture_is_tried_again(case: Case) -> None:
    assert case.judge(status=Status.FAILED) == MAY_REPLACE
    case.target.unlink()
    assert case.judge(status=Status.FAILED).status is Status.STARTED
