"""Follow a run and show on stderr how it goes."""

import time
from typing import Any

import lightning as L

from photochrom.lab.training.records.displays import Display, RunStatus, open_display
from photochrom.lab.training.records.pace import Pace


class Progress(L.Callback):
    """Show losses, scores, speed and time left; of several processes only the first does.

    Attributes:
        pace: of this process's training, for the records.
    """

    def __init__(self) -> None:
        self.pace = Pace()
        self._display: Display | None = None
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

    def _show(self, trainer: L.Trainer, pl_module: Any, doing: str = "training") -> None:
        if self._display:
            self._display.show(self._status(trainer, pl_module), doing)
            self._shown_s = time.monotonic()

    def _close(self) -> None:
        if self._display:
            self._display.close()
            self._display = None

    def _status(self, trainer: L.Trainer, pl_module: Any) -> RunStatus:
        share = min(1.0, pl_module.progress)
        done = share - self._first_share
        elapsed_s = time.monotonic() - self._began_s
        measured = sorted(trainer.callback_metrics.items(), key=lambda item: item[0] != "loss")
        return RunStatus(
            name=pl_module.recipe.name,
            step=pl_module.batches_done,
            steps=pl_module.recipe.steps,
            share=share,
            left_s=elapsed_s * (1 - share) / done if done > 0 else None,
            measured={name: float(value) for name, value in measured if name != "step"},
            pictures_per_s=self.pace.pictures_per_s,
            waiting_share=self.pace.waiting_share,
        )
