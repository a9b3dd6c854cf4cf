"""Pairs in memory, and the ways in which a network can be shown them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from photochrom.collection.intake import WORKERS
from photochrom.color.lab import srgb_to_gray
from photochrom.lab.auditor.pairs import Pair
from photochrom.lab.auditor.settings import Encoder
from photochrom.picture import read_color

_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Sides:
    """The two sides of n pairs.

    Attributes:
        real: (n, size, size, 3) uint8 sRGB, what counts as a photograph.
        artificial: the same shape, what counts as artificial.
    """

    real: Tensor
    artificial: Tensor

    def __len__(self) -> int:
        return len(self.real)

    def rows(self, indices: Tensor) -> "Sides":
        """Take some pairs, by their (k,) positions."""
        return Sides(self.real[indices], self.artificial[indices])


def load_sides(pairs: Sequence[Pair]) -> Sides:
    """Decode pairs.

    Raises:
        InputError: when a file is missing or damaged.
    """
    with ThreadPoolExecutor(WORKERS) as pool:
        decoded = list(pool.map(Pair.pixels, pairs))
    real, artificial = (np.stack(side) for side in zip(*decoded, strict=True))
    return Sides(torch.from_numpy(real), torch.from_numpy(artificial))


def only_lightness(sides: Sides) -> Sides:
    """Show the lightness of the encoded pictures alone: three equal channels of 8-bit gray.

    Whoever can tell these apart has learned something other than colors.
    """
    return Sides(_gray(sides.real), _gray(sides.artificial))


def _gray(pictures: Tensor) -> Tensor:
    chunks = [
        (255 * srgb_to_gray(chunk.float() / 255)).round().to(torch.uint8)
        for chunk in torch.split(pictures, _CHUNK)
    ]
    return torch.cat(chunks)[..., None].expand(-1, -1, -1, 3).contiguous()


def reencoded(sides: Sides, encoder: Encoder) -> Sides:
    """Show photographs, and the same once more through the encoder of the other side.

    Args:
        sides: pairs; only their photographs are used.
        encoder: of the colorized side.

    Returns:
        Pairs that differ by nothing but what that encoder leaves behind.
    """

    def again(picture: Tensor) -> Tensor:
        return torch.tensor(read_color(encoder.encode(picture.numpy()), name="a picture"))

    with ThreadPoolExecutor(WORKERS) as pool:
        return Sides(sides.real, torch.stack(list(pool.map(again, sides.real))))


def shuffled(sides: Sides, seed: int) -> Sides:
    """Swap the sides of about half of the pairs, by lot: there is nothing to learn."""
    generator = torch.Generator().manual_seed(seed)
    is_swapped = torch.rand(len(sides), generator=generator) < 0.5
    swap = is_swapped[:, None, None, None]
    return Sides(
        torch.where(swap, sides.artificial, sides.real),
        torch.where(swap, sides.real, sides.artificial),
    )
