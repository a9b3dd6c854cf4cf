"""The picture that the rest of the house works with: luminance now, the rest kept for writing."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.lab import gray_to_lightness
from photochrom.picture.geometry.turn import upright
from photochrom.picture.luminance import IDENTITY_RAMP, Codes
from photochrom.picture.metadata.fields import Metadata
from photochrom.picture.pixels import area_mean
from photochrom.picture.tone import Tone

# Up to this size a decoded channel is kept: 64 megapixels of eight bits, 32 of sixteen. Above it
# every pass decodes anew, so that a gigapixel scan needs no more memory than a postcard.
KEPT_BYTES: Final = 64 * 2**20
_ROWS: Final = 256
_STREAMABLE: Final = frozenset({1, 2})  # orientations that keep the order of the rows


@dataclass(slots=True)
class Plane:
    """A channel that decodes itself when asked.

    Args:
        height: of the upright picture, in pixels.
        width: of the upright picture, in pixels.
        orientation: EXIF's, 1 to 8, of the stored rows.
        dtype: of the codes, uint8 or uint16.
        decode: starts a new pass over the stored rows, in blocks of the given number of rows.
    """

    height: int
    width: int
    orientation: int
    dtype: type[np.uint8] | type[np.uint16]
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
                shape = shape[::-1] if self.orientation >= 5 else shape
                stored: NDArray[Any] = np.empty(0 if spooled else shape, self.dtype)
                if spooled:
                    with tempfile.TemporaryFile(prefix="photochrom-") as file:
                        stored = np.memmap(file, self.dtype, mode="w+", shape=shape)
                top = 0
                for block in self.decode(_ROWS):
                    stored[top : top + len(block)] = block
                    top += len(block)
                turned = upright(stored, self.orientation)
                self._kept = turned if spooled else np.ascontiguousarray(turned)
            return self._kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A photograph, upright, read lazily; made by ``read_picture``.

    Args:
        name: what messages call it.
        height: in pixels, upright.
        width: in pixels, upright.
        kind: one of ``KINDS``, or ``"array"``.
        bits: 8 or 16 per channel, of the file and of a result that can hold it.
        tone: whether it is gray, toned or in color.
        notes: what reading had to assume or leave out.
        luminance: its codes.
        ramp: (256,) what eight-bit codes mean in sixteen bits; None for sixteen-bit codes.
        alpha: its alpha channel, or None.
        metadata: what goes along into the result.
    """

    name: str
    height: int
    width: int
    kind: str
    bits: int
    tone: Tone
    notes: tuple[str, ...]
    luminance: Plane = field(repr=False)
    ramp: NDArray[np.uint16] | None = field(repr=False)
    alpha: Plane | None = field(repr=False)
    metadata: Metadata = field(repr=False)

    def strips(self, rows: int = _ROWS) -> Iterator[NDArray[np.uint16]]:
        """Read the luminance from top to bottom; every call starts anew.

        Args:
            rows: how many rows at a time.

        Yields:
            (n, width) uint16, sRGB-encoded CIE Y, full scale 65535. An eight-bit gray code c
            without a profile is exactly 257 * c.

        Raises:
            InputError: when the file turns out to be damaged or truncated.
        """
        for block in self.luminance.blocks(rows):
            yield (
                self.ramp[block] if self.ramp is not None else block.astype(np.uint16, copy=False)
            )

    def downscaled(self, height: int, width: int) -> NDArray[np.float32]:
        """Shrink the lightness to a new size by its area mean.

        Args:
            height: wanted, in pixels.
            width: wanted, in pixels.

        Returns:
            (height, width) float32, L* in [0, 100].

        Raises:
            InputError: when the file turns out to be damaged or truncated.
        """
        is_short = self.luminance.dtype == np.uint8
        ramp = self.ramp if self.ramp is not None else IDENTITY_RAMP
        codes = ramp if is_short else np.arange(65536)  # all that ``luminance`` can hold
        table = gray_to_lightness(codes / 65535).astype(np.float32)
        blocks = (table[block] for block in self.luminance.blocks(_ROWS))
        return area_mean(blocks, (self.height, self.width), (height, width))
