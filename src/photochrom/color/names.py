"""Names of colors, as people say them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.lab import srgb_to_lab

_LIGHTNESS_WEIGHT: Final = 0.6  # hue and strength say more of a name than lightness
_NAMES: Final = {
    "black": "#0d0d0d", "dark gray": "#454545", "gray": "#808080", "light gray": "#c0c0c0",
    "white": "#fafafa", "cream": "#f4ecd0", "beige": "#d6c6a1", "sand": "#c2a878",
    "tan": "#b08a5b", "light brown": "#9a7148", "brown": "#6f4a2b", "dark brown": "#3c2816",
    "rust": "#9a4a22", "brick red": "#9c3b2e", "dark red": "#6d1a1a", "red": "#c4262e",
    "salmon": "#e58a75", "skin": "#d9a184", "light skin": "#efc9b1", "dark skin": "#7d5039",
    "pink": "#e59aa8", "wine": "#5e1f33", "orange": "#dd7a26", "ocher": "#b9882f",
    "mustard": "#c19a2b", "yellow": "#e5cb3c", "straw": "#e0cf86", "khaki": "#948a5c",
    "olive": "#5f5f2c", "moss green": "#6b7a3c", "leaf green": "#4d7c34",
    "dark green": "#22432a", "pale green": "#a9c29a", "sea green": "#3f8371",
    "turquoise": "#3aa6a4", "sky blue": "#8cb8dc", "pale blue": "#b9cfe0",
    "steel blue": "#5b7f9f", "slate": "#5c6773", "blue": "#2d5fae", "navy": "#1c2a4c",
    "lavender": "#a99ccb", "violet": "#6d4c96", "purple": "#59275f", "mauve": "#9b7389",
}  # fmt: skip


def color_name(color: str) -> str:
    """Name a color.

    Args:
        color: sRGB as ``#RRGGBB``.

    >>> color_name("#c12a30"), color_name("#5a5d2a"), color_name("#7f8081")
    ('red', 'olive', 'gray')
    """
    return color_names([color])[0]


def color_names(colors: Sequence[str]) -> list[str]:
    """Name colors, each by another name.

    Args:
        colors: sRGB as ``#RRGGBB``, fewer than there are names.

    >>> color_names(["#c12a30", "#c22b31"])
    ['red', 'brick red']
    """
    names = list(_NAMES)
    found: list[str] = []
    for color in colors:
        away = (_to_lab((color,)) - _to_lab(tuple(_NAMES.values()))) * (_LIGHTNESS_WEIGHT, 1, 1)
        nearest = (away**2).sum(axis=1).argsort()
        found.append(next(names[each] for each in nearest if names[each] not in found))
    return found


@lru_cache(maxsize=256)
def _to_lab(colors: tuple[str, ...]) -> NDArray[np.float64]:
    codes = [list(bytes.fromhex(color[1:])) for color in colors]
    return srgb_to_lab(np.array(codes, np.float64) / 255)
