"""Batches whose order and augmentation are a pure function of (seed, step)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from photochrom.color.lab import srgb_to_lab
from photochrom.lab.data.degrade import Aging, age, draw_aging
from photochrom.lab.data.film import Exposure, draw_exposure, expose
from photochrom.lab.data.hints import Patches, draw_patches, reveal
from photochrom.lab.data.pictures import Pictures
from photochrom.lab.data.seeds import Purpose, mix_seed
from photochrom.lab.data.transforms import draw_placements, place


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """How batches are drawn.

    Attributes:
        seed: of order and augmentation.
        batch_size: pictures per batch at ``reference_size``; other sizes keep the pixels equal.
        reference_size: side in pixels that ``batch_size`` speaks of.
        sizes: sides in pixels to draw from.
        degraded: share of pictures made to look like old prints.
        film: share of pictures taken on period film, which gives them another lightness.
        side_shares: share of the batches that each store is drawn for, by its side; when no store
            has one, the square root of its number of pictures counts.
        largest_zoom: how far a picture may be enlarged to reach a size.
        smallest_crop: smallest share of a picture's side that a crop may keep.
        flip: mirror half of the pictures.
        rotation_deg: largest angle by which a picture is turned, either way.
        shear: largest sideways shift of an edge, either way, as a share of half a side.
        hinted: share of pictures in which a few patches show their colors, as a person who gives
            hints would; None when the network takes no hints.
    """

    seed: int
    batch_size: int
    sizes: Sequence[int]
    reference_size: int = 64
    degraded: float = 0.5
    film: float = 0.0
    side_shares: Mapping[int, float] = field(default_factory=dict)
    largest_zoom: float = 1.5
    smallest_crop: float = 0.7
    flip: bool = True
    rotation_deg: float = 0.0
    shear: float = 0.0
    hinted: float | None = None

    def count(self, size: int) -> int:
        """Pictures in a batch of this size."""
        return max(1, round(self.batch_size * (self.reference_size / size) ** 2))


class Batch(NamedTuple):
    """One training batch, or a process's part of it.

    Attributes:
        lightness: (n, 1, H, W) L* as the network sees it.
        chroma: (n, 2, H, W) a* and b*, the truth.
        clean_lightness: (n, 1, H, W) L* before it was made to look like an old print.
        labels: (n,) int64, index of the label, -1 where there is none.
        hints: (n, 3, H, W) a*, b* and mask of the revealed patches, or None.
        whole: pictures in the whole batch, over all processes.
    """

    lightness: Tensor
    chroma: Tensor
    clean_lightness: Tensor
    labels: Tensor
    hints: Tensor | None
    whole: int


class Batches:
    """Batch number s, for any s, without having made those before it.

    With one store and one size, pictures are drawn without replacement: every epoch is a new
    permutation. Else stores are drawn by their shares, and pictures evenly.

    Process r of w takes pictures r, r + w, … of the whole batch, for which all numbers are drawn;
    so the processes together see what one would see. They are drawn on the CPU, so a run that goes
    on elsewhere sees the same; only grain is drawn where the pictures are, since it is large.

    Args:
        stores: decoded pictures.
        plan: how to draw.
        label_names: labels in the order of their indices.
        rank: number of this process.
        world: number of processes.

    Raises:
        ValueError: when no picture reaches a size, or a batch has fewer pictures than processes.
    """

    def __init__(
        self,
        stores: Sequence[Pictures],
        plan: BatchPlan,
        *,
        label_names: Sequence[str] = (),
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self._stores = tuple(stores)
        self._plan = plan
        self._own = slice(rank, None, world)
        self._pairs = [
            (index, size)
            for index, store in enumerate(self._stores)
            for size in plan.sizes
            if size <= plan.largest_zoom * store.side
        ]
        if not self._pairs:
            raise ValueError(f"no picture is large enough for sizes {list(plan.sizes)}")
        fewest = min(plan.count(size) for _, size in self._pairs)
        if fewest < world:
            raise ValueError(f"{world} processes cannot share batches of {fewest} pictures")
        self._shares = torch.tensor(_pair_shares(self._stores, self._pairs, plan.side_shares))
        self._labels = [_indices(store, label_names) for store in self._stores]

    def at(self, step: int) -> Batch:
        """Make the batch of a step, or this process's part of it, on the device of the stores."""
        plan, own = self._plan, self._own
        store, size, rows = self._draw(step)
        pictures, count = self._stores[store], len(rows)
        generator = self._generator(step, Purpose.AUGMENTATION)
        placements = draw_placements(count, plan, generator)[own].to(pictures.device)
        rgb = pictures.rows(rows[own]).permute(0, 3, 1, 2).contiguous().float() / 255
        placed = place(rgb, placements, size, smallest_crop=plan.smallest_crop)
        lightness, chroma = self._exposed(placed, step, count)
        return Batch(
            lightness=self._aged(lightness, step, count, generator),
            chroma=chroma,
            clean_lightness=lightness,
            labels=self._labels[store][rows[own]].to(pictures.device),
            hints=None if plan.hinted is None else self._hints(step, chroma, count, plan.hinted),
            whole=count,
        )

    def names(self, step: int) -> tuple[str, ...]:
        """Name the pictures of a step, or of this process's part of it."""
        store, _, rows = self._draw(step)
        names = self._stores[store].names
        return tuple(names[row] for row in rows[self._own].tolist())

    def _exposed(self, rgb: Tensor, step: int, count: int) -> tuple[Tensor, Tensor]:
        """Give the lightness that the film shows, and the chroma that goes with it."""
        if not self._plan.film:
            lab = srgb_to_lab(rgb.movedim(1, -1)).movedim(-1, 1)
            return lab[:, :1].contiguous(), lab[:, 1:].contiguous()
        generator = self._generator(step, Purpose.FILM)
        exposure = draw_exposure(count, generator, share=self._plan.film)
        return expose(rgb, Exposure(*(part[self._own].to(rgb.device) for part in exposure)))

    def _aged(self, lightness: Tensor, step: int, count: int, generator: torch.Generator) -> Tensor:
        if not self._plan.degraded:
            return lightness
        device = lightness.device
        aging = draw_aging(count, generator, share=self._plan.degraded)
        own = Aging(*(measure[self._own].to(device) for measure in aging))
        noise = self._generator(step, Purpose.GRAIN, device)
        grain = torch.randn(count, *lightness.shape[1:], generator=noise, device=device)
        return age(lightness, own, grain[self._own])

    def _hints(self, step: int, chroma: Tensor, count: int, share: float) -> Tensor:
        height, width = chroma.shape[2:]
        generator = self._generator(step, Purpose.HINTS)
        patches = draw_patches(count, (height, width), generator, share=share)
        own = (numbers[self._own].to(chroma.device) for numbers in patches)
        return reveal(chroma, Patches(*own))

    def _draw(self, step: int) -> tuple[int, int, Tensor]:
        """Draw the store, the size and the rows of the whole batch of a step."""
        pair = torch.multinomial(self._shares, 1, generator=self._generator(step, Purpose.SIZE))
        store, size = self._pairs[int(pair)]
        count, pictures = self._plan.count(size), len(self._stores[store])
        if len(self._pairs) == 1:
            return store, size, _epoch_rows(self._plan.seed, step * count, count, pictures)
        rows = torch.randint(pictures, (count,), generator=self._generator(step, Purpose.PICTURES))
        return store, size, rows

    def _generator(
        self, step: int, purpose: Purpose, device: torch.device | str = "cpu"
    ) -> torch.Generator:
        return torch.Generator(device).manual_seed(mix_seed(self._plan.seed, step, purpose))


