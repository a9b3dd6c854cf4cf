"""All detectors, in the order of tables."""

from typing import Final

from photochrom.audit.detectors.detector import Detector
from photochrom.audit.detectors.levels import LEVELS

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
        level=LEVELS[CAST],
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
        level=LEVELS[GRAY_PATCHES],
        full=0.4,
        meaning="A hand-sized place is gray, without an edge, where equals nearby in lightness "
        "have color: how many times more than elsewhere in the picture.",
    ),
    Detector(
        name=BLEEDING,
        title="bleeding",
        unit="spreads",
        digits=1,
        level=LEVELS[BLEEDING],
        full=60.0,
        meaning="Color does not keep to the edges of things: edges of lightness would explain it "
        "better if it were moved by 6 pixels.",
    ),
    Detector(
        name=BLOTCHES,
        title="blotch",
        unit="×",
        digits=1,
        level=LEVELS[BLOTCHES],
        full=50.0,
        meaning="An island of color where places nearby that are as light have another: how many "
        "times more than elsewhere in the picture.",
    ),
    Detector(
        name=IMPLAUSIBLE,
        title="implausible",
        unit="nats",
        digits=2,
        level=LEVELS[IMPLAUSIBLE],
        full=5.0,
        meaning="A model that sees the lightness alone is more surprised by these colors than it "
        "expected to be.",
    ),
    Detector(
        name=TWO_SIZES,
        title="two sizes",
        unit="ab",
        digits=1,
        level=LEVELS[TWO_SIZES],
        full=25.0,
        meaning="The model paints this picture differently when it sees it at half the size: it "
        "does not know what it sees.",
    ),
    Detector(
        name=CAST_FROM_MODEL,
        title="cast, from model",
        unit="ab",
        digits=1,
        level=LEVELS[CAST_FROM_MODEL],
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
        level=LEVELS[CAST_FROM_TRUTH],
        full=40.0,
        meaning="How far the mean color lies from that of the original.",
        has_place=False,
    ),
)
NAMES: Final = tuple(detector.name for detector in DETECTORS)


def by_name(name: str) -> Detector:
    """Find a detector."""
    return DETECTORS[NAMES.index(name)]
