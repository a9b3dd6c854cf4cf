"""The border of a print, and the mount or page around it: where does the picture itself lie?

A border is a frame of plain paper on all four sides. Its inner edge is straight, so that a thing
before a plain background has none.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
Box = tuple[slice, slice]  # rows, columns

_FRAMES: Final = 2  # in each other: the border of a print on the page of an album
_RING: Final = 2  # px, the outermost, that show the paper
_EVEN: Final = 7.0  # L*: between the darker and the lighter tenth of plain paper
_PAPER: Final = 5.0  # L*: that a line of paper may be off
_STEP: Final = 4.0  # L*: from the paper to what lies inside the edge
_LEAST: Final = 0.012  # of the side, that a border is wide
_WIDEST: Final = 0.35
_SHARP: Final = 0.55  # of an edge, along which there is a step
_SHARPEST: Final = 0.75  # of the three sharpest


def find_picture(lightness: F32) -> Box | None:
    """Find the picture inside its border.

    Args:
        lightness: (h, w) L* in [0, 100] of the whole, small.

    Returns:
        The rows and columns of the picture; None when there is no border.
    """
    rows, columns = slice(0, lightness.shape[0]), slice(0, lightness.shape[1])
    found = None
    for _ in range(_FRAMES):
        inner = _inside_frame(lightness[rows, columns])
        if inner is None:
            break
        rows = slice(rows.start + inner[0].start, rows.start + inner[0].stop)
        columns = slice(columns.start + inner[1].start, columns.start + inner[1].stop)
        found = rows, columns
    return found


def _inside_frame(lightness: F32) -> Box | None:
    """Find what lies inside one frame of plain paper."""
    height, width = lightness.shape
    if min(height, width) < 8 * _RING:
        return None
    ring = np.ones(lightness.shape, np.bool_)
    ring[_RING:-_RING, _RING:-_RING] = False
    low, paper, high = np.percentile(lightness[ring], (10, 50, 90))
    if high - low > _EVEN:
        return None
    sides = [lightness, lightness[::-1], lightness.T, lightness.T[::-1]]
    widths = [_paper_lines(side, paper) for side in sides]
    for side, lines in zip(sides, widths, strict=True):
        if not max(_RING, _LEAST * len(side)) <= lines <= _WIDEST * len(side):
            return None
    # along which share of each inner edge the picture steps off from the paper
    top, bottom, left, right = widths
    inner = lightness[top : height - bottom, left : width - right]
    edges = [inner[1:3], inner[-3:-1], inner[:, 1:3].T, inner[:, -3:-1].T]
    sharp = [float((np.abs(edge - paper).max(axis=0) > _STEP).mean()) for edge in edges]
    weak = [number for number in range(4) if sharp[number] < _SHARP]
    if len(weak) > 1 or np.mean(sorted(sharp)[1:]) < _SHARPEST:
        return None
    for number in weak:  # a sky as light as the paper: as wide as the opposite side, then
        widths[number] = min(widths[number], widths[number ^ 1])
    top, bottom, left, right = widths
    return slice(top, height - bottom), slice(left, width - right)


def _paper_lines(side: F32, paper: float) -> int:
    """Count the lines, from the first on, that are plain paper."""
    low, middle, high = np.percentile(side, (10, 50, 90), axis=1)
    is_paper = (np.abs(middle - paper) <= _PAPER) & (high - low <= _EVEN)
    return int(np.argmin(is_paper)) if not is_paper.all() else len(side)
