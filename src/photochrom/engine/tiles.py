"""Geometry: the size at which the network sees a picture, and windows for very long ones."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]

MAX_ASPECT: Final = 4.0
_OVERLAP_SHARE: Final = 0.25  # of a window's length


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a map, rows and columns, for the network to see at once."""

    rows: slice
    columns: slice

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start


def working_shape(height: int, width: int, size: int) -> tuple[int, int]:
    """Choose the size at which the network sees a picture; aspect kept, never enlarged.

    Up to 4:1 the area is N x N. Longer pictures are as high, or wide, as a 4:1 picture of that
    area, and are seen in windows.

    Args:
        height: rows of the picture.
        width: columns of the picture.
        size: N.

    Returns:
        Height and width, at least 1.

    >>> working_shape(3000, 4000, 256), working_shape(100, 50, 256), working_shape(100, 8000, 256)
    ((222, 296), (100, 50), (100, 8000))
    """
    aspect = max(height, width) / min(height, width)
    area = size**2 * max(1.0, aspect / MAX_ASPECT)
    scale = min(1.0, math.sqrt(area / (height * width)))
    return max(1, round(height * scale)), max(1, round(width * scale))


def pad_to_multiple(lightness: F32, multiple: int) -> F32:
    """Mirror the bottom and right edge until both sides are multiples.

    Args:
        lightness: (h, w) L*.
        multiple: of which the sides shall be.

    Returns:
        (H, W); a side of one pixel is repeated, a short one mirrored again and again.
    """
    height, width = lightness.shape
    padding = ((0, -height % multiple), (0, -width % multiple))
    return np.pad(lightness, padding, mode="reflect") if any(p for _, p in padding) else lightness


def plan_windows(height: int, width: int, *, size: int, multiple: int) -> list[Window]:
    """Cover a padded map with windows.

    Args:
        height: rows, a multiple of ``multiple``.
        width: columns, likewise.
        size: N; windows are at most 2 N long.
        multiple: windows begin and end at multiples of it, so that all grids of the network align.

    Returns:
        One window, or overlapping ones along the longer side.
    """
    longest = max(multiple, math.ceil(2 * size / multiple) * multiple)
    long, short = max(height, width), min(height, width)
    if long <= MAX_ASPECT * short or long <= longest:
        return [Window(slice(0, height), slice(0, width))]
    # of equal length, spread evenly, overlapping by a quarter or more where they can
    total, length = long // multiple, longest // multiple
    overlap = min(length - 1, max(1, round(length * _OVERLAP_SHARE)))
    count = 1 + math.ceil((total - length) / (length - overlap))
    starts = np.round(np.linspace(0, total - length, count)).astype(int).tolist()
    along = [slice(start * multiple, (start + length) * multiple) for start in starts]
    if width == long:
        return [Window(slice(0, height), span) for span in along]
    return [Window(span, slice(0, width)) for span in along]


def fade(window: Window) -> F32:
    """Weigh the pixels of a window for the cross-fade: high in the middle, low towards its ends.

    Returns:
        (h, w) float32, > 0.
    """
    height, width = window.shape
    return np.outer(_ramp(height), _ramp(width)).astype(np.float32)


def _ramp(length: int) -> F32:
    """Rise over a quarter of the length and fall over another."""
    to_edge = np.minimum(np.arange(length) + 0.5, length - np.arange(length) - 0.5)
    ramp: F32 = np.minimum(1, to_edge / (length * _OVERLAP_SHARE)).astype(np.float32)
    return ramp


def blend_windows(predict: Callable[[Window], F32], windows: Sequence[Window]) -> F32:
    """Predict window by window and cross-fade the overlaps.

    Args:
        predict: gives (C, h, w) maps of a window.
        windows: from `plan_windows`.

    Returns:
        (C, H, W) maps of the whole.
    """
    if len(windows) == 1:
        return predict(windows[0])
    height, width = windows[-1].rows.stop, windows[-1].columns.stop
    parts = [predict(window) for window in windows]
    total = np.zeros((len(parts[0]), height, width), np.float32)
    weights = np.zeros((height, width), np.float32)
    for window, maps in zip(windows, parts, strict=True):
        weight = fade(window)
        total[:, window.rows, window.columns] += maps * weight
        weights[window.rows, window.columns] += weight
    total /= weights
    return total
