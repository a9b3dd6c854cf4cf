"""Area mean: shrink a picture by averaging exactly the pixels each new pixel covers."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def area_mean(
    blocks: Iterable[NDArray[np.float32]], size: tuple[int, int], new_size: tuple[int, int]
) -> NDArray[np.float32]:
    """Average blocks of rows down to a new size.

    Args:
        blocks: (n, width) values, from top to bottom.
        size: (height, width) of all blocks together.
        new_size: (height, width) wanted; larger than ``size`` repeats pixels.

    Returns:
        ``new_size`` float32 means.

    >>> area_mean([np.array([[0, 2, 4, 8]], np.float32)], (1, 4), (1, 2)).tolist()
    [[1.0, 6.0]]
    """
    (height, width), (new_height, new_width) = size, new_size
    rows = np.zeros((new_height, width), np.float32)
    top = 0
    for block in blocks:
        _add_rows(rows, block, top, height / new_height)
        top += len(block)
    return _mean_of_columns(rows, new_width)


def _add_rows(
    rows: NDArray[np.float32], block: NDArray[np.float32], top: int, ratio: float
) -> None:
    """Add a block of input rows, the first of which is ``top``, to the means they belong to."""
    bottom = top + len(block)
    for output in range(int(top / ratio), min(int(np.ceil(bottom / ratio)), len(rows))):
        low, high = max(output * ratio, top), min((output + 1) * ratio, bottom)
        first, last = int(low), min(int(np.ceil(high)), bottom)
        if last <= first:
            continue
        part = block[first - top : last - top]
        total = part.sum(axis=0) - (low - first) * part[0] - (last - high) * part[-1]
        rows[output] += total / ratio


def _mean_of_columns(rows: NDArray[np.float32], new_width: int) -> NDArray[np.float32]:
    """Average along the width, as rows of the transpose: BLAS would wake threads for a product."""
    columns = np.zeros((new_width, len(rows)), np.float32)
    _add_rows(columns, np.ascontiguousarray(rows.T), 0, rows.shape[1] / new_width)
    return np.ascontiguousarray(columns.T)
