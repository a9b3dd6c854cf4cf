"""Take pictures in: decode them once, and tell which are gray, unreadable or there already."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from photochrom.collection.duplicates import PictureHash, find_duplicates, picture_hash
from photochrom.collection.open import Collection, Item
from photochrom.errors import InputError
from photochrom.picture import read_color
from photochrom.picture.pixels import is_gray, square, to_lab
from photochrom.work.parallel import in_parallel

U8 = NDArray[np.uint8]

Duplicates = Literal["keep", "exact", "near"]
Reason = Literal["", "gray", "unreadable", "duplicate"]

WORKERS: Final = min(8, os.cpu_count() or 1)  # threads; the interpreter's lock feeds no more
_LOOK_SIDE: Final = 64  # pixels
_GLANCE: Final = 8  # so many pixels squared tell most pictures; a quarter of the pixels decides


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


def decode(item: Item) -> tuple[U8, str]:
    """Decode a picture whole.

    Returns:
        (H, W, 3) uint8 sRGB, and the SHA-256 of the encoded bytes, hexadecimal.

    Raises:
        InputError: when it is not a picture or damaged.
        OSError: when its file cannot be read.
    """
    encoded = item.load()
    return read_color(encoded, name=item.name), sha256(encoded).hexdigest()


def look_at(picture: U8, checksum: str, side: int = _LOOK_SIDE) -> Look:
    """Look at a picture.

    Args:
        picture: (H, W, 3) uint8 sRGB.
        checksum: of its encoded bytes.
        side: in pixels, of the square that is looked at.
    """
    pixels = square(picture, side)
    places = np.arange(_GLANCE) * side // _GLANCE
    samples = (pixels[places[:, None], places], pixels[::2, ::2])
    is_pale = all(is_gray(to_lab(each)[..., 1:]) for each in samples)
    return Look(side, checksum, is_pale, picture_hash(pixels))


def sort_out(looks: Sequence[Look | str], duplicates: Duplicates = "near") -> list[Reason]:
    """Tell why pictures are left out.

    Args:
        looks: at the pictures of a collection, or why one cannot be read.
        duplicates: which to leave out but for the first: files with the same bytes ("exact"), also
            pictures that look the same ("near"), or none ("keep").

    Returns:
        The reason for each; "" for those that stay.
    """
    reasons: list[Reason] = [
        "unreadable" if isinstance(look, str) else "gray" if look.is_gray else "" for look in looks
    ]
    kept = [
        (place, look)
        for place, look in enumerate(looks)
        if isinstance(look, Look) and not look.is_gray
    ]
    firsts: Sequence[int] = range(len(kept))
    if duplicates == "near":
        firsts = find_duplicates([look.hash for _, look in kept]).tolist()
    elif duplicates == "exact":
        seen: dict[str, int] = {}
        firsts = [seen.setdefault(look.sha256, n) for n, (_, look) in enumerate(kept)]
    for n, first in enumerate(firsts):
        if first != n:
            reasons[kept[n][0]] = "duplicate"
    return reasons


@dataclass(slots=True)
class Intake:
    """What is known of the pictures of a collection, by their places in it.

    Attributes:
        room_bytes: what is left for pixels; below zero none are kept.
        looks: a look at each picture, or why it could not be decoded.
        pixels: (side, side, 3) uint8 of each that has color, as long as there is room for all.
    """

    room_bytes: int
    looks: dict[int, Look | str] = field(default_factory=dict)
    pixels: dict[int, U8] = field(default_factory=dict)

    @property
    def overflows(self) -> bool:
        """Whether there was not enough room, so that no pixels were kept."""
        return self.room_bytes < 0


def take_in(collection: Collection, sides: Sequence[int], room_bytes: int) -> Intake:
    """Decode a whole collection with threads.

    Args:
        collection: any pictures.
        sides: of their squares in pixels; each gets the largest that its short side reaches, or
            else the smallest.
        room_bytes: how many pixels may be kept.

    Returns:
        What is known of each picture.
    """
    intake = Intake(room_bytes)
    attempts = in_parallel(partial(_attempt, sorted(sides)), collection, threads=WORKERS)
    for place, found in enumerate(attempts):  # threads that compute only queue: they only decode
        if isinstance(found, str):
            intake.looks[place] = found
            continue
        pixels, checksum = found
        intake.looks[place] = look = look_at(pixels, checksum, len(pixels))
        if not look.is_gray and not intake.overflows:
            intake.pixels[place] = pixels
            intake.room_bytes -= pixels.nbytes
            if intake.overflows:
                intake.pixels.clear()
    return intake


def _attempt(sides: Sequence[int], item: Item) -> tuple[U8, str] | str:
    """Decode one picture to a square, or say why not."""
    try:
        picture, checksum = decode(item)
    except (InputError, OSError) as error:
        return str(error)
    short = min(picture.shape[:2])
    return square(picture, max((s for s in sides if s <= short), default=sides[0])), checksum
