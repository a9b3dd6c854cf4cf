"""Make the prior of AuC-rebalanced: ``python benchmarks/prior.py COLLECTION…``.

Prints the JSON file to standard output; ``photochrom.metrics.rarity`` reads the one that ships.
Counts go by 24-bit color, so that 400 million pixels need 16.7 million conversions to Lab, once.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.collection import open_collection
from photochrom.color.bins import cic_bins, smoothed_prior
from photochrom.color.lab import srgb_to_lab
from photochrom.metrics.rarity import nearest_bins
from photochrom.picture.pixels import GRAY_LIMIT

_COLORS: Final = 2**24
_ROWS_OF_TABLE: Final = 2**18
_BATCH: Final = 500  # pictures counted at once
_SIGMA: Final = 5.0


def _codes(picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Pack (H, W, 3) sRGB into 24-bit numbers."""
    red, green, blue = np.moveaxis(picture.astype(np.int64), -1, 0)
    return np.asarray((red << 16) + (green << 8) + blue).ravel()


def _tables() -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Tabulate, for each 24-bit color, its bin and whether it counts as color."""
    bins, is_colored = np.empty(_COLORS, np.int64), np.empty(_COLORS, np.bool_)
    for start in range(0, _COLORS, _ROWS_OF_TABLE):
        codes = np.arange(start, start + _ROWS_OF_TABLE)
        channels = np.stack([codes >> 16, (codes >> 8) & 255, codes & 255], axis=-1)
        lab = srgb_to_lab((channels / 255).astype(np.float32))
        bins[start : start + _ROWS_OF_TABLE] = nearest_bins(lab)
        chroma = np.abs(lab[:, 1:]).max(axis=-1)
        is_colored[start : start + _ROWS_OF_TABLE] = chroma > GRAY_LIMIT
    return bins, is_colored


def _batches(pictures: Iterable[NDArray[np.uint8]]) -> Iterator[list[NDArray[np.int64]]]:
    """Group the packed pictures."""
    packed = map(_codes, pictures)
    while batch := list(islice(packed, _BATCH)):
        yield batch


def measure_prior(pictures: Iterable[NDArray[np.uint8]]) -> dict[str, object]:
    """Count the colors of a reference set, leaving gray originals out.

    Args:
        pictures: each (H, W, 3) uint8 sRGB, at its own size.

    Returns:
        What ``prior.json`` holds: pictures counted and left out, sigma, 313 shares.

    Source: CIC, section 2.2; smoothed with sigma = 5 in the ab plane.
    """
    bins, is_colored = _tables()
    counts = np.zeros(_COLORS, np.int64)
    kept = dropped = 0
    for batch in _batches(pictures):
        colored = [codes for codes in batch if is_colored[codes].any()]
        kept, dropped = kept + len(colored), dropped + len(batch) - len(colored)
        if colored:
            counts += np.bincount(np.concatenate(colored), minlength=_COLORS)
    per_bin = np.bincount(bins, weights=counts, minlength=len(cic_bins()))
    shares = smoothed_prior(per_bin, cic_bins(), sigma=_SIGMA)
    rounded = [float(f"{share:.5e}") for share in shares]
    return {"pictures": kept, "gray_left_out": dropped, "sigma": _SIGMA, "shares": rounded}


def main(paths: list[str]) -> None:
    """Measure the prior of the given collection files and print it as JSON."""
    items = (item for path in paths for item in open_collection(Path(path)))
    content = measure_prior(item.read() for item in items)
    sys.stdout.write(json.dumps(content) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
