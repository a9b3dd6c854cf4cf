"""Prepare pictures for a run: decode, drop what teaches nothing, split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np
import torch

from photochrom.arrays import F32, F64
from photochrom.collection import Collection
from photochrom.collection.names import composed
from photochrom.collection.splits import Part, SplitEntry, assign_parts, read_splits
from photochrom.color.bins import smoothed_prior, soft_bins
from photochrom.color.lab import srgb_to_lab
from photochrom.errors import InputError, RunError
from photochrom.lab.data.pictures import Loaded, Pictures, load_pictures
from photochrom.lab.training.recipe import Recipe

_MOST_HELD_OUT: Final = 1000  # a share of a large collection is capped: validation takes time
_PRIOR_PICTURES: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Pictures ready to be trained on.

    Attributes:
        training: pictures to learn from.
        validation: pictures to judge by while training.
        entries: where every picture of the collection went.
        labels: of the training pictures, sorted.
        unreadable: name and reason of what could not be decoded.
    """

    training: tuple[Pictures, ...]
    validation: tuple[Pictures, ...]
    entries: tuple[SplitEntry, ...]
    labels: tuple[str, ...]
    unreadable: Mapping[str, str]

    @property
    def count(self) -> int:
        """Number of training pictures."""
        return sum(map(len, self.training))


def prepare(recipe: Recipe, collection: Collection, *, split: Path | None) -> Prepared:
    """Decode a collection and split it.

    Args:
        recipe: sides, labels, duplicates, and how many pictures go where.
        collection: color pictures.
        split: a split made earlier, or None to make one.

    Raises:
        InputError: for a label that no picture has, or a split file that cannot be read.
        RunError: when too few pictures are left, or the split is of other pictures.
    """
    frozen = read_splits(split) if split else ()  # before anything is decoded
    labels = [composed(label) for label in recipe.labels]
    unknown = sorted(set(labels) - set(collection.labels))
    if unknown:
        known = ", ".join(collection.labels[:8]) or "none"
        raise InputError(f"no picture has the label {unknown[0]!r}; there are: {known}")
    if labels:
        collection = Collection([item for item in collection if item.label in labels])
    loaded = load_pictures(collection, recipe.sides, duplicates=recipe.duplicates)
    hashes = [sha for store in loaded.stores for sha in store.sha256]
    parts = _frozen_parts(frozen, hashes) if split else _new_parts(recipe, hashes)
    prepared = Prepared(
        training=_pick(loaded.stores, parts, "train"),
        validation=_pick(loaded.stores, parts, "validation"),
        entries=tuple(_entries(loaded, parts)),
        labels=tuple(sorted({name for s in loaded.stores for name in s.labels} - {""})),
        unreadable=loaded.unreadable,
    )
    if prepared.count < recipe.batch_size:
        raise RunError(
            f"{prepared.count} pictures to train on are fewer than a batch of "
            f"{recipe.batch_size}; set batch_size to {max(1, prepared.count)} or less"
        )
    if not prepared.validation:
        raise RunError("no picture is held out for validation; set held_out to 1 or more")
    return prepared


def _new_parts(recipe: Recipe, hashes: Sequence[str]) -> dict[str, Part]:
    """Split by seed: validation and test first, the rest is for training."""
    total = len(hashes)
    validation = _count(recipe.held_out, total, most=_MOST_HELD_OUT)
    test = _count(recipe.test, total, most=total)
    if total - validation - test < 2:
        raise RunError(
            f"{total} pictures are too few to hold {validation} out for validation and {test} for "
            "a test; set held_out and test lower"
        )
    train = min(recipe.pictures or total, total - validation - test)
    parts = assign_parts(hashes, validation=validation, test=test, train=train, seed=recipe.seed)
    return dict(zip(hashes, parts, strict=True))


def _count(wanted: float, total: int, *, most: int) -> int:
    """Turn a share into a number of pictures; a number stays."""
    return int(wanted) if wanted >= 1 else min(most, ceil(wanted * total))


def _frozen_parts(entries: Sequence[SplitEntry], hashes: Sequence[str]) -> dict[str, Part]:
    """Take the parts from a split made earlier; pictures it does not know stay unused."""
    used = [entry for entry in entries if entry.part not in ("dropped", "unused")]
    present = set(hashes)
    missing = [entry for entry in used if entry.sha256 not in present]
    if missing:
        raise RunError(
            f"{len(missing)} of {len(used)} pictures of the split are not among the photographs, "
            f"the first is {missing[0].name}"
        )
    known = {entry.sha256: entry.part for entry in used}
    return {sha: known.get(sha, "unused") for sha in hashes}


def _pick(
    stores: Sequence[Pictures], parts: Mapping[str, Part], part: Part
) -> tuple[Pictures, ...]:
    rows = [[n for n, sha in enumerate(s.sha256) if parts[sha] == part] for s in stores]
    return tuple(s.pick(torch.tensor(r)) for s, r in zip(stores, rows, strict=True) if r)


def _entries(loaded: Loaded, parts: Mapping[str, Part]) -> list[SplitEntry]:
    """List where every picture went, those that were dropped at the end."""
    kept = [
        SplitEntry(part=parts[sha], name=name, label=label, sha256=sha, reason="")
        for store in loaded.stores
        for name, label, sha in zip(store.names, store.labels, store.sha256, strict=True)
    ]
    dropped = [
        SplitEntry(
            part="dropped",
            name=name,
            label="",
            sha256=loaded.checksums.get(name, ""),
            reason=reason,
        )
        for reason, names in loaded.dropped.items()
        for name in names
    ]
    return kept + dropped


def color_prior(stores: Sequence[Pictures], bins: F32, sigma: float) -> F64:
    """Measure the smoothed prior over bins on an even sample of the pictures.

    Args:
        stores: the training pictures.
        bins: (Q, 2) centers.
        sigma: spread of the smoothing in ab units.

    Returns:
        (Q,) shares, sum 1.
    """
    tables = soft_bins(bins, neighbors=1, sigma=sigma)
    counts = np.zeros(len(bins))
    for store in stores:
        every = max(1, len(store) * len(stores) // _PRIOR_PICTURES)
        for rows in torch.split(torch.arange(0, len(store), every), 256):
            pixels = store.rows(rows)[:, ::4, ::4].cpu().numpy()
            chroma = srgb_to_lab(pixels.astype(np.float32) / 255)[..., 1:]
            counts += np.bincount(tables.nearest(chroma).ravel(), minlength=len(counts))
    return smoothed_prior(counts, bins, sigma)