def _pair_shares(
    stores: Sequence[Pictures], pairs: Sequence[tuple[int, int]], wanted: Mapping[int, float]
) -> list[float]:
    """Tell how often each pair of store and size is drawn; the numbers are relative."""
    if not any(wanted.get(stores[index].side) for index, _ in pairs):
        return [float(len(stores[index])) ** 0.5 for index, _ in pairs]
    sizes = Counter(index for index, _ in pairs)
    return [wanted.get(stores[index].side, 0.0) / sizes[index] for index, _ in pairs]


def _indices(store: Pictures, label_names: Sequence[str]) -> Tensor:
    """Turn labels into indices (n,); -1 for labels that are not known, or none."""
    known = {name: index for index, name in enumerate(label_names)}
    labels = store.labels or ("",) * len(store)
    return torch.tensor([known.get(label, -1) for label in labels], dtype=torch.int64)


def _epoch_rows(seed: int, start: int, count: int, pictures: int) -> Tensor:
    """Go ``count`` rows from position ``start`` through one permutation per epoch."""
    epochs = range(start // pictures, (start + count - 1) // pictures + 1)
    parts = []
    for epoch in epochs:
        first = start - epoch * pictures
        parts.append(_permutation(seed, epoch, pictures)[max(0, first) : first + count])
    return torch.cat(parts)


@lru_cache(maxsize=2)
def _permutation(seed: int, epoch: int, pictures: int) -> Tensor:
    """Order the pictures of an epoch."""
    generator = torch.Generator().manual_seed(mix_seed(seed, epoch, Purpose.ORDER))
    return torch.randperm(pictures, generator=generator)
