"""Decode pictures of a collection into squares, and look at them while they are there."""

import os
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from photochrom.collection import Item
from photochrom.collection.duplicates import PictureHash, picture_hash
from photochrom.color.lab import srgb_to_lab
from photochrom.picture import read_color
from photochrom.picture.pixels import GRAY_LIMIT, square

WORKERS: Final = min(8, os.cpu_count() or 1)  # threads; the interpreter's lock feeds no more
_GLANCE: Final = 8  # so many pixels squared tell most pictures; a quarter of the pixels decides


class Decoded(NamedTuple):
    """A picture as it is kept.

    Attributes:
        pixels: (side, side, 3) uint8 sRGB.
        sha256: of the encoded bytes, hexadecimal.
    """

    pixels: NDArray[np.uint8]
    sha256: str


class Look(NamedTuple):
    """What is remembered of a picture.

    Attributes:
        side: of its square in pixels.
        sha256: of the encoded bytes, hexadecimal.
        is_gray: whether no |a*| or |b*| of a quarter of its pixels is above 5 (CIC's rule).
        hash: what near duplicates have in common.
    """

    side: int
    sha256: str
    is_gray: bool
    hash: PictureHash


def decode(item: Item, sides: Sequence[int]) -> Decoded:
    """Decode a picture to the largest side that its short side reaches, the smallest if none.

    Args:
        item: the picture.
        sides: in pixels, ascending.

    Returns:
        The picture, squared.

    Raises:
        InputError: when it is not a picture or damaged.
        OSError: when its file cannot be read.
    """
    encoded = item.load()
    pixels = read_color(encoded, name=item.name)
    short = min(pixels.shape[:2])
    side = max((s for s in sides if s <= short), default=sides[0])
    return Decoded(square(pixels, side), sha256(encoded).hexdigest())


def look_at(pictures: Sequence[Decoded]) -> list[Look]:
    """Look at pictures, many at once; in one thread, since it waits for nothing.

    Args:
        pictures: of any sides.

    Returns:
        A look at each.
    """
    if not pictures:
        return []
    glances = np.stack([_glance(picture.pixels) for picture in pictures])
    may_be_gray = _strongest(glances) <= GRAY_LIMIT
    return [
        Look(
            side=len(pixels),
            sha256=sha256,
            is_gray=bool(is_pale and _strongest(pixels[None, ::2, ::2])[0] <= GRAY_LIMIT),
            hash=picture_hash(pixels),
        )
        for (pixels, sha256), is_pale in zip(pictures, may_be_gray, strict=True)
    ]


def _glance(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Take a few evenly spread pixels (8, 8, 3)."""
    places = np.arange(_GLANCE) * len(pixels) // _GLANCE
    return pixels[places[:, None], places]


def _strongest(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Give the largest |a*| or |b*| of each picture (n, H, W, 3)."""
    chroma = srgb_to_lab(pictures.astype(np.float32) / 255)[..., 1:]
    return np.asarray(np.abs(chroma).max(axis=(1, 2, 3)))
