"""One channel of a picture, upright, that can be read from top to bottom as often as needed."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.picture.luminance import Codes

# Up to this size the decoded channel is kept: 64 megapixels of eight bits, 32 of sixteen. Above it
# every pass decodes anew, so that a gigapixel scan needs no more memory than a postcard.
KEPT_BYTES: Final = 64 * 2**20
_READ_ROWS: Final = 256
_STREAMABLE: Final = frozenset({1, 2})  # orientations that keep the order of the rows


def upright(stored: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn stored rows and columns (H, W) upright.

    Args:
        stored: (H, W) or (H, W, bands) as in the file.
        orientation: 1 to 8.

    Returns:
        A view; height and width are swapped from orientation 5 on.

    Source: Exif 2.32 (CIPA DC-008-2019), 4.6.4, tag Orientation.

    >>> upright(np.array([[1, 2], [3, 4]]), 6).tolist()
    [[3, 1], [4, 2]]
    """
    turned = stored.swapaxes(0, 1) if orientation >= 5 else stored
    flip_rows = orientation in {3, 4, 7, 8}
    flip_columns = orientation in {2, 3, 6, 7}
    return turned[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1]


@dataclass(slots=True)
class Plane:
    """A channel that decodes itself when asked.

    Args:
        height: of the upright picture, in pixels.
        width: of the upright picture, in pixels.
        dtype: of the codes, uint8 or uint16.
        orientation: EXIF's, 1 to 8, of the stored rows.
        decode: starts a new pass over the stored rows, in blocks of the given number of rows.
    """

    height: int
    width: int
    dtype: type[np.uint8] | type[np.uint16]
    orientation: int
    decode: Callable[[int], Iterator[Codes]]
    _kept: Codes | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def blocks(self, rows: int) -> Iterator[Codes]:
        """Read from top to bottom; every call starts anew.

        Yields:
            (n, width) codes, n at most ``rows``; the caller must not write into them.
        """
        size = self.height * self.width * np.dtype(self.dtype).itemsize
        if size > KEPT_BYTES and self.orientation in _STREAMABLE:
            for block in self.decode(rows):
                yield upright(block, self.orientation)
            return
        whole = self._whole(spooled=size > KEPT_BYTES)
        for top in range(0, self.height, rows):
            yield whole[top : top + rows]

    def _whole(self, *, spooled: bool) -> Codes:
        """Decode once, into memory or, for what is too large, into a file without a name."""
        with self._lock:
            if self._kept is None:
                shape = (self.height, self.width)
                stored_shape = shape[::-1] if self.orientation >= 5 else shape
                stored = _scratch(stored_shape, self.dtype, spooled=spooled)
                self._fill(stored)
                turned = upright(stored, self.orientation)
                self._kept = turned if spooled else np.ascontiguousarray(turned)
            return self._kept

    def _fill(self, stored: Codes) -> None:
        top = 0
        for block in self.decode(_READ_ROWS):
            stored[top : top + len(block)] = block
            top += len(block)


def _scratch(shape: tuple[int, int], dtype: type[Any], *, spooled: bool) -> Codes:
    if not spooled:
        return np.empty(shape, dtype)
    with tempfile.TemporaryFile(prefix="photochrom-") as file:
        return np.memmap(file, dtype=dtype, mode="w+", shape=shape)
