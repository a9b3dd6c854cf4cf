"""Bicubic resampling of small maps to larger grids, exactly aligned.

Both grids cover the same area; the center of cell i of n lies at (i + 1/2) / n.
Source: Keys 1981, "Cubic convolution interpolation", a = -1/2.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Taps:
    """Which cells of a map each new cell is made of, along one axis.

    Attributes:
        cells: (n, 4) int64 indices; beyond the edge the edge cell is repeated.
        weights: (n, 4) float32, sum 1. Neither is ever written to: many share them.
    """

    cells: NDArray[np.int64]
    weights: F32

    def matrix(self, start: int, stop: int) -> tuple[F32, int, int]:
        """Write the taps of new cells as a matrix over the cells they need.

        Returns:
            (stop - start, k) weights, and the first and one after the last of the k cells.
        """
        cells, weights = self.cells[start:stop], self.weights[start:stop]
        first, last = int(cells[0, 0]), int(cells[-1, -1]) + 1
        dense = np.zeros((stop - start, last - first), np.float32)
        rows = np.arange(stop - start)
        for tap in range(4):  # two may be the same cell, at the edge
            dense[rows, cells[:, tap] - first] += weights[:, tap]
        return dense, first, last


@lru_cache(maxsize=64)  # the frames of a film are of one size
def bicubic_taps(size: int, new_size: int) -> Taps:
    """Plan the resampling of one axis.

    Args:
        size: cells of the map.
        new_size: cells wanted, not fewer.

    Returns:
        The taps; equal sizes give the map itself.

    >>> bicubic_taps(2, 4).weights[1].tolist()
    [-0.0703125, 0.8671875, 0.2265625, -0.0234375]
    """
    position = (np.arange(new_size) + 0.5) * (size / new_size) - 0.5
    base = np.floor(position)
    offsets = np.arange(-1, 3)
    distance = np.abs((position - base)[:, None] - offsets)
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    weights = np.where(distance <= 1, near, np.where(distance < 2, far, 0))
    cells = np.clip(base[:, None].astype(np.int64) + offsets, 0, size - 1)
    return Taps(cells, weights.astype(np.float32))


def widen(values: F32, taps: Taps) -> F32:
    """Resample the last axis.

    Args:
        values: (..., w).
        taps: of w cells to W.

    Returns:
        (..., W), in the order of the memory.
    """
    lines = np.ascontiguousarray(values.reshape(-1, values.shape[-1]).T)  # whole rows are taken
    wide = lines[taps.cells[:, 0]]
    wide *= taps.weights[:, :1]
    taken = np.empty_like(wide)
    for tap in range(1, 4):
        lines.take(taps.cells[:, tap], axis=0, out=taken, mode="clip")
        taken *= taps.weights[:, tap : tap + 1]
        wide += taken
    return np.ascontiguousarray(wide.T).reshape(*values.shape[:-1], -1)


def resample(maps: F32, height: int, width: int) -> F32:
    """Resample maps to a finer grid.

    Args:
        maps: (C, h, w).
        height: rows wanted, at least h.
        width: columns wanted, at least w.

    Returns:
        (C, height, width); ``maps`` itself when it has that size.
    """
    if maps.shape[1:] == (height, width):
        return maps
    wide = widen(maps, bicubic_taps(maps.shape[2], width))
    tall = widen(wide.swapaxes(1, 2), bicubic_taps(maps.shape[1], height))
    return np.ascontiguousarray(tall.swapaxes(1, 2))
