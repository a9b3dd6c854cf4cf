"""Batches whose order and augmentation are a pure function of (seed, step)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from photochrom.color.lab import srgb_to_lab
from photochrom.lab.data.degrade import degrade
from photochrom.lab.data.pictures import PictureStore


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """How batches are drawn.

    Attributes:
        seed: of order and augmentation.
        batch_size: pictures per batch at ``reference_size``; other sizes keep the pixels equal.
        reference_size: side in pixels that ``batch_size`` speaks of.
        sizes: sides in pixels to draw from.
        degraded: share of pictures made to look like old prints.
        largest_zoom: how far a picture may be enlarged to reach a size.
        smallest_crop: smallest share of a picture's side that a crop may keep.
    """

    seed: int
    batch_size: int
    sizes: Sequence[int]
    reference_size: int = 64
    degraded: float = 0.5
    largest_zoom: float = 1.5
    smallest_crop: float = 0.7

    def count(self, size: int) -> int:
        """Pictures in a batch of this size."""
        return max(1, round(self.batch_size * (self.reference_size / size) ** 2))


class Batch(NamedTuple):
    """One training batch: lightness (N, 1, H, W) as the network sees it, chroma (N, 2, H, W)."""

    lightness: Tensor
    chroma: Tensor


class Batches:
    """Batch number s, for any s, without having made those before it.

    Stores are drawn by the square root of their number of pictures, pictures evenly.

    Args:
        stores: decoded pictures.
        plan: how to draw.
    """

    def __init__(self, stores: Sequence[PictureStore], plan: BatchPlan) -> None:
        self._stores = tuple(stores)
        self._plan = plan
        self._pairs = [
            (index, size)
            for index, store in enumerate(self._stores)
            for size in plan.sizes
            if size <= plan.largest_zoom * store.side
        ]
        if not self._pairs:
            raise ValueError(f"no picture is large enough for sizes {list(plan.sizes)}")

    def at(self, step: int) -> Batch:
        """Make the batch of a step, on the device of the stores."""
        store_index, size = self._pair(step)
        store = self._stores[store_index]
        generator = torch.Generator(store.pixels.device).manual_seed(_mix(self._plan.seed, step, 1))
        rows = self._rows(store, step, self._plan.count(size))
        rgb = store.pixels[rows].permute(0, 3, 1, 2).float() / 255
        lab = srgb_to_lab(_crop(rgb, size, generator, self._plan.smallest_crop).movedim(1, -1))
        lightness, chroma = lab[..., :1].movedim(-1, 1), lab[..., 1:].movedim(-1, 1)
        aged = degrade(lightness, generator, self._plan.degraded)
        return Batch(aged.contiguous(), chroma.contiguous())

    def _pair(self, step: int) -> tuple[int, int]:
        """Draw the store and the size of a step, stores by their number of pictures."""
        generator = torch.Generator().manual_seed(_mix(self._plan.seed, step, 2))
        counts = torch.tensor([float(len(self._stores[index])) for index, _ in self._pairs])
        pair = int(torch.multinomial(counts.sqrt(), 1, generator=generator))
        return self._pairs[pair]

    def _rows(self, store: PictureStore, step: int, count: int) -> Tensor:
        """Draw pictures evenly."""
        generator = torch.Generator().manual_seed(_mix(self._plan.seed, step, 3))
        rows = torch.randint(len(store), (count,), generator=generator)
        return rows.to(store.pixels.device)


def _mix(seed: int, step: int, purpose: int) -> int:
    """Turn (seed, step, purpose) into one 63-bit seed."""
    mixed = seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + purpose * 0x94D049BB133111EB
    mixed ^= mixed >> 31
    return mixed % (1 << 63)


def _crop(rgb: Tensor, size: int, generator: torch.Generator, smallest: float) -> Tensor:
    """Crop, flip and scale each picture (N, 3, S, S) at random to (N, 3, size, size)."""
    count, device = len(rgb), rgb.device
    numbers = torch.rand(count, 4, generator=generator, device=device)
    kept = smallest + (1 - smallest) * numbers[:, 0]
    mirror = torch.where(numbers[:, 1] < 0.5, -1.0, 1.0)
    theta = torch.zeros(count, 2, 3, device=device)
    theta[:, 0, 0], theta[:, 1, 1] = kept * mirror, kept
    theta[:, 0, 2] = (1 - kept) * (2 * numbers[:, 2] - 1)
    theta[:, 1, 2] = (1 - kept) * (2 * numbers[:, 3] - 1)
    grid = F.affine_grid(theta, [count, 3, size, size], align_corners=False)
    if size * 1.2 < rgb.shape[-1] * smallest:
        rgb = F.interpolate(rgb, size=(round(size / smallest),) * 2, mode="area")
    return F.grid_sample(rgb, grid, mode="bilinear", padding_mode="border", align_corners=False)
