"""Pictures before and after a mending, for its report."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.collection import Item
from photochrom.engine.colorizer import Colorizer
from photochrom.evaluation.protocol import PROTOCOLS
from photochrom.lab.auditor.report import enlarged
from photochrom.picture.pixels import to_gray
from photochrom.report.preview import array_preview
from photochrom.report.sheet import Shown

U8 = NDArray[np.uint8]

SHOWN: Final = 10  # photographs
_PROTOCOL: Final = PROTOCOLS["whole-256"]


def show(before: Colorizer, after: Colorizer, items: Iterable[Item]) -> list[Shown]:
    """Paint photographs with two models, for a sheet: before, after, photograph."""
    return [_shown(before, after, item) for item in items]


def _shown(before: Colorizer, after: Colorizer, item: Item) -> Shown:
    truth: U8 = _PROTOCOL.apply(item.read())
    gray = to_gray(truth)
    pictures = [*(model.colorize_array(gray) for model in (before, after)), truth]
    return Shown(
        name=item.name,
        label=item.label,
        previews=[array_preview(enlarged(picture)) for picture in pictures],
        differences=["", "", ""],
    )
