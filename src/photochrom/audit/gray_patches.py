"""Gray patches: hands, far faces and small figures that a colorizer left gray."""

from typing import Final

import numpy as np

from photochrom.audit.alike import Alike
from photochrom.audit.detector import Found
from photochrom.audit.windows import box_mean

_GRAY: Final = 8.0  # ab units: from here on nothing counts as gray
_WINDOW: Final = 0.05  # of the root of the area: a hand, 26 pixels a side at 256 x 256


def gray_patches(alike: Alike) -> Found:
    """Find a hand-sized place that is gray where equals nearby have color.

    d = max(0, e - C) max(0, 1 - C / 8), with C the distance from gray and e what `look_around`
    leads to expect; map = mean of d over a window of a tenth of a side, score = its maximum: how
    many ab units of color a hand-sized place lacks.

    Args:
        alike: from `look_around`.

    Returns:
        Score and map in ab units.
    """
    lack = np.maximum(0.0, alike.expected_strength - alike.strength)
    lack *= np.maximum(0.0, 1 - alike.strength / _GRAY)
    radius = max(1, round(_WINDOW * np.sqrt(lack.size)))
    where = box_mean(lack, radius).astype(np.float32)
    return Found(float(where.max()), where)
