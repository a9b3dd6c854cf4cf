"""Turning coordinates as pixels are turned: what metadata says of places must stay true.

Source: Exif 2.32 (CIPA DC-008-2019), 4.6.4, tag Orientation; SubjectArea and SubjectLocation count
"prior to rotation processing", in pixels of the stored picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar

from numpy.typing import NDArray

Number = TypeVar("Number", int, Decimal)


@dataclass(frozen=True, slots=True)
class Turn:
    """How the stored pixels become upright.

    Args:
        orientation: EXIF's, 1 to 8.
        height: of the stored picture, in pixels.
        width: of the stored picture, in pixels.
    """

    orientation: int = 1
    height: int = 0
    width: int = 0

    @property
    def is_quarter(self) -> bool:
        """Whether height and width change places."""
        return self.orientation >= 5

    def box(
        self,
        corner: tuple[Number, Number],
        size: tuple[Number, Number],
        whole: tuple[Number, Number],
    ) -> tuple[Number, Number, Number, Number]:
        """Turn a rectangle.

        Args:
            corner: (x, y) of its upper left corner.
            size: (width, height); (0, 0) for a point between pixels.
            whole: (width, height) of the stored picture, in the same unit.

        Returns:
            (x, y, width, height) in the upright picture.

        >>> Turn(6).box((10, 20), (30, 5), (128, 96))
        (71, 10, 5, 30)
        """
        (x, y), (width, height), (whole_width, whole_height) = corner, size, whole
        if self.is_quarter:
            x, y, width, height = y, x, height, width
            whole_width, whole_height = whole_height, whole_width
        if self.orientation in {2, 3, 6, 7}:
            x = whole_width - x - width
        if self.orientation in {3, 4, 7, 8}:
            y = whole_height - y - height
        return x, y, width, height

    def area(self, values: Sequence[int]) -> tuple[int, ...] | None:
        """Turn what EXIF calls an area.

        Args:
            values: x and y of a pixel, then nothing, a diameter, or width and height around it.

        Returns:
            The same of the upright picture; None for what is no area of this one.
        """
        if not 2 <= len(values) <= 4 or values[0] >= self.width or values[1] >= self.height:
            return None
        x, y, *extent = values
        x, y, _, _ = self.box((x, y), (1, 1), (self.width, self.height))
        return (x, y, *(extent[::-1] if self.is_quarter else extent))


UNTURNED: Final = Turn()


def upright(stored: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn stored rows and columns (H, W) upright.

    Args:
        stored: (H, W) or (H, W, bands) as in the file.
        orientation: 1 to 8.

    Returns:
        A view; height and width are swapped from orientation 5 on.

    Source: Exif 2.32 (CIPA DC-008-2019), 4.6.4, tag Orientation.

    >>> import numpy as np
    >>> upright(np.array([[1, 2], [3, 4]]), 6).tolist()
    [[3, 1], [4, 2]]
    """
    turned = stored.swapaxes(0, 1) if orientation >= 5 else stored
    flip_rows = orientation in {3, 4, 7, 8}
    flip_columns = orientation in {2, 3, 6, 7}
    return turned[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1]
