"""The picture that the rest of the house works with: luminance now, the rest kept for writing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.lab import gray_to_lightness
from photochrom.picture.luminance import identity_ramp
from photochrom.picture.metadata.fields import Metadata
from photochrom.picture.pixels import area_mean
from photochrom.picture.plane import Plane
from photochrom.picture.tone import Tone

_ROWS: Final = 256


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
        table = self._lightness_table()
        blocks = (table[block] for block in self.luminance.blocks(_ROWS))
        return area_mean(blocks, (self.height, self.width), (height, width))

    def _lightness_table(self) -> NDArray[np.float32]:
        """Give L* for each code that ``luminance`` can hold."""
        is_short = self.luminance.dtype == np.uint8
        ramp = self.ramp if self.ramp is not None else identity_ramp()
        codes = ramp if is_short else np.arange(65536)
        return gray_to_lightness(codes / 65535).astype(np.float32)
