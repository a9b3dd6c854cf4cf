"""Hints: colors that a person wants at some points of a picture.

The network sees them and spreads them over what belongs together. Close by, what it carries over a
strong edge is taken back; what it still misses at the points themselves is made up for in their
neighborhood, up to the next edge.
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

_COLOR: Final = r"#[0-9a-fA-F]{6}"
_FORM: Final = re.compile(rf"\s*(\d+)\s*,\s*(\d+)\s*,\s*({_COLOR})\s*")
_REACH: Final = 1  # px of the working size around the point that are hinted too
_EDGE: Final = 6.0  # difference of L* between neighbors that stops most of a correction
_STRONG_EDGE: Final = 10.0  # the same for what the network has changed around the point
_FAR: Final = 0.03  # of a diffusion: where it has become so weak, no edge is looked for
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
        if not re.fullmatch(_COLOR, self.color):
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
    return chroma + _diffuse(missing, is_hinted, lightness, _EDGE)


def keep_behind_edges(hinted: F32, plain: F32, lightness: F32, drawn: F32) -> F32:
    """Take back what hints change close by but beyond a strong edge.

    What a network sees at 1/8 of the size reaches over edges. Near a hint its change counts as far
    as a diffusion gets that edges stop, beside one that nothing stops; elsewhere it stays.

    Args:
        hinted: (2, h, w) a* and b*, predicted with hints.
        plain: (2, h, w) the same without.
        lightness: (h, w) L* in [0, 100] on the same grid.
        drawn: (3, h, w) from `hint_map`.

    Returns:
        (2, h, w), between the two.
    """
    is_hinted = drawn[2] > 0
    source = is_hinted[None].astype(np.float32)
    stopped = _diffuse(source, is_hinted, lightness, _STRONG_EDGE)[0]
    free = _diffuse(source, is_hinted, np.zeros_like(lightness), _STRONG_EDGE)[0]
    share = np.minimum(1, (stopped + _FAR) / (free + _FAR))
    kept: F32 = plain + share * (hinted - plain)
    return kept


def _diffuse(source: F32, is_fixed: NDArray[np.bool_], lightness: F32, edge: float) -> F32:
    """Spread values (C, h, w) from where they are fixed, less and less far from there.

    Neighbors exchange the less the more their lightness differs, in units of ``edge``.
    """
    down = _conductance(lightness[1:] - lightness[:-1], edge)
    right = _conductance(lightness[:, 1:] - lightness[:, :-1], edge)
    total = np.full(lightness.shape, 1 / _RADIUS**2, np.float32)
    total[1:] += down
    total[:-1] += down
    total[:, 1:] += right
    total[:, :-1] += right
    spread = source
    for _ in range(_ROUNDS):
        flow = np.zeros_like(spread)
        flow[:, 1:] += down * spread[:, :-1]
        flow[:, :-1] += down * spread[:, 1:]
        flow[:, :, 1:] += right * spread[:, :, :-1]
        flow[:, :, :-1] += right * spread[:, :, 1:]
        spread = np.where(is_fixed, source, flow / total)
    return spread


def _conductance(step: F32, edge: float) -> F32:
    """Let values through where lightness hardly changes: 1 down to 0."""
    conductance: F32 = np.exp(-((step / np.float32(edge)) ** 2)).astype(np.float32)
    return conductance
