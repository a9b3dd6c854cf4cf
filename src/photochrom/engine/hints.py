"""Hints: what color objects of a picture were, told by a person."""

import re
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from photochrom.color.lab import srgb_to_lab
from photochrom.errors import InputError

F32 = NDArray[np.float32]

MOST_DABS: Final = 400
_COLOR: Final = r"#[0-9a-fA-F]{6}"
_DAB: Final = r"[+-]\d+,\d+,\d+"
_FORM: Final = re.compile(rf"\s*(\d+)\s*,\s*(\d+)\s*,\s*({_COLOR})\s*((?:{_DAB})*)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dab:
    """One touch of a brush, which adds to what a hint covers or takes from it.

    Attributes:
        x: column of its middle, in pixels of the upright picture at its full size.
        y: row.
        radius: in the same pixels.
        adds: or else takes away.
    """

    x: int
    y: int
    radius: int
    adds: bool = True

    def __post_init__(self) -> None:
        """Reject what is no place or has no size."""
        if self.x < 0 or self.y < 0 or self.radius < 1:
            raise InputError(f"a dab lies at 0 or above and is 1 wide or more, not {self}")

    def __str__(self) -> str:
        """Write it as a hint does."""
        return f"{'+' if self.adds else '-'}{self.x},{self.y},{self.radius}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """The color of an object, told at one of its points. The photograph's lightness stays.

    Attributes:
        x: column, from the left, in pixels of the upright picture at its full size.
        y: row, from the top.
        color: sRGB as ``#RRGGBB``.
        brush: what it covers beside, or not of, what is found from the point; later dabs above.
    """

    x: int
    y: int
    color: str
    brush: tuple[Dab, ...] = ()

    def __post_init__(self) -> None:
        """Reject what is no point or no color."""
        if self.x < 0 or self.y < 0:
            raise InputError(f"a hint lies at 0 or above, not at {self.x},{self.y}")
        if not re.fullmatch(_COLOR, self.color):
            raise InputError(f"the color of a hint is written #RRGGBB, not {self.color!r}")
        if len(self.brush) > MOST_DABS:
            raise InputError(f"a hint takes {MOST_DABS} dabs of a brush at most")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a hint as the command line writes it.

        Raises:
            InputError: when it is not ``X,Y,#RRGGBB``, perhaps with dabs ``+X,Y,R`` and ``-X,Y,R``.

        >>> Hint.parse("120,80,#7a1f1f")
        Hint(x=120, y=80, color='#7a1f1f', brush=())
        >>> str(Hint.parse("120,80,#7a1f1f+100,90,12-150,80,5"))
        '120,80,#7a1f1f+100,90,12-150,80,5'
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise InputError(f"a hint is written X,Y,#RRGGBB, such as 120,80,#7a1f1f, not {text!r}")
        brush = []
        for dab in re.findall(_DAB, found[4]):
            x, y, radius = map(int, dab[1:].split(","))
            brush.append(Dab(x=x, y=y, radius=radius, adds=dab[0] == "+"))
        return cls(x=int(found[1]), y=int(found[2]), color=found[3], brush=tuple(brush))

    def __str__(self) -> str:
        """Write it as the command line does."""
        return f"{self.x},{self.y},{self.color}{''.join(map(str, self.brush))}"

    @property
    def chroma(self) -> F32:
        """(2,) a* and b*."""
        codes = np.frombuffer(bytes.fromhex(self.color[1:]), np.uint8)
        return srgb_to_lab(codes.astype(np.float64) / 255)[1:].astype(np.float32)
