"""Black bars above and below a picture, or beside it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]

_BLACK: Final = 6.0  # L*: bars of scans and codecs are not quite 0
_LEAST: Final = 0.4  # of the rows or columns that a picture has at least


def inside_bars(brightest: F32) -> tuple[slice, slice]:
    """Find the picture between bars, which are black all through a scene and equal on both sides.

    Args:
        brightest: (h, w) softened L*, the largest that each pixel had in the scene so far.

    Returns:
        Its rows and columns; all of them where there are no bars, or nothing can be seen.

    >>> frame = np.zeros((90, 160), np.float32)
    >>> frame[12:79, :150] = 50
    >>> inside_bars(frame)
    (slice(12, 78, None), slice(0, 160, None))
    """
    return _between(brightest.max(axis=1)), _between(brightest.max(axis=0))


def _between(brightest: F32) -> slice:
    places, count = np.flatnonzero(brightest > _BLACK), len(brightest)
    if not places.size:
        return slice(0, count)
    bar = int(min(places[0], count - 1 - places[-1]))
    bar += bar > 0  # softened, a picture reaches a pixel beyond its edge
    return slice(bar, count - bar) if count - 2 * bar >= _LEAST * count else slice(0, count)
