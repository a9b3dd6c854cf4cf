"""Run a recipe on a collection: prepare, train, save itself now and then, resume."""

import logging
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any, Final

import lightning as L
import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.fabric.utilities.rank_zero import _get_rank
from lightning.pytorch.callbacks import Checkpoint, EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from lightning.pytorch.utilities.exceptions import SIGTERMException

from photochrom.collection import Collection
from photochrom.errors import InputError, RunError
from photochrom.files import replace_whole, sweep_leftovers
from photochrom.lab.networks.precision import has_bfloat16
from photochrom.lab.training.describe import describe_end, describe_start, tally
from photochrom.lab.training.loaders import RunData, plan_of
from photochrom.lab.training.module import ColorizerModule
from photochrom.lab.training.objective import bins_of
from photochrom.lab.training.prepare import color_prior, prepare
from photochrom.lab.training.recipe import Precision, Recipe
from photochrom.lab.training.records.curve_plot import CurvePlot
from photochrom.lab.training.records.progress import Progress
from photochrom.lab.training.records.samples import Samples
from photochrom.lab.training.run import Run
from photochrom.lab.training.start import begin


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


_MAY_CHANGE: Final = {  # on resuming: how long, and how often to look
    "steps",
    "epochs",
    "minutes",
    "validate_every",
    "checkpoint_minutes",
    "decay_share",
    "keep",
}
_MONITORED: Final = "held_out/loss"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """How many processes share a run, by PyTorch's distributed data parallelism.

    Attributes:
        devices: on this machine, one for each accelerator if there are any.
        nodes: machines.
    """

    devices: int = 1
    nodes: int = 1

    @property
    def count(self) -> int:
        """All processes together."""
        return self.devices * self.nodes


def train(
    recipe: Recipe,
    collection: Collection,
    folder: Path,
    *,
    resume: bool = False,
    processes: Processes | None = None,
    say: Say = lambda _: None,
) -> Run:
    """Train a recipe on a collection into a run folder.

    Args:
        recipe: the run.
        collection: color pictures.
        folder: where recipe, splits, curves and checkpoints go; made when missing.
        resume: go on from the newest checkpoint instead of starting.
        processes: that share the work; one when not given.
        say: takes a line that the person who waits should read.

    Raises:
        InputError: when the recipe does not fit the pictures, the model it starts from or the
            number of processes.
        RunError: when the folder holds a run already (without ``resume``), or none, or another;
            when too few pictures are left, or the loss is no longer a number.
    """
    run = Run(folder=folder)
    processes = processes or Processes()
    if processes.count > 1 and recipe.freeze and recipe.thaw_share < 1:
        raise InputError("weights that thaw need one process; set thaw_share to 1 or devices to 1")
    if is_first_process():
        _check_folder(run, recipe, resume=resume)
    if resume and _is_finished(run, recipe):
        say("the run is finished; resume it with more steps, epochs or minutes to go on")
        return run
    start = begin(recipe, resolved=run.recipe() if resume else None)
    say(start.origin)
    recipe, network = start.recipe, start.network
    split = run.splits_file if resume else Path(recipe.split) if recipe.split else None
    prepared = prepare(recipe, collection, split=split)
    say(tally(prepared))
    if recipe.epochs:
        plan = plan_of(recipe, takes_hints=False)
        per_step = sum(plan.count(size) for size in recipe.sizes) / len(recipe.sizes)
        steps = max(1, ceil(recipe.epochs * prepared.count / per_step))
        recipe = replace(recipe, steps=steps)
    data = RunData(
        recipe,
        prepared,
        network=network,
        first_step=lambda: module.batches_done,
    )
    prior = color_prior(prepared.training, bins_of(network), recipe.sigma)
    module = ColorizerModule(
        recipe,
        network,
        prior,
        label_count=len(prepared.labels),
        names_of=_namer(data),
    ).to(memory_format=torch.channels_last)
    module.train()  # Lightning keeps the mode that it finds, and frozen blocks have their own
    if is_first_process():
        if resume:
            run.write_json(run.recipe_file, recipe.to_dict())
        else:
            describe_start(run, module, prepared, prior=prior, origin=start.origin)
    progress = Progress()
    if precision_of(recipe) != recipe.precision:
        say("trains in float32: this processor only imitates bfloat16, which takes longer")
    with _quiet(), _plain_errors(run, module):
        trainer = _trainer(run, module, processes, progress)
        trainer.fit(module, datamodule=data, ckpt_path=run.checkpoint if resume else None)
    if is_first_process():
        describe_end(run, module, prepared, progress.pace)
    return run


