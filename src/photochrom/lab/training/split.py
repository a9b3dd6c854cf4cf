"""Hold pictures out of a collection by seed."""

import torch

from photochrom.errors import RunError
from photochrom.lab.data.pictures import PictureStore


def hold_out(
    stores: tuple[PictureStore, ...], count: int, seed: int
) -> tuple[tuple[PictureStore, ...], tuple[PictureStore, ...]]:
    """Split stores into training and held-out pictures, each store in the same proportion.

    Args:
        stores: all pictures.
        count: how many to hold out in all, about.
        seed: of the choice.

    Returns:
        Stores to train on, and stores held out.

    Raises:
        RunError: when fewer than two pictures would be left to train on.
    """
    total = sum(map(len, stores))
    if total - count < 2:
        raise RunError(f"{total} pictures are too few to hold {count} out; set held_out lower")
    generator = torch.Generator().manual_seed(seed)
    kept, held = [], []
    for store in stores:
        order = torch.randperm(len(store), generator=generator)
        split = round(len(store) * count / total)
        held.append(_pick(store, order[:split]))
        kept.append(_pick(store, order[split:]))
    return tuple(s for s in kept if len(s)), tuple(s for s in held if len(s))


def _pick(store: PictureStore, rows: torch.Tensor) -> PictureStore:
    ordered = rows.sort().values
    names = tuple(store.names[row] for row in ordered.tolist())
    return PictureStore(pixels=store.pixels[ordered], names=names)
