"""From where on a detector speaks up.

Measured by ``benchmarks/audit/planted.py --tune`` on 400 pictures of BSDS500's test set and of
birds, at 256 x 256: on the photographs and on what the built-in model makes of them, take the
noisier of the two; usual is its median, the alarm its 95th percentile. So about one picture of
twenty that is as it should be raises each alarm. ``cast_from_model`` is the exception: its 95th
percentile, 0.65, would speak up at every other saturation.
"""

from collections.abc import Mapping
from typing import Final

from photochrom.audit.detector import Level

LEVELS: Final[Mapping[str, Level]] = {
    "cast": Level(4.4, 10.8),
    "gray_patches": Level(2.3, 5.3),
    "bleeding": Level(-1.6, -0.2),
    "blotches": Level(11.2, 26.2),
    "implausible": Level(-0.47, 0.95),
    "two_sizes": Level(6.0, 17.3),
    "cast_from_model": Level(0.1, 3.0),
    "cast_from_truth": Level(12.0, 29.2),
}
