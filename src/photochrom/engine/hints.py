"""Hints: colors that a person wants at some points of a picture.

The network sees them and spreads them over what belongs together; what it still misses at the
points themselves is then made up for in their neighborhood, up to the next edge.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from photochrom.color.lab import srgb_to_lab
from photochrom.errors import InputError

F32 = NDArray[np.float32]

_FORM: Final = re.compile(r"\s*(\d+)\s*,\s*(\d+)\s*,\s*(#[0-9a-fA-F]{6})\s*")
_REACH: Final = 1  # px of the working size around the point that are hinted too
_EDGE: Final = 6.0  # difference of L* between neighbors that stops most of a correction
_RADIUS: Final = 10.0  # px of the working size over which a correction fades on a plain surface
_ROUNDS: Final = 120  # about the square of the radius: then nothing moves any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A color at a point. Its lightness does not count: that of the photograph stays.

    Attributes:
        x: column, from the left, in pixels of the upright picture at its full size.
        y: row, from the top.
        color: sRGB as ``#RRGGBB``.
    """

    x: int
    y: int
    color: str

    def __post_init__(self) -> None:
        """Reject what is no point or no color."""
        if self.x < 0 or self.y < 0:
            raise InputError(f"a hint lies at 0 or above, not at {self.x},{self.y}")
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.color):
            raise InputError(f"the color of a hint is written #RRGGBB, not {self.color!r}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a hint as the command line writes it.

        Raises:
            InputError: when it is not ``X,Y,#RRGGBB``.

        >>> Hint.parse("120,80,#7a1f1f")
        Hint(x=120, y=80, color='#7a1f1f')
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise InputError(f"a hint is written X,Y,#RRGGBB, such as 120,80,#7a1f1f, not {text!r}")
        return cls(x=int(found[1]), y=int(found[2]), color=found[3])

    def __str__(self) -> str:
        """Write it as the command line does."""
        return f"{self.x},{self.y},{self.color}"

    @property
    def chroma(self) -> F32:
        """(2,) a* and b*."""
        codes = np.frombuffer(bytes.fromhex(self.color[1:]), np.uint8)
        return srgb_to_lab(codes.astype(np.float64) / 255)[1:].astype(np.float32)


def hint_map(hints: Sequence[Hint], picture: tuple[int, int], working: tuple[int, int]) -> F32:
    """Draw hints on the grid that the network sees, a few pixels each, later ones above.

    Args:
        hints: on the picture at its full size.
        picture: (height, width) of the picture in pixels.
        working: (height, width) of the grid.

    Returns:
        (3, h, w) float32: a*, b* and a mask of 0 and 1; all 0 where there is no hint.

    Raises:
        InputError: when a hint lies outside the picture.
    """
    drawn = np.zeros((3, *working), np.float32)
    for hint in hints:
        if hint.x >= picture[1] or hint.y >= picture[0]:
            raise InputError(
                f"the hint {hint} lies outside the picture of {picture[1]} x {picture[0]} pixels"
            )
        row, column = hint.y * working[0] // picture[0], hint.x * working[1] // picture[1]
        rows = slice(max(0, row - _REACH), row + _REACH + 1)
        columns = slice(max(0, column - _REACH), column + _REACH + 1)
        drawn[:2, rows, columns] = hint.chroma[:, None, None]
        drawn[2, rows, columns] = 1
    return drawn


def meet_hints(chroma: F32, lightness: F32, drawn: F32) -> F32:
    """Correct chroma so that it meets the hints, softly around them and not across edges.

    The correction solves a screened diffusion whose conductance falls with the difference of
    lightness: at the hints it is what chroma misses there, and far away it is zero.

    Args:
        chroma: (2, h, w) a* and b*, as predicted.
        lightness: (h, w) L* in [0, 100] on the same grid.
        drawn: (3, h, w) from `hint_map`.

    Returns:
        (2, h, w); ``chroma`` itself when there is no hint.

    Source: after Levin et al. 2004, "Colorization using optimization", with a term that keeps the
    correction local.
    """
    is_hinted = drawn[2] > 0
    if not is_hinted.any():
        return chroma
    missing = np.where(is_hinted, drawn[:2] - chroma, np.float32(0))
    down = _conductance(lightness[1:] - lightness[:-1])
    right = _conductance(lightness[:, 1:] - lightness[:, :-1])
    total = np.full(lightness.shape, 1 / _RADIUS**2, np.float32)
    total[1:] += down
    total[:-1] += down
    total[:, 1:] += right
    total[:, :-1] += right
    correction = missing
    for _ in range(_ROUNDS):
        flow = np.zeros_like(correction)
        flow[:, 1:] += down * correction[:, :-1]
        flow[:, :-1] += down * correction[:, 1:]
        flow[:, :, 1:] += right * correction[:, :, :-1]
        flow[:, :, :-1] += right * correction[:, :, 1:]
        correction = np.where(is_hinted, missing, flow / total)
    return chroma + correction


def _conductance(step: F32) -> F32:
    """Let a correction through where lightness hardly changes: 1 down to 0."""
    conductance: F32 = np.exp(-((step / np.float32(_EDGE)) ** 2)).astype(np.float32)
    return conductance
