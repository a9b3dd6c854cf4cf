"""Blotches: islands of strong color that nothing in the picture asks for."""

from typing import Final

import numpy as np

from photochrom.audit.detectors.alike import Alike
from photochrom.audit.detectors.detector import Detection
from photochrom.audit.detectors.windows import box_mean

_USUAL: Final = 0.9  # quantile of the map that the strongest place is compared with
_SLIGHT: Final = 2.0  # ab units: no picture is without them
_WINDOW: Final = 0.04  # of the root of the area, as for gray patches


def blotches(alike: Alike) -> Detection:
    """Find a place whose color stands out from equals nearby, unlike the rest of the picture.

    map = mean of ||ab - e|| over a window of a twelfth of a side, e the color that `look_around`
    leads to expect; score = max(map) / (q90(map) + 2).

    Args:
        alike: from `look_around`.

    Returns:
        The score, how many times the 90th percentile of the picture; the map in ab units.

    Source: own; chosen among five readings by planted blotches (docs/experiments.md).
    """
    away = np.sqrt(((alike.chroma - alike.expected) ** 2).sum(axis=0))
    where = box_mean(away, max(1, round(_WINDOW * np.sqrt(away.size))))
    return Detection(float(where.max() / (np.quantile(where, _USUAL) + _SLIGHT)), where)
