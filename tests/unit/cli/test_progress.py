import io
import sys

import pytest

from photochrom.cli import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_with_a_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress.progress_bar(3, doing="colorizing") as tick:
        tick()
        tick()
    assert "2/3" in terminal.getvalue()
    assert "pictures/" in terminal.getvalue()


def test_one_picture_needs_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress.progress_bar(1, doing="colorizing") as tick:
        tick()
    assert terminal.getvalue() == ""


def test_a_log_gets_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now_s = iter([0.0, 10.0, 40.0, 50.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now_s))
    with progress.progress_bar(4, doing="colorizing") as tick:
        for _ in range(3):
            tick()
    assert capsys.readouterr().err == "2 of 4 pictures, 3.0 pictures/min, 00:00:40 left\n"


def test_an_interrupted_block_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), progress.going_on():
        raise KeyboardInterrupt
    assert capsys.readouterr().err == f"{progress.GO_ON}\n"
    with pytest.raises(KeyboardInterrupt), progress.going_on(None):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == ""
