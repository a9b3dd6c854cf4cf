"""Feed batches to Lightning: from a given step on, made ahead in a thread, a part per process."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import Final

import lightning as L
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset

from photochrom.color.lab import srgb_to_lab
from photochrom.errors import RunError
from photochrom.lab.data.batches import Batch, Batches, BatchPlan
from photochrom.lab.data.pictures import Pictures, PictureStore, fits_on
from photochrom.lab.networks.prediction import ColorNetwork
from photochrom.lab.training.prepare import Prepared
from photochrom.lab.training.recipe import Recipe

_VALIDATION_PIXELS: Final = 64 * 64 * 64
_AHEAD: Final = 2


class RunData(L.LightningDataModule):
    """The batches of a run, on the device when the pictures fit there.

    Args:
        recipe: the run.
        prepared: the pictures.
        network: tells whether batches carry hints, and which sides suit it.
        first_step: tells the step to start at, asked when training begins.
    """

    def __init__(
        self,
        recipe: Recipe,
        prepared: Prepared,
        *,
        network: ColorNetwork,
        first_step: Callable[[], int],
    ) -> None:
        super().__init__()
        self._recipe = recipe
        self._prepared = prepared
        self._network = network
        self._first_step = first_step

    def batches(self, *, rank: int = 0, world: int = 1) -> Batches:
        """Make the source of batches, for one of several processes.

        Raises:
            RunError: when no picture is large enough, or a batch too small to be shared.
        """
        plan = plan_of(self._recipe, takes_hints=self._network.takes_hints)
        trainer = self.trainer
        device = torch.device("cpu") if trainer is None else trainer.strategy.root_device
        stores: Sequence[Pictures] = self._prepared.training
        resident = [store for store in stores if isinstance(store, PictureStore)]
        if len(resident) == len(stores) and fits_on(resident, device):
            stores = [store.to(device) for store in resident]
        labels = self._prepared.labels
        try:
            return Batches(stores, plan, label_names=labels, rank=rank, world=world)
        except ValueError as error:
            raise RunError(str(error)) from error

    def train_dataloader(self) -> DataLoader[Batch]:
        """Give the batches from the first step on, this process's part of each."""
        assert self.trainer is not None  # noqa: S101  (Lightning calls this)
        batches = self.batches(rank=self.trainer.global_rank, world=self.trainer.world_size)
        return _loader(_StepBatches(batches, self._first_step()))

    def val_dataloader(self) -> DataLoader[Batch]:
        """Give the held-out pictures; every process sees all of them."""
        return _loader(
            _HeldOutBatches(
                self._prepared.validation, self._prepared.labels, self._network.size_multiple
            )
        )


def plan_of(recipe: Recipe, *, takes_hints: bool) -> BatchPlan:
    """Take from a recipe how batches are drawn."""
    return BatchPlan(
        seed=recipe.seed,
        batch_size=recipe.batch_size,
        reference_size=recipe.reference_size,
        sizes=recipe.sizes,
        degraded=recipe.degraded,
        film=recipe.film,
        side_shares=dict(zip(recipe.sides, recipe.side_shares, strict=False)),
        flip=recipe.flip,
        smallest_crop=recipe.smallest_crop,
        rotation_deg=recipe.rotation_deg,
        shear=recipe.shear,
        hinted=recipe.hinted if takes_hints else None,
    )


class _StepBatches(IterableDataset[Batch]):
    """The batches from a step on, without end: when to stop is the run's business."""

    def __init__(self, batches: Batches, start: int) -> None:
        self._batches = batches
        self._start = start

    def __iter__(self) -> Iterator[Batch]:
        with ThreadPoolExecutor(1) as pool:
            coming: deque[Future[Batch]] = deque()
            for step in count(self._start):
                coming.append(pool.submit(self._make, step))
                if len(coming) > _AHEAD:
                    yield coming.popleft().result()

    def _make(self, step: int) -> Batch:
        """Make a batch, in pinned memory when it still has to travel to a GPU."""
        batch = self._batches.at(step)
        if batch.lightness.is_cuda or not torch.cuda.is_available():
            return batch
        return Batch(
            lightness=batch.lightness.pin_memory(),
            chroma=batch.chroma.pin_memory(),
            clean_lightness=batch.clean_lightness.pin_memory(),
            labels=batch.labels.pin_memory(),
            hints=None if batch.hints is None else batch.hints.pin_memory(),
            whole=batch.whole,
        )


class _HeldOutBatches(IterableDataset[Batch]):
    """The held-out pictures, whole; smaller where their side is no multiple that suits the network.

    Labels that no training picture has count as unknown.
    """

    def __init__(
        self, stores: Sequence[Pictures], label_names: Sequence[str], multiple: int
    ) -> None:
        self._stores = stores
        self._multiple = multiple
        self._places = {name: place for place, name in enumerate(label_names)}

    def __iter__(self) -> Iterator[Batch]:
        for store in self._stores:
            together = max(1, _VALIDATION_PIXELS // store.side**2)
            for rows in torch.split(torch.arange(len(store)), together):
                yield self._batch(store, rows)

    def _batch(self, store: Pictures, rows: torch.Tensor) -> Batch:
        rgb = (store.rows(rows).float() / 255).movedim(-1, 1)
        side = self._multiple * max(1, store.side // self._multiple)
        if side != store.side:
            rgb = F.interpolate(rgb, size=(side, side), mode="area")
        lab = srgb_to_lab(rgb.movedim(1, -1)).movedim(-1, 1)
        lightness = lab[:, :1].contiguous()
        labels = [self._places.get(store.labels[row], -1) for row in rows.tolist()]
        return Batch(
            lightness=lightness,
            chroma=lab[:, 1:].contiguous(),
            clean_lightness=lightness,
            labels=torch.tensor(labels),
            hints=None,
            whole=len(rows),
        )


def _loader(dataset: IterableDataset[Batch]) -> DataLoader[Batch]:
    """Wrap ready-made batches for Lightning."""
    return DataLoader(dataset, batch_size=None)
