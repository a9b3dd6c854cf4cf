"""Area mean: shrink a picture by averaging exactly the pixels each new pixel covers."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_COLUMNS: Final = 32  # output columns at a time, so that the weights stay small


def _weights(start: int, stop: int, ratio: float, size: int) -> tuple[int, NDArray[np.float32]]:
    """Weigh input pixels [start, stop) in the output pixels they fall into.

    Args:
        start: first input pixel.
        stop: one past the last.
        ratio: input pixels per output pixel.
        size: output pixels in all.

    Returns:
        The first output pixel touched, and (outputs, inputs) shares of each input in each output.
    """
    first = min(int(start / ratio), size - 1)
    last = min(int(np.ceil(stop / ratio)), size)
    outputs = np.arange(first, max(last, first + 1))[:, None]
    inputs = np.arange(start, stop)[None, :]
    low = np.maximum(outputs * ratio, inputs)
    high = np.minimum((outputs + 1) * ratio, inputs + 1)
    return first, (np.clip(high - low, 0, None) / ratio).astype(np.float32)


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
    width = rows.shape[1]
    ratio = width / new_width
    result = np.empty((len(rows), new_width), np.float32)
    for left in range(0, new_width, _COLUMNS):
        right = min(left + _COLUMNS, new_width)
        start, stop = int(left * ratio), min(int(np.ceil(right * ratio)), width)
        first, shares = _weights(start, max(stop, start + 1), ratio, new_width)
        wanted = shares[left - first : right - first]
        result[:, left:right] = rows[:, start : max(stop, start + 1)] @ wanted.T
    return result
