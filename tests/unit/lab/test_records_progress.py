import io
import re
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from rich.console import Console

from photochrom.lab.training.records import progress as progress_room
from photochrom.lab.training.records.progress import (
    Bar,
    Lines,
    Pace,
    Progress,
    RunStatus,
    line,
    open_display,
    view,
)

STATUS = RunStatus(
    name="birds",
    step=500,
    steps=2000,
    share=0.25,
    left_s=600,
    measured={"loss": 3.21, "held_out/auc_over_gray": 0.5},
    pictures_per_s=2150.4,
    waiting_share=0.031,
)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_validation_is_neither_work_nor_waiting() -> None:
    clock = Clock()
    pace = Pace(clock)
    for came_s, done_s, validated_s in ((1, 4, 100), (101, 104, 104)):
        clock.now_s = came_s
        pace.batch_came()
        clock.now_s = done_s
        pace.batch_done(16)
        clock.now_s = validated_s
        pace.paused()
    assert pace.pictures == 32
    assert pace.pictures_per_s == pytest.approx(32 / 8)
    assert pace.waiting_share == pytest.approx(2 / 8)


def test_a_run_without_a_batch_has_no_speed() -> None:
    pace = Pace(Clock())
    assert (pace.pictures_per_s, pace.waiting_share) == (0, 0)


def drawn(status: RunStatus, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(view(status, "training"))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_the_bar_tells_losses_scores_speed_and_time_left() -> None:
    text = drawn(STATUS, 80)
    for words in (
        "training birds",
        "25 %",
        "10 min left",
        "loss 3.210",
        "held out: auc over gray 0.500",
        "batch 500 of 2,000, 2150 pictures/s, 3 % waiting for data",
    ):
        assert words in text
    assert text.count("\n") == 4


def test_nothing_is_cut_off_in_a_narrow_terminal() -> None:
    text = re.sub(r"\s+", " ", drawn(STATUS._replace(name="a-name-that-is-long"), 60))
    assert "25 %" in text
    assert "10 min left" in text
    assert "3 % waiting for data" in text


def test_before_the_first_validation_there_is_no_empty_line() -> None:
    text = drawn(STATUS._replace(measured={"loss": 1.0}, left_s=None), 80)
    assert "held out" not in text
    assert text.count("\n") == 3


def test_names_in_brackets_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    Lines().show(STATUS._replace(measured={"[red]loss": 1.0}))
    assert "[red]loss 1.000" in capsys.readouterr().err
    assert "[bold]" in drawn(STATUS._replace(name="[bold]"), 80)


def test_without_a_terminal_plain_lines_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    display = open_display()
    display.show(STATUS)
    display.show(STATUS, "validating")
    display.close()
    captured = capsys.readouterr()
    assert captured.err == line(STATUS) + "\n"
    assert captured.out == ""


@pytest.mark.parametrize(("term", "kind"), [("xterm", Bar), ("dumb", Lines)])
def test_a_bar_is_drawn_only_where_it_can_be(
    term: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", term)
    display = open_display()
    display.show(STATUS)
    display.close()
    assert isinstance(display, kind)
    assert "10 min left" in terminal.getvalue()


class Shown:
    """A display that remembers."""

    def __init__(self, every_s: float) -> None:
        self.every_s = every_s
        self.statuses: list[tuple[RunStatus, str]] = []
        self.is_open = True

    def show(self, status: RunStatus, doing: str = "training") -> None:
        self.statuses.append((status, doing))

    def close(self) -> None:
        self.is_open = False


@pytest.fixture
def trainer() -> Any:
    measured = {"regression": torch.tensor(2.0), "loss": torch.tensor(3.0)}
    return SimpleNamespace(
        is_global_zero=True, callback_metrics={**measured, "step": torch.tensor(5.0)}
    )


@pytest.fixture
def module() -> Any:
    recipe = SimpleNamespace(name="birds", steps=10)
    return SimpleNamespace(recipe=recipe, batches_done=4, progress=0.4)


def follow(progress: Progress, trainer: Any, module: Any, batches: int) -> None:
    progress.on_train_start(trainer, module)
    for number in range(batches):
        batch = SimpleNamespace(whole=16)
        progress.on_train_batch_start(trainer, module, batch, number)
        module.batches_done += 1
        module.progress = module.batches_done / module.recipe.steps
        progress.on_train_batch_end(trainer, module, None, batch, number)


def test_a_resumed_run_tells_the_time_left_by_its_own_speed(
    trainer: Any, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, shown = Clock(), Shown(every_s=0)
    monkeypatch.setattr(progress_room, "open_display", lambda: shown)
    monkeypatch.setattr("time.monotonic", clock)
    progress = Progress()
    progress.on_train_start(trainer, module)
    clock.now_s, module.batches_done, module.progress = 30.0, 6, 0.6  # two batches in 30 s
    progress.on_train_batch_end(trainer, module, None, SimpleNamespace(whole=16), 1)
    status = shown.statuses[-1][0]
    assert status.left_s == pytest.approx(60)
    assert (status.step, status.steps) == (6, 10)
    assert list(status.measured) == ["loss", "regression"]


def test_frames_are_shown_now_and_then_and_always_at_the_end(
    trainer: Any, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Shown(every_s=1000)
    monkeypatch.setattr(progress_room, "open_display", lambda: shown)
    progress = Progress()
    follow(progress, trainer, module, batches=3)
    assert not shown.statuses
    progress.on_validation_start(trainer, module)
    progress.on_validation_end(trainer, module)
    progress.on_train_end(trainer, module)
    assert [(status.step, doing) for status, doing in shown.statuses] == [
        (7, "validating"),
        (7, "training"),
    ]
    assert not shown.is_open
    assert progress.pace.pictures == 48


def test_a_crash_gives_the_terminal_back(
    trainer: Any, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Shown(every_s=0)
    monkeypatch.setattr(progress_room, "open_display", lambda: shown)
    progress = Progress()
    progress.on_exception(trainer, module, KeyboardInterrupt())  # before training began
    follow(progress, trainer, module, batches=1)
    progress.on_exception(trainer, module, KeyboardInterrupt())
    assert not shown.is_open


def test_only_the_first_of_several_processes_speaks(
    trainer: Any, module: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer.is_global_zero = False
    progress = Progress()
    follow(progress, trainer, module, batches=2)
    progress.on_train_end(trainer, module)
    assert capsys.readouterr().err == ""
    assert progress.pace.pictures == 32
