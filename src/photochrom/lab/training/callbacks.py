"""Callbacks of a run: a line of progress now and then, a checkpoint at the end."""

import time
from pathlib import Path
from typing import Any, Final

import lightning as L
from rich.console import Console

_EVERY_S: Final = 15.0


class Progress(L.Callback):
    """Print to stderr how a run goes.

    Args:
        steps: of the whole run.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._console = Console(stderr=True)
        self._began_s = self._printed_s = self._batch_ended_s = 0.0
        self._pictures = 0
        self._first_step = 0
        self._waited_s = 0.0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Start the clock."""
        self._began_s = self._printed_s = self._batch_ended_s = time.monotonic()
        self._first_step = trainer.global_step

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Count the time since the last batch as waiting for data."""
        self._waited_s += time.monotonic() - self._batch_ended_s

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Print a line when it is time."""
        self._pictures += len(batch.lightness)
        now = self._batch_ended_s = time.monotonic()
        if now - self._printed_s >= _EVERY_S or trainer.global_step == self._steps:
            self._printed_s = now
            self._print(trainer, now - self._began_s)

    def _print(self, trainer: L.Trainer, elapsed_s: float) -> None:
        done = trainer.global_step - self._first_step
        left_min = elapsed_s / done * (self._steps - trainer.global_step) / 60
        measured = trainer.callback_metrics
        losses = "  ".join(f"{name} {float(value):.3f}" for name, value in measured.items())
        self._console.print(
            f"step {trainer.global_step}/{self._steps}  {losses}  "
            f"{self._pictures / elapsed_s:.0f} pictures/s  "
            f"{100 * self._waited_s / elapsed_s:.0f} % waiting  {left_min:.0f} min left",
            highlight=False,
            soft_wrap=True,
        )


class CheckpointAtEnd(L.Callback):
    """Save the last step before the averaged weights take the place of the current ones.

    Args:
        path: of the checkpoint.
        steps: of the whole run.
    """

    def __init__(self, path: Path, steps: int) -> None:
        self._path = path
        self._steps = steps

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Save when the last step is done."""
        if trainer.global_step == self._steps:
            trainer.save_checkpoint(self._path)
