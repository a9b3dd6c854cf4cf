"""How long people took, and how well their screens kept the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from photochrom.study.answers import Answer
from photochrom.study.statistics.rates import shown_in

FRAME_MS: Final = 1000 / 60
_BIN_MS: Final = 250
_LONGEST_MS: Final = 5000  # longer answers share the last bin


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionTimes:
    """Times from the end of an exposure to the answer.

    Attributes:
        median_ms: median over participants of each one's median.
        quartiles_ms: the middle half of all answers.
        median_real_ms: of answers that called it real, or preferred the first; None without any.
        median_fake_ms: of the others.
        counts: answers per quarter of a second up to 5 s; the last count has all longer ones.
    """

    median_ms: float
    quartiles_ms: tuple[float, float]
    median_real_ms: float | None
    median_fake_ms: float | None
    counts: Sequence[int]

    @property
    def edges_ms(self) -> list[int]:
        """Where the bins begin."""
        return [_BIN_MS * number for number in range(len(self.counts))]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureQuality:
    """How well exposures were kept.

    Attributes:
        asked_ms: how long pictures were to be seen.
        median_ms: how long they were.
        within_frame: share within a sixtieth of a second of what was asked, 0 to 1.
        off: exposures off by more than the rule allows.
        hidden: exposures during which the page was out of sight.
        exposures: in all.
    """

    asked_ms: float
    median_ms: float
    within_frame: float
    off: int
    hidden: int
    exposures: int


def reaction_times(answers: Sequence[Answer]) -> ReactionTimes | None:
    """Sum up reaction times of answers that count; None without answers."""
    if not answers:
        return None
    times = np.array([each.reaction_ms for each in answers])
    labelled = np.array([shown_in(each)[1] for each in answers])
    people: dict[str, list[float]] = {}
    for each in answers:
        people.setdefault(each.participant, []).append(each.reaction_ms)
    low, high = np.quantile(times, (0.25, 0.75))
    bins = np.minimum(times.clip(0) // _BIN_MS, _LONGEST_MS // _BIN_MS).astype(int)
    return ReactionTimes(
        median_ms=float(np.median([np.median(own) for own in people.values()])),
        quartiles_ms=(float(low), float(high)),
        median_real_ms=_median(times[labelled]),
        median_fake_ms=_median(times[~labelled]),
        counts=np.bincount(bins, minlength=_LONGEST_MS // _BIN_MS + 1).tolist(),
    )


def exposure_quality(
    answers: Sequence[Answer], *, asked_ms: float | None, off_ms: float
) -> ExposureQuality | None:
    """Sum up exposures; None where people looked as long as they wished, or without answers.

    Args:
        answers: of everybody, before any is left out.
        asked_ms: how long pictures were to be seen.
        off_ms: from which deviation the rule calls an exposure off.
    """
    timed = [each for each in answers if each.exposure_ms is not None]
    if asked_ms is None or not timed:
        return None
    shown = np.array([each.exposure_ms for each in timed], np.float64)
    deviation = np.abs(shown - asked_ms)
    return ExposureQuality(
        asked_ms=asked_ms,
        median_ms=float(np.median(shown)),
        within_frame=float((deviation <= FRAME_MS).mean()),
        off=int((deviation > off_ms).sum()),
        hidden=sum(each.hidden for each in timed),
        exposures=len(timed),
    )


def _median(times: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> float | None:
    return float(np.median(times)) if len(times) else None
