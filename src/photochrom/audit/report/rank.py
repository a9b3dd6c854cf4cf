"""Put scored pictures in order, from most artificial to most real, and say why."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from photochrom.audit.detectors.catalog import DETECTORS
from photochrom.audit.detectors.detector import Detector
from photochrom.audit.rows import PictureRow
from photochrom.audit.score import Scored
from photochrom.report.words import number


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one detector says of a picture.

    Attributes:
        detector: which.
        score: in its unit.
        alarm: on the scale that all share: 0 is usual, 1 is the alarm.
        place: in words, or "".
    """

    detector: Detector
    score: float
    alarm: float
    place: str = ""

    @property
    def is_alarm(self) -> bool:
        """Whether the detector speaks up."""
        return self.alarm >= 1

    @property
    def words(self) -> str:
        """Say it in a line, as in "gray patch, upper left: 9.1 ab, alarm from 5.0"."""
        detector, digits = self.detector, self.detector.digits
        where = f", {self.place}" if self.place else ""
        score, level = number(self.score, digits), number(detector.level.alarm, digits)
        return f"{detector.title}{where}: {score} {detector.unit}, alarm from {level}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One picture in its place.

    Attributes:
        rank: from 1, the most artificial.
        row: what is known of it.
        artificial: what it is ranked by, larger is more artificial.
        reasons: what detectors say, loudest first; those that were not asked are missing.
    """

    rank: int
    row: PictureRow
    artificial: float
    reasons: tuple[Reason, ...]

    @property
    def alarms(self) -> tuple[Reason, ...]:
        """Give the reasons that are alarms."""
        return tuple(reason for reason in self.reasons if reason.is_alarm)

    @property
    def shown(self) -> tuple[Reason, ...]:
        """Give the alarms, or what comes closest to one."""
        return self.alarms or self.reasons[:1]

    @property
    def why(self) -> str:
        """Say in a line what is wrong, or what comes closest to it."""
        words = "; ".join(reason.words for reason in self.shown)
        return words if self.alarms else f"no alarm; closest: {words}"


def ranked(scored: Scored) -> list[Ranked]:
    """Order pictures from most artificial to most real.

    An auditor ranks by its probability that a picture is artificial. Without one the loudest
    detector does, on the scale of its own alarm.
    """
    reasons = [reasons_of(row) for row in scored.rows]
    loudest = np.array([each[0].alarm for each in reasons])
    judged = np.array([1 - row.probability for row in scored.rows])
    value = loudest if scored.auditor is None else judged
    order = np.lexsort((-loudest, -value))
    return [
        Ranked(
            rank=rank,
            row=scored.rows[place],
            artificial=float(value[place]),
            reasons=reasons[place],
        )
        for rank, place in enumerate(order.tolist(), start=1)
    ]


def reasons_of(row: PictureRow) -> tuple[Reason, ...]:
    """Word what detectors found in a picture, loudest first."""
    found = []
    for detector, (score, down, right) in zip(DETECTORS, row.found.tolist(), strict=True):
        if not np.isnan(score):
            place = place_in_words(down, right) if detector.has_place else ""
            alarm = detector.level.of(score)
            found.append(Reason(detector=detector, score=score, alarm=alarm, place=place))
    return tuple(sorted(found, key=lambda reason: -reason.alarm))


def place_in_words(down: float, right: float) -> str:
    """Name a ninth of a picture.

    >>> place_in_words(0.1, 0.9), place_in_words(0.5, 0.5), place_in_words(0.5, 0.1)
    ('upper right', 'middle', 'left')
    """
    names: tuple[Sequence[str], Sequence[str]] = ("upper", "", "lower"), ("left", "", "right")
    words = [name[min(2, int(3 * at))] for name, at in zip(names, (down, right), strict=True)]
    named = " ".join(word for word in words if word)
    return {"": "middle", "upper": "top", "lower": "bottom"}.get(named, named)
