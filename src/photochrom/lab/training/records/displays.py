"""Where a run shows how it goes, on stderr: a live bar in a terminal, lines elsewhere."""

import sys
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from photochrom.texts import printable

_HELD_OUT: Final = "held_out/"


class RunStatus(NamedTuple):
    """How a run goes.

    Attributes:
        name: of the recipe.
        step: batches done.
        steps: batches in all, if no clock ends the run before.
        share: how much of the run is done, 0 to 1.
        left_s: seconds left, if it goes on as it did; None before the first batch.
        measured: the newest losses and scores by name.
        pictures_per_s: while training.
        waiting_share: of that time spent waiting for data, 0 to 1.
    """

    name: str
    step: int
    steps: int
    share: float
    left_s: float | None
    measured: Mapping[str, float]
    pictures_per_s: float
    waiting_share: float


class Display(Protocol):
    """Shows a status.

    Attributes:
        every_s: seconds between two statuses worth showing.
    """

    every_s: float

    def show(self, status: RunStatus, doing: str = "training") -> None:
        """Show a status."""

    def close(self) -> None:
        """Leave the last status behind, and the terminal as it was."""


class Lines:
    """A line per status, for logs."""

    every_s = 15.0

    def __init__(self) -> None:
        self._console = Console(stderr=True)

    def show(self, status: RunStatus, doing: str = "training") -> None:
        """Print a line; nothing while it validates."""
        if doing == "training":
            self._console.print(line(status), markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Do nothing: every line is complete."""


class Bar:
    """A bar with the newest losses and scores below it, drawn anew in place."""

    every_s = 0.5

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._live = Live(console=console, auto_refresh=False, redirect_stdout=False)
        self._live.start()

    def show(self, status: RunStatus, doing: str = "training") -> None:
        """Draw."""
        self._live.update(view(status, doing), refresh=True)

    def close(self) -> None:
        """Leave the last drawing in place."""
        self._live.stop()


def open_display() -> Display:
    """Choose what stderr can show."""
    is_terminal = sys.stderr.isatty() and not Console(stderr=True).is_dumb_terminal
    return Bar() if is_terminal else Lines()


def line(status: RunStatus) -> str:
    """Word a status in one line.

    >>> line(Status("birds", 120, 2000, 0.06, 3600, {"loss": 3.21}, 2150.4, 0.031))
    'step 120/2000  loss 3.210  2150 pictures/s  3 % waiting  1 h 00 min left'
    """
    measured = [f"{name} {value:.3f}" for name, value in status.measured.items()]
    words = [f"step {status.step}/{status.steps}", *measured, *_pace(status), _left(status)]
    return "  ".join(filter(None, words))


def view(status: RunStatus, doing: str) -> RenderableType:
    """Lay a status out for a terminal of any width."""
    percent, left = f"{100 * status.share:.0f} %", _left(status)
    head = Table.grid(padding=(0, 2, 0, 0), expand=True)
    head.add_column(no_wrap=True)
    head.add_column(ratio=1)
    head.add_column(min_width=len("100 %"), justify="right")
    head.add_column(min_width=len(left), style="cyan")
    bar = ProgressBar(total=1.0, completed=status.share)
    head.add_row(Text(f"{doing} {printable(status.name)}", style="bold"), bar, percent, left)
    scores = {n: v for n, v in status.measured.items() if n.startswith(_HELD_OUT)}
    losses = {n: v for n, v in status.measured.items() if n not in scores}
    speed, waiting = _pace(status)
    foot = f"batch {status.step:,} of {status.steps:,}, {speed}, {waiting} for data"
    rows = [_numbers("", losses), _numbers("held out: ", scores), Text(foot)]
    return Group(head, *(row for row in rows if row))


def _numbers(title: str, values: Mapping[str, float]) -> Text:
    """Set names pale and numbers plain."""
    text = Text(title if values else "")
    for name, value in values.items():
        text.append(name.removeprefix(_HELD_OUT).replace("_", " ") + " ", style="dim")
        text.append(f"{value:.3f}  ")
    return text


def _pace(status: RunStatus) -> tuple[str, str]:
    share = f"{100 * status.waiting_share:.0f} % waiting"
    return f"{status.pictures_per_s:.0f} pictures/s", share


def _left(status: RunStatus) -> str:
    """Word the time left, to two digits or so.

    >>> status = Status("birds", 1, 9, 0.1, 95, {}, 1, 0)
    >>> [_left(status._replace(left_s=left_s)) for left_s in (None, 40, 95, 600, 7500)]
    ['', '40 s left', '95 s left', '10 min left', '2 h 05 min left']
    """
    if status.left_s is None:
        return ""
    if status.left_s < 100:
        return f"{status.left_s:.0f} s left"
    hours, minutes = divmod(round(status.left_s / 60), 60)
    return f"{hours} h {minutes:02d} min left" if hours else f"{minutes} min left"
