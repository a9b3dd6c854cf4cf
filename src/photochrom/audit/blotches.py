"""Blotches: islands of strong color that nothing in the picture asks for."""

from typing import Final

import numpy as np

from photochrom.audit.alike import Alike
from photochrom.audit.detector import Found
from photochrom.audit.windows import box_mean

_WEAK: Final = 20.0  # ab units: what is weaker is no blotch
_FULL: Final = 40.0  # from here on it counts in full
_WINDOW: Final = 0.04  # of the root of the area, as for gray patches


def blotches(alike: Alike) -> Found:
    """Find a place of strong color that equals nearby do not have.

    d = ||ab - e|| min(1, max(0, (C - 20) / 20)), with C the distance from gray and e the color that
    `look_around` leads to expect; map = mean of d over a window of 1/12 of a side, score = its
    maximum.

    Args:
        alike: from `look_around`.

    Returns:
        Score and map in ab units.
    """
    away = np.sqrt(((alike.chroma - alike.expected) ** 2).sum(axis=0))
    strong = np.clip((alike.strength - _WEAK) / (_FULL - _WEAK), 0, 1)
    radius = max(1, round(_WINDOW * np.sqrt(away.size)))
    where = box_mean(away * strong, radius).astype(np.float32)
    return Found(float(where.max()), where)
