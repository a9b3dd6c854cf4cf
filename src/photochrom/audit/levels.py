"""From where on a detector speaks up, as measured by ``benchmarks/audit/planted.py --tune``."""

from collections.abc import Mapping
from typing import Final

from photochrom.audit.detector import Level

LEVELS: Final[Mapping[str, Level]] = {
    "cast": Level(3.7, 9.0),
    "gray_patches": Level(3.0, 6.5),
    "bleeding": Level(-5.0, 0.1),
    "blotches": Level(8.0, 25.0),
    "implausible": Level(0.4, 1.5),
    "two_sizes": Level(4.0, 9.0),
    "cast_from_truth": Level(2.0, 5.0),
}
