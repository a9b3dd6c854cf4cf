"""When a run saves itself, how, and when it stops."""

import time
from io import BytesIO
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.utilities.exceptions import SIGTERMException

from photochrom.files import replace_whole, sweep_leftovers


class WholeFiles(TorchCheckpointIO):
    """Write checkpoints beside their place, then rename: a full disk leaves the one before."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Write a checkpoint whole, or not at all.

        Args:
            checkpoint: what torch can save.
            path: its final place; missing folders are made.
            storage_options: none are known.

        Raises:
            OSError: when it cannot be written; then the file that was there stays.
        """
        encoded = BytesIO()  # a full disk under torch.save is no plain OSError
        torch.save(checkpoint, encoded)
        replace_whole(Path(path), encoded.getbuffer())
        sweep_leftovers(Path(path).parent)


class Checkpoints(Checkpoint):
    """Save the run now and then, at every validation and at the end; stop it when it is done.

    It comes after the callback that keeps the best, so that what is saved knows the best.

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
        """Save after a validation."""
        self._save(trainer)

    def on_exception(self, trainer: L.Trainer, pl_module: Any, exception: BaseException) -> None:
        """Save when the machine wants to stop the run, which is noticed between two batches."""
        if isinstance(exception, SIGTERMException):
            self._save(trainer)

    def _save(self, trainer: L.Trainer) -> None:
        trainer.save_checkpoint(self._path)
        self._saved_at_s = time.monotonic()