def _is_finished(run: Run, recipe: Recipe) -> bool:
    """Tell whether the budget of a resumed run is spent already."""
    before = run.recipe()
    if recipe.epochs != before.epochs:
        return False  # how many steps that is depends on the pictures
    steps = before.steps if recipe.epochs else recipe.steps
    done = torch.load(run.checkpoint, map_location="cpu", weights_only=True, mmap=True)
    counters = done["photochrom"]
    is_time = 0 < 60 * recipe.minutes <= counters["elapsed_s"]
    return bool(counters["batches"] >= steps or is_time)


def _namer(data: RunData) -> Callable[[int], tuple[str, ...]]:
    """Name the pictures of a step, by a plain function: averaging copies methods' owners."""
    batches = data.batches()
    return lambda step: batches.names(step)  # noqa: PLW0108  (see above)


def is_first_process() -> bool:
    """Tell whether this is the process that writes, of several on one or more machines."""
    return (_get_rank() or 0) == 0


def _check_folder(run: Run, recipe: Recipe, *, resume: bool) -> None:
    """Refuse folders that do not fit, before anything is decoded."""
    if not resume:
        if run.checkpoint.exists():  # a run that died before its first one may start over
            raise RunError(f"{run.folder} holds a run already; add --resume or change --out")
        return
    before, now = run.recipe().to_dict(), recipe.to_dict()
    for network in (before["network"], now["network"]):
        network.pop("trunk_config", None)  # resolved when the run began
    changed = sorted(key for key in now if before[key] != now[key] and key not in _MAY_CHANGE)
    if changed:
        differences = ", ".join(f"{key}: {before[key]} -> {now[key]}" for key in changed)
        raise RunError(f"cannot resume {run.folder} with another recipe ({differences})")
    if not run.checkpoint.exists():
        raise RunError(f"{run.folder} has no checkpoint to resume from; start it without --resume")


def precision_of(recipe: Recipe) -> Precision:
    """Give a recipe's precision, or float32 where this machine only imitates bfloat16."""
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    is_fast = has_bfloat16(accelerator.type if accelerator else "cpu")
    return recipe.precision if is_fast else "32-true"


def _trainer(
    run: Run, module: ColorizerModule, processes: Processes, progress: Progress
) -> L.Trainer:
    recipe = module.recipe
    averaging = EMAWeightAveraging(decay=recipe.average_decay, use_buffers=False)
    best = ModelCheckpoint(
        dirpath=run.best_checkpoint.parent,
        filename=run.best_checkpoint.stem,
        monitor=_MONITORED,
        enable_version_counter=False,
    )
    return L.Trainer(
        default_root_dir=run.folder,
        devices=processes.devices,
        num_nodes=processes.nodes,
        # a discriminator or a loss of weight 0 leaves weights unused
        strategy="auto" if processes.count == 1 else "ddp_find_unused_parameters_true",
        sync_batchnorm=processes.count > 1 and torch.cuda.is_available(),
        max_epochs=1,
        precision=precision_of(recipe),
        val_check_interval=recipe.validate_every,
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        log_every_n_steps=min(10, recipe.steps),
        callbacks=[
            averaging,
            best,
            Checkpoints(run.checkpoint, recipe.checkpoint_minutes),
            Samples(run.folder),
            CurvePlot(run.folder),
            progress,
        ],
        plugins=[WholeFiles()],
        logger=[CSVLogger(run.folder, "curves"), TensorBoardLogger(run.folder, "tensorboard")],
        enable_progress_bar=False,
        enable_model_summary=False,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence remarks of Lightning that do not hold here."""
    remarks = (
        ".*does not have many workers.*",
        ".*mid-epoch.*",  # batches are a function of the step
        ".*ended before the epoch ended.*",
        ".*isinstance.treespec, LeafSpec.*",
        "Checkpoint directory .* exists and is not empty",
        ".*in eval mode at the start.*",  # frozen blocks
        ".*sync_dist=True.*",  # every process sees all held-out pictures
    )
    chatter = logging.getLogger("lightning.pytorch")  # tips and banners
    level = chatter.level
    chatter.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            for remark in remarks:
                warnings.filterwarnings("ignore", message=remark)
            yield
    finally:
        chatter.setLevel(level)


@contextmanager
def _plain_errors(run: Run, module: ColorizerModule) -> Iterator[None]:
    """Turn what goes wrong outside our code into one line."""
    try:
        yield
    except SystemExit as error:  # what Lightning makes of Ctrl-C
        raise KeyboardInterrupt from error
    except SIGTERMException as error:
        message = f"stopped from outside after batch {module.batches_done}; --resume goes on"
        raise RunError(message) from error
    except torch.OutOfMemoryError as error:
        raise RunError("a batch is too large for the memory; set batch_size lower") from error
    except MisconfigurationException as error:
        raise RunError(f"cannot train like this: {' '.join(str(error).split())}") from error
    except OSError as error:
        reason = error.strerror or str(error)
        state = "the last checkpoint is whole" if run.checkpoint.exists() else "no checkpoint yet"
        raise RunError(f"cannot write into {run.folder}: {reason}; {state}") from error
