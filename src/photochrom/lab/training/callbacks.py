"""When a run saves itself, and when it stops."""

import time
from pathlib import Path
from typing import Any

import lightning as L


class Checkpoints(L.Callback):
    """Save the run now and then, at every validation and at the end; stop it when it is done.

    The file is replaced whole: a full disk or a crash leaves the one before it.

    Args:
        path: of the checkpoint.
        every_minutes: time between two, when no validation comes first.
    """

    def __init__(self, path: Path, every_minutes: float) -> None:
        self._path = path
        self._every_s = 60 * every_minutes
        self._saved_at_s = time.monotonic()

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: Any,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Save when it is time, and when the budget is spent, before weights are averaged."""
        is_done = pl_module.progress >= 1
        is_time = trainer.strategy.broadcast(time.monotonic() - self._saved_at_s >= self._every_s)
        if is_done or is_time:
            self._save(trainer)
        trainer.should_stop = trainer.should_stop or is_done

    def on_validation_end(self, trainer: L.Trainer, pl_module: Any) -> None:
        """Save after a validation; at the end it has been done."""
        if pl_module.progress < 1:
            self._save(trainer)

    def _save(self, trainer: L.Trainer) -> None:
        trainer.save_checkpoint(self._path)
        self._saved_at_s = time.monotonic()
