"""Run a recipe on a collection: prepare, train, checkpoint, resume."""

import json
import platform
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from numpy.typing import NDArray

from photochrom.collection import Collection
from photochrom.color.bins import cic_bins, smoothed_prior, soft_bins
from photochrom.color.lab import srgb_to_lab
from photochrom.errors import RunError
from photochrom.lab.data.batches import Batches, BatchPlan
from photochrom.lab.data.pictures import Loaded, PictureStore, load_pictures
from photochrom.lab.training.callbacks import CheckpointAtEnd, Progress
from photochrom.lab.training.loaders import HeldOutBatches, StepBatches, loader
from photochrom.lab.training.module import ColorizerModule
from photochrom.lab.training.recipe import Recipe, recipe_from_dict
from photochrom.lab.training.split import hold_out

_PRIOR_PICTURES: Final = 20_000
_MAY_GROW: Final = {"steps", "validate_every", "checkpoint_minutes", "decay_share"}  # on resuming
LAST: Final = "last.ckpt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run folder: recipe, splits, curves, checkpoints."""

    folder: Path

    @property
    def recipe_file(self) -> Path:
        """The resolved recipe, as JSON."""
        return self.folder / "recipe.json"

    @property
    def checkpoint(self) -> Path:
        """The newest checkpoint."""
        return self.folder / "checkpoints" / LAST

    def recipe(self) -> Recipe:
        """Read the recipe back.

        Raises:
            RunError: when the folder is not a run.
        """
        try:
            return recipe_from_dict(json.loads(self.recipe_file.read_text("utf-8")))
        except (OSError, json.JSONDecodeError) as error:
            message = f"{self.folder} is not a run folder: no readable recipe.json"
            raise RunError(message) from error


def train(recipe: Recipe, collection: Collection, folder: Path, *, resume: bool = False) -> Run:
    """Train a recipe on a collection into a run folder.

    Args:
        recipe: the run.
        collection: color pictures.
        folder: where recipe, splits, curves and checkpoints go; made when missing.
        resume: go on from the newest checkpoint instead of starting.

    Returns:
        The finished run.

    Raises:
        RunError: when the folder holds a run already (without ``resume``), or none, or another.
    """
    run = Run(folder=folder)
    start = _start_step(run, recipe, resume=resume)
    loaded = load_pictures(collection, recipe.sides)
    kept, held = hold_out(loaded.stores, recipe.held_out, recipe.seed)
    L.seed_everything(recipe.seed, verbose=False)
    module = ColorizerModule(recipe, color_prior(kept, recipe)).to(
        memory_format=torch.channels_last
    )
    _describe(run, recipe, loaded, held)
    plan = BatchPlan(
        seed=recipe.seed,
        batch_size=recipe.batch_size,
        sizes=recipe.sizes,
        degraded=recipe.degraded,
    )
    batches = loader(StepBatches(Batches(kept, plan), start, recipe.steps))
    checkpoint = run.checkpoint if resume else None
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*mid-epoch.*")  # batches are a function of step
        warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*")
        warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")
        trainer = _trainer(run, recipe)
        trainer.fit(module, batches, loader(HeldOutBatches(held)), ckpt_path=checkpoint)
    return run


def _start_step(run: Run, recipe: Recipe, *, resume: bool) -> int:
    """Find the step to start at and refuse folders that do not fit."""
    if not resume:
        if run.recipe_file.exists():
            raise RunError(f"{run.folder} holds a run already; add --resume or change --out")
        return 0
    before, now = run.recipe().to_dict(), recipe.to_dict()
    changed = sorted(key for key in now if before[key] != now[key] and key not in _MAY_GROW)
    if changed:
        differences = ", ".join(f"{key}: {before[key]} -> {now[key]}" for key in changed)
        raise RunError(f"cannot resume {run.folder} with another recipe ({differences})")
    if not run.checkpoint.exists():
        raise RunError(f"{run.folder} has no checkpoint to resume from")
    return int(torch.load(run.checkpoint, weights_only=True, mmap=True)["global_step"])


def color_prior(stores: Sequence[PictureStore], recipe: Recipe) -> NDArray[np.float64]:
    """Measure the smoothed prior over bins on a seeded sample of the pictures.

    Returns:
        (313,) shares, sum 1.
    """
    tables = soft_bins(cic_bins(), neighbors=1, sigma=recipe.sigma)
    counts = np.zeros(len(cic_bins()))
    for store in stores:
        every = max(1, len(store) * len(stores) // _PRIOR_PICTURES)
        for pixels in torch.split(store.pixels[::every], 256):
            chroma = srgb_to_lab(pixels[:, ::4, ::4].numpy().astype(np.float32) / 255)[..., 1:]
            counts += np.bincount(tables.nearest(chroma).ravel(), minlength=len(counts))
    return smoothed_prior(counts, cic_bins(), recipe.sigma)


def _describe(run: Run, recipe: Recipe, loaded: Loaded, held: Sequence[PictureStore]) -> None:
    """Write recipe, environment and splits into the run folder."""
    run.folder.mkdir(parents=True, exist_ok=True)
    facts = {
        "pictures": len(loaded),
        "dropped_gray": len(loaded.gray),
        "unreadable": list(loaded.unreadable),
        "torch": torch.__version__,
        "lightning": L.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
    }
    names = [name for store in held for name in store.names]
    _write_json(run.folder / "environment.json", facts)
    _write_json(run.folder / "held-out.json", names)
    _write_json(run.recipe_file, recipe.to_dict())


def _write_json(path: Path, values: Any) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _trainer(run: Run, recipe: Recipe) -> L.Trainer:
    checkpoints = ModelCheckpoint(
        dirpath=run.checkpoint.parent,
        filename=run.checkpoint.stem,
        enable_version_counter=False,
        train_time_interval=timedelta(minutes=recipe.checkpoint_minutes),
    )
    return L.Trainer(
        default_root_dir=run.folder,
        max_steps=recipe.steps,
        precision=recipe.precision,
        gradient_clip_val=recipe.gradient_clip,
        val_check_interval=recipe.validate_every,
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        log_every_n_steps=10,
        callbacks=[
            EMAWeightAveraging(decay=recipe.average_decay, use_buffers=False),
            checkpoints,
            CheckpointAtEnd(run.checkpoint, recipe.steps),
            Progress(recipe.steps),
        ],
        logger=[CSVLogger(run.folder, "curves"), TensorBoardLogger(run.folder, "tensorboard")],
        enable_progress_bar=False,
        enable_model_summary=False,
    )
