"""Examine one picture: all detectors, the auditor, and the truth; keep a few numbers of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from photochrom.arrays import F64, U8
from photochrom.audit.auditor import Auditor, Judgement
from photochrom.audit.detectors.alike import blotches, gray_patches, look_around
from photochrom.audit.detectors.bleeding import LEAST_SIDE, bleeding
from photochrom.audit.detectors.cast import cast, lean, neutral_point
from photochrom.audit.detectors.detector import (
    BLEEDING,
    BLOTCHES,
    CAST,
    CAST_FROM_TRUTH,
    GRAY_PATCHES,
    NAMES,
    Detection,
)
from photochrom.audit.detectors.opinion import Opinion
from photochrom.engine.tiles import working_shape
from photochrom.errors import InputError
from photochrom.metrics.auc import ab_errors
from photochrom.picture.pixels import is_gray, to_lab

SIDE = 256  # pictures are examined at an area of its square, never enlarged


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found in one picture.

    Attributes:
        is_gray: no pixel has an |a*| or |b*| above 5; then nothing else is known.
        neutral: (2,) a* and b* of its gray.
        found: by detector; a cast is known only when the whole collection is.
        judgement: the auditor's, or None.
        ab_error: mean distance from the truth in ab units, or None.
    """

    is_gray: bool = False
    neutral: F64 = field(default_factory=lambda: np.zeros(2))
    found: Mapping[str, Detection] = field(default_factory=dict)
    judgement: Judgement | None = None
    ab_error: float | None = None


def fit(height: int, width: int) -> tuple[int, int]:
    """Give the size at which a picture is examined.

    >>> fit(3000, 4000), fit(100, 80)
    ((222, 296), (100, 80))
    """
    return working_shape(height, width, SIDE)


@dataclass(frozen=True, slots=True)
class Examiner:
    """Examines pictures; safe from many threads.

    Attributes:
        auditor: or None.
        opinion: of a model, or None.
    """

    auditor: Auditor | None = None
    opinion: Opinion | None = None

    def examine(
        self,
        picture: U8,
        truth: U8 | None = None,
        reference: F64 | None = None,
        *,
        model_sha256: str | None = None,
    ) -> Examined:
        """Look at a picture.

        Args:
            picture: (H, W, 3) uint8 sRGB, at the size of `fit`.
            truth: its original at the same size, or None.
            reference: (2,) the gray of the collection, once it is known.
            model_sha256: of the model that is said to have colored it, or None.

        Raises:
            InputError: when the picture is too small.
            InferenceError: when auditor or model cannot be run.
        """
        height, width = picture.shape[:2]
        if min(height, width) < LEAST_SIDE:  # it has no edges that color could keep to
            raise InputError(
                f"{width} x {height} pixels are too small to be judged: {LEAST_SIDE} a side"
            )
        lab = to_lab(picture)
        chroma = lab[..., 1:]
        if is_gray(chroma):
            return Examined(is_gray=True)
        around = look_around(lab)
        found = {
            GRAY_PATCHES: gray_patches(around),
            BLEEDING: bleeding(lab),
            BLOTCHES: blotches(around),
        }
        if reference is not None:
            found[CAST] = cast(chroma, reference)
        if self.opinion is not None:
            found |= self.opinion.ask(lab, is_own=model_sha256 == self.opinion.session.sha256)
        error = None
        if truth is not None:
            true_lab = to_lab(truth)
            found[CAST_FROM_TRUTH] = lean(chroma, true_lab[..., 1:])
            error = float(ab_errors(lab, true_lab).mean(dtype=np.float64))
        judged = None if self.auditor is None else self.auditor.judge([picture])[0]
        return Examined(
            neutral=neutral_point(chroma), found=found, judgement=judged, ab_error=error
        )


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
