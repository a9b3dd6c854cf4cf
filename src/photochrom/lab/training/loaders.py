"""Feed batches to Lightning: from a given step on, made one ahead in a thread."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch.utils.data import DataLoader, IterableDataset

from photochrom.color.lab import srgb_to_lab
from photochrom.lab.data.batches import Batch, Batches
from photochrom.lab.data.pictures import PictureStore

_VALIDATION_PIXELS = 64 * 64 * 64


class StepBatches(IterableDataset[Batch]):
    """The batches of steps ``start`` to ``stop``; resuming starts at the step it stopped at.

    Args:
        batches: batch number s for any s.
        start: first step.
        stop: one after the last step.
    """

    def __init__(self, batches: Batches, start: int, stop: int) -> None:
        self._batches = batches
        self._start = start
        self._stop = stop

    def __iter__(self) -> Iterator[Batch]:
        with ThreadPoolExecutor(1) as pool:
            coming = pool.submit(self._batches.at, self._start)
            for step in range(self._start, self._stop):
                batch = coming.result()
                coming = pool.submit(self._batches.at, step + 1)
                yield batch


class HeldOutBatches(IterableDataset[Batch]):
    """The held-out pictures, whole and unchanged."""

    def __init__(self, stores: Sequence[PictureStore]) -> None:
        self._stores = stores

    def __iter__(self) -> Iterator[Batch]:
        for store in self._stores:
            for pixels in torch.split(store.pixels, max(1, _VALIDATION_PIXELS // store.side**2)):
                lab = srgb_to_lab(pixels.float() / 255).movedim(-1, 1)
                yield Batch(lab[:, :1].contiguous(), lab[:, 1:].contiguous())


def loader(dataset: IterableDataset[Batch]) -> DataLoader[Batch]:
    """Wrap ready-made batches for Lightning."""
    return DataLoader(dataset, batch_size=None)
