"""From where on a detector speaks up.

Measured by ``benchmarks/audit/planted.py --tune`` on 480 pictures of Imagenette, BSDS500 and birds,
at 256 x 256: on the photographs and on what the built-in model makes of them, take the noisier of
the two; usual is its median, the alarm its 95th percentile. So about one picture of twenty that is
as it should be raises each alarm. ``cast_from_model`` is the exception: its 95th percentile, 0.8,
would speak up at every other saturation.
"""

from collections.abc import Mapping
from typing import Final

from photochrom.audit.detectors.detector import Level

LEVELS: Final[Mapping[str, Level]] = {
    "cast": Level(4.0, 11.6),
    "gray_patches": Level(3.1, 6.4),
    "bleeding": Level(-2.1, -0.3),
    "blotches": Level(1.7, 3.0),
    "implausible": Level(-0.62, 0.82),
    "two_sizes": Level(5.4, 13.3),
    "cast_from_model": Level(0.1, 3.0),
    "cast_from_truth": Level(8.8, 28.4),
}
