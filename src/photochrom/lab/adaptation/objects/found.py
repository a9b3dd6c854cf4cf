"""Where the objects are: label maps, boxes, or a segmenter's opinion."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from photochrom.arrays import U8
from photochrom.collection.label_maps import LabelMaps, refuse_same_stems, stem_of
from photochrom.errors import InputError
from photochrom.files import decoded
from photochrom.lab.adaptation.objects.grabcut import Box, cut_out

ObjectSource = Callable[[str, U8, int], U8]
"""Takes a picture's name, its (H, W, 3) pixels and its kind from 1; gives its (H, W) label map."""

_COLUMNS: Final = ("picture", "left", "top", "width", "height")
_NAMED: Final = 3


class MaskObjects:
    """Objects from a folder of label maps.

    Args:
        folder: one PNG per picture, of the same stem and size.
        names: of all pictures.
        kinds: how many kinds there are.

    Raises:
        InputError: when it is no such folder, or a picture has none.
    """

    def __init__(self, folder: Path, names: Iterable[str], *, kinds: int) -> None:
        names = list(names)
        refuse_same_stems(names)
        self._maps = LabelMaps(folder)
        self._kinds = kinds
        _refuse_missing(self._maps.missing_for(names), f"mask in {folder}")

    def __call__(self, name: str, rgb: U8, kind: int) -> U8:
        """Read the map of a picture; where there is only an object, it is of the picture's kind."""
        size = (rgb.shape[0], rgb.shape[1])
        labels = self._maps.of(name, size, kinds=max(self._kinds, 1) if self._kinds > 1 else 255)
        if self._kinds > 1 and labels.max() > 1:
            return labels
        return np.where(labels > 0, np.uint8(kind), np.uint8(0))


class BoxObjects:
    """Objects from a CSV file of boxes, in pixels of the upright picture.

    What lies in a box but has the colors of what lies outside is taken for background.

    Args:
        file: columns picture, left, top, width, height; a row per box.
        names: of all pictures; one is found by its name without folders and suffix.

    Raises:
        InputError: when it is no such file, or a picture has no box.
    """

    def __init__(self, file: Path, names: Iterable[str]) -> None:
        names = list(names)
        refuse_same_stems(names)
        self._boxes = read_boxes(file)
        _refuse_missing([n for n in names if stem_of(n) not in self._boxes], f"box in {file}")

    def __call__(self, name: str, rgb: U8, kind: int) -> U8:
        """Cut the objects of a picture out of their boxes."""
        height, width = rgb.shape[:2]
        boxes = self._boxes[stem_of(name)]
        for box in boxes:
            is_before = box.left + box.width <= 0 or box.top + box.height <= 0
            if is_before or box.left >= width or box.top >= height:
                raise InputError(f"a box of {name} lies outside the picture")
        return np.where(cut_out(rgb, boxes), np.uint8(kind), np.uint8(0))


def _refuse_missing(names: list[str], what: str) -> None:
    """Refuse pictures without an object, all in one line."""
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        raise InputError(f"no {what} for {', '.join(names[:_NAMED])}{more}")


def read_boxes(file: Path) -> Mapping[str, list[Box]]:
    """Read boxes by the stem of their picture.

    Raises:
        InputError: in one line with the row, when it is no such file.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(decoded(file.read_bytes()), newline="")))
    except (OSError, UnicodeError, csv.Error) as error:
        raise InputError(f"{file} cannot be read as CSV: {error}") from error
    if not rows or not set(_COLUMNS) <= rows[0].keys():
        raise InputError(f"{file} needs a first row {','.join(_COLUMNS)} and a row per box")
    boxes: dict[str, list[Box]] = {}
    for number, row in enumerate(rows, start=2):
        try:
            left, top, width, height = (round(float(row[name])) for name in _COLUMNS[1:])
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError(f"{file}, row {number}: a side is no number of pixels") from error
        if width < 1 or height < 1:
            raise InputError(f"{file}, row {number}: a box of {width} × {height} pixels")
        boxes.setdefault(stem_of(row["picture"]), []).append(Box(left, top, width, height))
    return boxes
