"""Show how far a batch is, on stderr: a bar in a terminal, now and then a line elsewhere.

And what to do when it was interrupted. For programs, JSON lines on stdout.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from photochrom.cli.terminal import say, say_json
from photochrom.work.progress import Tick

_LINE_EVERY_S: Final = 30.0
_EVENT_EVERY_S: Final = 0.5
GO_ON: Final = "what is finished is kept: run the same command again to go on"


@contextmanager
def going_on(line: str | None = GO_ON, *, kept: Path | None = None) -> Iterator[None]:
    """Say in one line how to go on, when the block is interrupted.

    Args:
        line: to say; None where nothing is kept.
        kept: without which nothing is, either.
    """
    try:
        yield
    except KeyboardInterrupt:
        if line and (kept is None or kept.exists()):
            say(line, err=True)
        raise


@contextmanager
def progress_bar(total: int, *, doing: str, unit: str = "pictures") -> Iterator[Tick]:
    """Show progress with rate and remaining time while the block runs.

    Args:
        total: how many ticks there will be; for fewer than two, nothing is shown.
        doing: what is going on, such as "colorizing".
        unit: what is counted.
    """
    if total < 2:
        yield lambda: None
        return
    from rich import progress as shown
    from rich.console import Console

    columns = (
        shown.TextColumn(doing),
        shown.BarColumn(),
        shown.MofNCompleteColumn(),
        shown.TextColumn("{task.fields[rate]}"),
        shown.TimeRemainingColumn(elapsed_when_finished=True),
    )
    console, is_terminal = Console(stderr=True), sys.stderr.isatty()
    done, shown_s = 0, (started_s := time.monotonic())
    with shown.Progress(*columns, console=console, transient=True, disable=not is_terminal) as bar:
        task = bar.add_task("", total=total, rate="")

        def tick() -> None:
            nonlocal done, shown_s
            done, now_s = done + 1, time.monotonic()
            per_second = done / max(now_s - started_s, 1e-6)
            bar.update(task, advance=1, rate=_rate(per_second, unit))
            if not is_terminal and now_s - shown_s >= _LINE_EVERY_S:
                shown_s = now_s
                left = time.strftime("%H:%M:%S", time.gmtime((total - done) / per_second))
                say(f"{done} of {total} {unit}, {_rate(per_second, unit)}, {left} left", err=True)

        yield tick


@contextmanager
def progress_events(total: int, *, doing: str, unit: str = "pictures") -> Iterator[Tick]:
    """Print progress as JSON lines, two a second at most.

    Args:
        total: how many ticks there will be.
        doing: what is going on.
        unit: what is counted.
    """
    done, shown_s = 0, 0.0

    def show() -> None:
        nonlocal shown_s
        if done == total or time.monotonic() - shown_s >= _EVENT_EVERY_S:
            shown_s = time.monotonic()
            say_json({"doing": doing, "done": done, "total": total, "unit": unit})

    def tick() -> None:
        nonlocal done
        done += 1
        show()

    show()
    yield tick


def _rate(per_second: float, unit: str) -> str:
    """Word a rate so that its number is neither tiny nor long.

    >>> _rate(2.0, "pictures"), _rate(0.05, "pictures")
    ('2.0 pictures/s', '3.0 pictures/min')
    """
    if per_second >= 0.5:
        return f"{per_second:.1f} {unit}/s"
    return f"{per_second * 60:.1f} {unit}/min"
