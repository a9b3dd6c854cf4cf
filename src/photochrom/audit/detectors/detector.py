"""What every detector gives, and what is known of each."""

from dataclasses import dataclass

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
