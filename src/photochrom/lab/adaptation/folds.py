"""Folds: which photographs are held out when."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from photochrom.lab.data.seeds import Purpose, mix_seed

FEW: Final = 60  # below, every photograph is held out once
_OUTER: Final = 5
_INNER: Final = 3
_FEWEST_TO_CHOOSE: Final = 4
_HELD_OUT: Final = 0.25

Fold = tuple[int, ...]


def outer_folds(labels: Sequence[str], *, seed: int) -> list[Fold]:
    """Divide photographs into parts to be held out for the reported numbers.

    Args:
        labels: of the photographs; every fold gets its share of each.
        seed: of the draw.

    Returns:
        Up to five folds that hold every photograph once, or, from 60 photographs on, one fold with
        a quarter of them.

    >>> [len(fold) for fold in outer_folds([""] * 12, seed=0)]
    [3, 3, 2, 2, 2]
    >>> [len(fold) for fold in outer_folds([""] * 80, seed=0)]
    [20]
    """
    if len(labels) >= FEW:
        return [_share(range(len(labels)), labels, seed)]
    return _divide(range(len(labels)), labels, _OUTER, seed)


def inner_folds(photos: Sequence[int], labels: Sequence[str], *, seed: int) -> list[Fold]:
    """Divide the photographs outside an outer fold, to choose a method on them.

    Args:
        photos: which they are.
        labels: of all photographs.
        seed: of the draw.

    Returns:
        Up to three folds, one from 45 photographs on, none below four.
    """
    if len(photos) < _FEWEST_TO_CHOOSE:
        return []
    if len(photos) >= FEW * (1 - _HELD_OUT):
        return [_share(photos, labels, seed + 1)]
    return _divide(photos, labels, _INNER, seed + 1)


def _shuffled(photos: Sequence[int], labels: Sequence[str], seed: int) -> list[int]:
    """Order photographs by lot, kinds taking turns."""
    random = np.random.default_rng(mix_seed(seed, 0, Purpose.FOLDS))
    order = random.permutation(np.asarray(photos)).tolist()
    turns: dict[str, int] = {}
    ranked = []
    for photo in order:
        turn = turns[labels[photo]] = turns.get(labels[photo], -1) + 1
        ranked.append((turn, labels[photo], photo))
    return [photo for _, _, photo in sorted(ranked, key=lambda entry: entry[:2])]


def _divide(photos: Sequence[int], labels: Sequence[str], count: int, seed: int) -> list[Fold]:
    """Deal photographs out; each kind goes round by itself, so that folds differ little."""
    folds: list[list[int]] = [[] for _ in range(min(count, len(photos)))]
    by_label = sorted(_shuffled(photos, labels, seed), key=lambda photo: labels[photo])
    for place, photo in enumerate(by_label):
        folds[place % len(folds)].append(photo)
    return [tuple(sorted(fold)) for fold in folds]


def _share(photos: Sequence[int], labels: Sequence[str], seed: int) -> Fold:
    """Hold out a quarter."""
    order = _shuffled(photos, labels, seed)
    return tuple(sorted(order[: max(1, round(_HELD_OUT * len(order)))]))
