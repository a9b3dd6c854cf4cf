"""All detectors, in the order of tables: what each gives, and from where on it speaks up.

Levels are measured by ``benchmarks/audit/planted.py --tune`` on 480 pictures of Imagenette, BSDS500
and birds, at 256 x 256: on the photographs and on what the built-in model makes of them, take the
noisier of the two; usual is its median, the alarm its 95th percentile. So about one picture of
twenty that is as it should be raises each alarm. ``cast_from_model`` is the exception: its 95th
percentile, 0.8, would speak up at every other saturation.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from photochrom.arrays import F32


@dataclass(frozen=True, slots=True)
class Detection:
    """What a detector says of one picture.

    Attributes:
        score: how much of the fault there is, in the detector's own unit.
        map: (h, w) float32 in the same unit, where it is; coarser than the picture.
    """

    score: float
    map: F32

    @property
    def place(self) -> tuple[float, float]:
        """Where the map is strongest: shares of height and width, 0 to 1."""
        row, column = np.unravel_index(int(np.argmax(self.map)), self.map.shape)
        height, width = self.map.shape
        return (int(row) + 0.5) / height, (int(column) + 0.5) / width


@dataclass(frozen=True, slots=True)
class Level:
    """What is usual, and from where on a score is an alarm.

    Attributes:
        usual: median of pictures that are as they should be.
        alarm: score from which on the detector speaks up.
    """

    usual: float
    alarm: float

    def of(self, score: float) -> float:
        """Bring a score to a scale that all detectors share: 0 is usual, 1 is the alarm.

        >>> Level(2.0, 6.0).of(8.0)
        1.5
        """
        return (score - self.usual) / (self.alarm - self.usual)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """One kind of fault.

    Attributes:
        name: in tables and files.
        title: for a person.
        unit: of its score.
        digits: decimals worth printing.
        level: what is usual, and what is an alarm.
        full: value of its map that is drawn at full strength.
        meaning: one sentence for a person.
        has_place: whether it is worth saying where.
    """

    name: str
    title: str
    unit: str
    digits: int
    level: Level
    full: float
    meaning: str
    has_place: bool = True


CAST: Final = "cast"
GRAY_PATCHES: Final = "gray_patches"
BLEEDING: Final = "bleeding"
BLOTCHES: Final = "blotches"
IMPLAUSIBLE: Final = "implausible"
TWO_SIZES: Final = "two_sizes"
CAST_FROM_MODEL: Final = "cast_from_model"
CAST_FROM_TRUTH: Final = "cast_from_truth"

DETECTORS: Final = (
    Detector(
        name=CAST,
        title="cast",
        unit="ab",
        digits=1,
        level=Level(4.0, 11.6),
        full=30.0,
        meaning="Everything leans to one color: how far the gray of the picture lies from the gray "
        "of the collection. Weak evidence alone: sunsets lean as well.",
        has_place=False,
    ),
    Detector(
        name=GRAY_PATCHES,
        title="gray patch",
        unit="×",
        digits=1,
        level=Level(3.1, 6.4),
        full=0.4,
        meaning="A hand-sized place is gray, without an edge, where equals nearby in lightness "
        "have color: how many times more than elsewhere in the picture.",
    ),
    Detector(
        name=BLEEDING,
        title="bleeding",
        unit="spreads",
        digits=1,
        level=Level(-2.1, -0.3),
        full=60.0,
        meaning="Color does not keep to the edges of things: edges of lightness would explain it "
        "better if it were moved by 6 pixels.",
    ),
    Detector(
        name=BLOTCHES,
        title="blotch",
        unit="×",
        digits=1,
        level=Level(1.7, 3.0),
        full=50.0,
        meaning="An island of color where places nearby that are as light have another: how many "
        "times more than elsewhere in the picture.",
    ),
    Detector(
        name=IMPLAUSIBLE,
        title="implausible",
        unit="nats",
        digits=2,
        level=Level(-0.62, 0.82),
        full=5.0,
        meaning="A model that sees the lightness alone is more surprised by these colors than it "
        "expected to be.",
    ),
    Detector(
        name=TWO_SIZES,
        title="two sizes",
        unit="ab",
        digits=1,
        level=Level(5.4, 13.3),
        full=25.0,
        meaning="The model paints this picture differently when it sees it at half the size: it "
        "does not know what it sees.",
    ),
    Detector(
        name=CAST_FROM_MODEL,
        title="cast, from model",
        unit="ab",
        digits=1,
        level=Level(0.1, 3.0),
        full=40.0,
        meaning="How far the mean color lies from what the model painted that is said to have made "
        "this picture: something was done to it afterwards. Asked only when the manifest names "
        "that model.",
        has_place=False,
    ),
    Detector(
        name=CAST_FROM_TRUTH,
        title="cast, from truth",
        unit="ab",
        digits=1,
        level=Level(8.8, 28.4),
        full=40.0,
        meaning="How far the mean color lies from that of the original.",
        has_place=False,
    ),
)
NAMES: Final = tuple(detector.name for detector in DETECTORS)


def by_name(name: str) -> Detector:
    """Find a detector."""
    return DETECTORS[NAMES.index(name)]
