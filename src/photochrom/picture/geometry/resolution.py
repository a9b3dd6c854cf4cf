"""How densely the pixels of a picture lie: as its file says, or unknown; never made up.

libvips knows no unknown: it reads 72 dots per inch where a file says nothing, takes a density
without a unit for pixels per millimetre, and writes 25.4 dots per inch where nothing is known.
"""

import math
import mmap
import zlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

_PNG_LARGEST: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Resolution:
    """The density of pixels.

    Args:
        across: pixels per millimetre; without a unit only its ratio to ``down`` means something.
        down: likewise.
        has_unit: whether the file gave a unit.
    """

    across: float
    down: float
    has_unit: bool = True

    @classmethod
    def of(cls, across: float, down: float, millimetres: float | None) -> "Resolution | None":
        """Make sense of what a file says.

        Args:
            across: pixels per unit.
            down: pixels per unit.
            millimetres: in a unit; None where there is no unit.

        Returns:
            The resolution; None when a number is not above 0.
        """
        if not (0 < across < math.inf and 0 < down < math.inf):
            return None
        unit = millimetres or 1
        return cls(across / unit, down / unit, millimetres is not None)

    def turned(self) -> "Resolution":
        """Give it for a quarter turn."""
        return Resolution(self.down, self.across, self.has_unit)


UNKNOWN: Final = Resolution(1, 1, has_unit=False)


def best_known(*found: Resolution | None) -> Resolution:
    """Choose the first that has a unit, else the last of those that only have a ratio."""
    known = [each for each in found if each is not None]
    with_unit = [each for each in known if each.has_unit]
    return (with_unit or known[::-1] or [UNKNOWN])[0]


def as_fraction(number: float) -> tuple[int, int]:
    """Write a positive number as a rational of EXIF or TIFF, to a thousandth.

    >>> as_fraction(300.0), as_fraction(299.72)
    ((300, 1), (7493, 25))
    """
    over = min(max(round(number * 1000), 1), 2**32 - 1)
    shared = math.gcd(over, 1000)
    return over // shared, 1000 // shared


def correct_png(buffer: bytearray | mmap.mmap, resolution: Resolution) -> None:
    """Take away the unit that libvips made up in the ``pHYs`` of a finished PNG."""
    start = buffer.find(b"pHYs", 0, buffer.find(b"IDAT"))
    if resolution.has_unit or start < 0:
        return
    ratio = Fraction(resolution.across / resolution.down).limit_denominator(10_000)
    numbers = (min(max(each, 1), _PNG_LARGEST) for each in ratio.as_integer_ratio())
    chunk = b"pHYs" + b"".join(number.to_bytes(4, "big") for number in numbers) + b"\0"
    buffer[start : start + 17] = chunk + zlib.crc32(chunk).to_bytes(4, "big")
