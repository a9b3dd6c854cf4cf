"""Follow a run, and show on stderr how it goes: a live bar in a terminal, lines elsewhere."""

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import lightning as L
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from photochrom.report.words import percent
from photochrom.texts import printable

_HELD_OUT: Final = "held_out/"


class Pace:
    """A stopwatch for batches; validation counts neither as work nor as waiting.

    Attributes:
        pictures: seen.

    Args:
        clock: gives seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._mark_s = clock()
        self._worked_s = self._waited_s = 0.0
        self.pictures = 0

    def batch_came(self) -> None:
        """Count the time since the last batch, or pause, as waiting for this one."""
        self._waited_s += self.paused()

    def batch_done(self, pictures: int) -> None:
        """Count the time since the batch came as work on so many pictures."""
        self._worked_s += self.paused()
        self.pictures += pictures

    def paused(self) -> float:
        """Leave out the seconds since the last batch, which are given back."""
        before, self._mark_s = self._mark_s, self._clock()
        return self._mark_s - before

    @property
    def pictures_per_s(self) -> float:
        """Pictures a second of work and waiting; 0 before the first batch."""
        elapsed_s = self._worked_s + self._waited_s
        return self.pictures / elapsed_s if elapsed_s else 0.0

    @property
    def waiting_share(self) -> float:
        """Share of that time spent waiting, 0 to 1."""
        elapsed_s = self._worked_s + self._waited_s
        return self._waited_s / elapsed_s if elapsed_s else 0.0


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

    @property
    def pace(self) -> tuple[str, str]:
        """Word speed and waiting."""
        return f"{self.pictures_per_s:.0f} pictures/s", f"{percent(self.waiting_share, 0)} waiting"

    @property
    def left(self) -> str:
        """Word the time left, to two digits or so.

        >>> status = RunStatus("birds", 1, 9, 0.1, 95, {}, 1, 0)
        >>> [status._replace(left_s=left_s).left for left_s in (None, 40, 95, 600, 7500)]
        ['', '40 s left', '95 s left', '10 min left', '2 h 05 min left']
        """
        if self.left_s is None:
            return ""
        if self.left_s < 100:
            return f"{self.left_s:.0f} s left"
        hours, minutes = divmod(round(self.left_s / 60), 60)
        return f"{hours} h {minutes:02d} min left" if hours else f"{minutes} min left"


class Lines:
    """A line per status, for logs; ``every_s`` seconds lie between two worth showing."""

    every_s = 15.0

    def show(self, status: RunStatus, doing: str = "training") -> None:
        """Print a line; nothing while it validates."""
        if doing == "training":
            console = Console(stderr=True)
            console.print(line(status), markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Leave the last status behind, and the terminal as it was."""


class Bar(Lines):
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


def open_display() -> Lines:
    """Choose what stderr can show."""
    is_terminal = sys.stderr.isatty() and not Console(stderr=True).is_dumb_terminal
    return Bar() if is_terminal else Lines()


def line(status: RunStatus) -> str:
    """Word a status in one line.

    >>> line(RunStatus("birds", 120, 2000, 0.06, 3600, {"loss": 3.21}, 2150.4, 0.031))
    'step 120/2000  loss 3.210  2150 pictures/s  3 % waiting  1 h 00 min left'
    """
    measured = [f"{name} {value:.3f}" for name, value in status.measured.items()]
    words = [f"step {status.step}/{status.steps}", *measured, *status.pace, status.left]
    return "  ".join(filter(None, words))


def view(status: RunStatus, doing: str) -> RenderableType:
    """Lay a status out for a terminal of any width."""
    head = Table.grid(padding=(0, 2, 0, 0), expand=True)
    head.add_column(no_wrap=True)
    head.add_column(ratio=1)
    head.add_column(min_width=len("100 %"), justify="right")
    head.add_column(min_width=len(status.left), style="cyan")
    name = Text(f"{doing} {printable(status.name)}", style="bold")
    bar = ProgressBar(total=1.0, completed=status.share)
    head.add_row(name, bar, percent(status.share, 0), status.left)
    losses, scores = Text(), Text()
    for measured, value in status.measured.items():
        row = scores if measured.startswith(_HELD_OUT) else losses
        row.append(measured.removeprefix(_HELD_OUT).replace("_", " ") + " ", style="dim")
        row.append(f"{value:.3f}  ")
    speed, waiting = status.pace
    foot = Text(f"batch {status.step:,} of {status.steps:,}, {speed}, {waiting} for data")
    rows = [losses, Text("held out: ") + scores if scores else scores, foot]
    return Group(head, *(row for row in rows if row))


class Progress(L.Callback):
    """Show losses, scores, speed and time left; of several processes only the first does.

    Attributes:
        pace: of this process's training, for the records.
    """

    def __init__(self) -> None:
        self.pace = Pace()
        self._display: Lines | None = None
        self._began_s = self._shown_s = 0.0
        self._first_share = 0.0

    def on_train_start(self, trainer: L.Trainer, pl_module: Any) -> None:
        """Start the clock."""
        self.pace = Pace()
        self._began_s = self._shown_s = time.monotonic()
        self._first_share = pl_module.progress
        self._display = open_display() if trainer.is_global_zero else None

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: Any, batch: Any, batch_idx: int
    ) -> None:
        """Count the time since the last batch as waiting for data."""
        self.pace.batch_came()

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Count a batch; show it when it is time."""
        self.pace.batch_done(batch.whole)
        if self._display and time.monotonic() - self._shown_s >= self._display.every_s:
            self._show(trainer, pl_module)

    def on_validation_start(self, trainer: L.Trainer, pl_module: Any) -> None:
        """Say what takes so long."""
        self._show(trainer, pl_module, doing="validating")

    def on_validation_end(self, trainer: L.Trainer, pl_module: Any) -> None:
        """Leave the time of validation out of the pace."""
        self.pace.paused()

    def on_train_end(self, trainer: L.Trainer, pl_module: Any) -> None:
        """Show how it ended."""
        self._show(trainer, pl_module)
        self._close()

    def on_exception(self, trainer: L.Trainer, pl_module: Any, exception: BaseException) -> None:
        """Give the terminal back."""
        self._close()

    def _close(self) -> None:
        if self._display:
            self._display.close()
            self._display = None

    def _show(self, trainer: L.Trainer, pl_module: Any, doing: str = "training") -> None:
        if not self._display:
            return
        share = min(1.0, pl_module.progress)
        done, elapsed_s = share - self._first_share, time.monotonic() - self._began_s
        measured = sorted(trainer.callback_metrics.items(), key=lambda item: item[0] != "loss")
        status = RunStatus(
            name=pl_module.recipe.name,
            step=pl_module.batches_done,
            steps=pl_module.recipe.steps,
            share=share,
            left_s=elapsed_s * (1 - share) / done if done > 0 else None,
            measured={name: float(value) for name, value in measured if name != "step"},
            pictures_per_s=self.pace.pictures_per_s,
            waiting_share=self.pace.waiting_share,
        )
        self._display.show(status, doing)
        self._shown_s = time.monotonic()
