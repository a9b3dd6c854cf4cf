"""What is kept of every picture: a few numbers, so that an archive fits into memory."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from photochrom.arrays import F64
from photochrom.audit.detectors.catalog import NAMES
from photochrom.audit.examine import Examined

_NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRow:
    """One examined picture.

    Attributes:
        index: its place among the results.
        is_gray: then nothing else is known.
        size: height and width at which it was examined.
        neutral: (2,) a* and b* of its gray.
        found: (detectors, 3) score, and place as shares of height and width; NaN where unknown.
        probability: that it is a photograph, as the auditor says; NaN without one.
        ab_error: NaN without truth.
    """

    index: int
    is_gray: bool
    size: tuple[int, int]
    neutral: F64
    found: F64
    probability: float
    ab_error: float

    @classmethod
    def of(cls, index: int, size: tuple[int, int], examined: Examined) -> "PictureRow":
        """Keep the numbers of what was found."""
        found = np.full((len(NAMES), 3), _NAN)
        for name, each in examined.found.items():
            found[NAMES.index(name)] = each.score, *each.place
        judged, error = examined.judgement, examined.ab_error
        return cls(
            index=index,
            is_gray=examined.is_gray,
            size=size,
            neutral=examined.neutral,
            found=found,
            probability=_NAN if judged is None else judged.probability,
            ab_error=_NAN if error is None else error,
        )

    def to_arrays(self) -> dict[str, F64]:
        """Write the row for a journal."""
        rest = [self.is_gray, *self.size, self.probability, self.ab_error]
        return {"found": self.found, "neutral": self.neutral, "rest": np.array(rest, np.float64)}

    @classmethod
    def from_arrays(cls, index: int, arrays: Mapping[str, F64]) -> "PictureRow":
        """Read a row of a journal."""
        is_gray, height, width, probability, error = arrays["rest"].tolist()
        return cls(
            index=index,
            is_gray=bool(is_gray),
            size=(int(height), int(width)),
            neutral=arrays["neutral"],
            found=arrays["found"],
            probability=probability,
            ab_error=error,
        )
