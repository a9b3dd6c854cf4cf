"""Small pictures for pages, alone or side by side, embedded so that a page needs nothing else."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from photochrom.arrays import U8
from photochrom.errors import InputError
from photochrom.picture.color import read_color_shrunk
from photochrom.picture.libvips import array_to_image
from photochrom.picture.metadata.captions import caption_of
from photochrom.picture.pixels import resize
from photochrom.picture.reading.read import MAX_PIXELS, open_source

_QUALITY: Final = 80
_KIND: Final = ".webp"
_LEAST_PX: Final = 192
_TINT: Final = np.array([213, 94, 0], np.float32)  # vermilion, seen by the color-blind (Okabe, Ito)


def array_preview(picture: U8) -> str:
    """Encode a picture for an ``src`` attribute.

    Args:
        picture: (H, W, 3) uint8 sRGB.

    Returns:
        A ``data:`` address holding WebP.

    >>> array_preview(np.zeros((2, 2, 3), np.uint8))[:23]
    'data:image/webp;base64,'
    """
    encoded = array_to_image(picture).write_to_buffer(_KIND, Q=_QUALITY, keep="none")
    return "data:image/webp;base64," + base64.b64encode(encoded).decode("ascii")


def tinted(gray: NDArray[np.floating], strength: NDArray[np.floating]) -> U8:
    """Lay a tint over a gray picture (H, W) of 0 to 255, as strong as (H, W) of 0 to 1 say.

    >>> tinted(np.full((1, 2), 100.0), np.array([[0.0, 0.5]])).tolist()
    [[[100, 100, 100], [156, 97, 50]]]
    """
    gray, strength = gray[..., None], strength[..., None]
    return np.asarray(np.rint(gray + strength * (_TINT - gray)), np.uint8)


def enlarged(picture: U8) -> U8:
    """Enlarge small pictures (H, W, 3) by a whole number, so that one can see something."""
    height, width = picture.shape[:2]
    factor = max(1, -(-_LEAST_PX // max(height, width)))
    return resize(picture, height * factor, width * factor)


def file_preview(path: Path, *, side_px: int = 640) -> str:
    """Shrink a picture file for an ``src`` attribute; browsers show no TIFF and few show HEIC.

    Args:
        path: any kind of picture that can be colorized; the first page of many.
        side_px: longest side of the preview; smaller pictures are not enlarged.

    Returns:
        A ``data:`` address holding WebP, upright, in sRGB, transparency on white.

    Raises:
        InputError: when the file cannot be shown.
    """
    return array_preview(file_shown(path, side_px))


def file_shown(path: Path, side_px: int) -> U8:
    """Read a picture file to be shown, (h, w, 3) uint8 sRGB; see `file_preview`.

    Raises:
        InputError: when the file cannot be shown.
    """

    def fit(height: int, width: int) -> tuple[int, int]:
        scale = min(1, side_px / max(height, width))
        return max(1, round(height * scale)), max(1, round(width * scale))

    try:
        return read_color_shrunk(path, fit)
    except InputError as error:
        raise InputError(f"cannot be shown: {error}") from error


def file_caption(path: Path) -> str:
    """Read what is said of a picture in its file; nothing when it cannot be read."""
    try:
        return caption_of(open_source(path, MAX_PIXELS).metadata)
    except InputError:
        return ""


Thing = TypeVar("Thing")


def both_ends(order: Sequence[Thing], most: int) -> tuple[Sequence[Thing], Sequence[Thing]]:
    """Take the first and the last of an order, the last one first; nothing stands in both.

    Args:
        order: best first, or worst first.
        most: how many to take from either end; few are split, one in the middle is a first.

    >>> both_ends("abcdefg", 2), both_ends("abcde", 10)
    (('ab', 'gf'), ('abc', 'ed'))
    """
    first = order[: min(most, -(-len(order) // 2))]
    return first, order[len(first) :][::-1][:most]


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of a contact sheet: previews in the order of the sheet's columns."""

    name: str
    label: str
    previews: list[str]
    differences: list[str]

    @classmethod
    def of(
        cls,
        name: str,
        label: str,
        pictures: Sequence[U8],
        differences: Sequence[str] = (),
    ) -> Self:
        """Show pictures (H, W, 3) side by side, the original last; under the first stand words."""
        below = [*differences, *[""] * (len(pictures) - len(differences))]
        return cls(name, label, [array_preview(each) for each in pictures], below)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Pictures shown for one reason."""

    title: str
    meaning: str
    pictures: list[Shown]
