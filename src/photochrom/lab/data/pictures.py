"""Decode a collection once and keep it as 8-bit pixels, ready for any device."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyvips
import torch
from numpy.typing import NDArray
from torch import Tensor

from photochrom.collection import Collection, Item
from photochrom.color.lab import srgb_to_lab
from photochrom.errors import InputError, RunError

_WORKERS: Final = 2
_GRAY_LIMIT: Final = 5.0  # CIC's rule: a picture with no |a*| or |b*| above this is gray
_BAD_SHARE: Final = 0.1  # more unreadable pictures than this refuse the collection


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureStore:
    """Square pictures of one side, all in memory.

    Attributes:
        pixels: (n, side, side, 3) uint8 sRGB.
        names: n names, in the same order.
    """

    pixels: Tensor
    names: tuple[str, ...]

    @property
    def side(self) -> int:
        """Side of the pictures in pixels."""
        return int(self.pixels.shape[1])

    def __len__(self) -> int:
        return len(self.pixels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of a collection.

    Attributes:
        stores: the kept pictures, one store per side, small sides first.
        gray: names of pictures dropped because they have no color.
        unreadable: names of pictures dropped because they could not be decoded.
    """

    stores: tuple[PictureStore, ...]
    gray: tuple[str, ...]
    unreadable: tuple[str, ...]

    def __len__(self) -> int:
        return sum(map(len, self.stores))


def load_pictures(collection: Collection, sides: Sequence[int]) -> Loaded:
    """Decode a collection into square stores.

    Each picture goes to the largest side that its short side reaches (the smallest if none), is
    scaled so that the short side fits and cropped at the center.

    Args:
        collection: color pictures.
        sides: sides of the stores in pixels.

    Returns:
        The stores and the names of what was dropped.

    Raises:
        RunError: when nothing is left, or more than a tenth cannot be read.
    """
    with ThreadPoolExecutor(_WORKERS) as pool:
        decoded = list(pool.map(lambda item: _decode(item, sorted(sides)), collection))
    unreadable = [i.name for i, pixels in zip(collection, decoded, strict=True) if pixels is None]
    _check_readable(unreadable, len(collection))
    readable = [(i.name, p) for i, p in zip(collection, decoded, strict=True) if p is not None]
    gray = [name for name, pixels in readable if _is_gray(pixels)]
    gray_names = set(gray)
    kept = [(name, pixels) for name, pixels in readable if name not in gray_names]
    if not kept:
        raise RunError(f"none of the {len(collection)} pictures has color to learn from")
    stores = (_store([(n, p) for n, p in kept if len(p) == side]) for side in sorted(sides))
    return Loaded(
        stores=tuple(store for store in stores if store is not None),
        gray=tuple(gray),
        unreadable=tuple(unreadable),
    )


def _check_readable(unreadable: Sequence[str], total: int) -> None:
    if len(unreadable) > _BAD_SHARE * total:
        raise RunError(
            f"{len(unreadable)} of {total} pictures cannot be read, first: {unreadable[0]}"
        )


def _store(kept: list[tuple[str, NDArray[np.uint8]]]) -> PictureStore | None:
    """Stack pictures of one side."""
    if not kept:
        return None
    pixels = torch.from_numpy(np.stack([pixels for _, pixels in kept]))
    return PictureStore(pixels=pixels, names=tuple(name for name, _ in kept))


def _decode(item: Item, sides: Sequence[int]) -> NDArray[np.uint8] | None:
    """Decode and square one picture; None when it cannot be read."""
    try:
        pixels = item.read()
    except InputError:
        return None
    short = min(pixels.shape[:2])
    side = max((s for s in sides if s <= short), default=sides[0])
    return pixels if pixels.shape[:2] == (side, side) else _square(pixels, side)


def _square(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Scale the short side to ``side`` and crop the center."""
    image = pyvips.Image.new_from_array(pixels)
    scaled = image.thumbnail_image(side, height=side, crop="centre", size="both")
    return np.ascontiguousarray(scaled.numpy())


def _is_gray(pixels: NDArray[np.uint8]) -> bool:
    """Apply CIC's rule to a quarter of the pixels."""
    chroma = srgb_to_lab(pixels[::2, ::2].astype(np.float32) / 255)[..., 1:]
    return bool(np.abs(chroma).max() <= _GRAY_LIMIT)
