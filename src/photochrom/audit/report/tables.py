"""Scored pictures in order, with reasons, and the tables of an audit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from photochrom.arrays import F64
from photochrom.audit.auditor import CHANCE
from photochrom.audit.detectors.detector import DETECTORS, NAMES, Detector
from photochrom.audit.examine import PictureRow
from photochrom.audit.score import Scored
from photochrom.metrics.intervals import Estimate
from photochrom.report.table import Cell, Column, Table
from photochrom.report.words import between, number, percent


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


@dataclass(frozen=True, slots=True)
class Fault:
    """What a detector found in the whole collection.

    Attributes:
        detector: which.
        scores: of the pictures that it was asked about.
        loud: those with an alarm, the loudest first.
    """

    detector: Detector
    scores: F64
    loud: Sequence[Ranked]


def find_faults(order: Sequence[Ranked]) -> list[Fault]:
    """Collect what every detector found."""
    found = []
    for column, detector in enumerate(DETECTORS):
        scores = np.array([each.row.found[column, 0] for each in order])
        loudest = np.argsort(-scores, kind="stable").tolist()
        loud = [order[n] for n in loudest if scores[n] >= detector.level.alarm]
        found.append(Fault(detector, scores[~np.isnan(scores)], loud))
    return found


FAULTS: Final[Sequence[Column[Fault]]] = (
    Column("name", "Detector", lambda each: each.detector.name, lambda each: each.detector.title),
    Column(
        title="alarms",
        show=lambda each: f"{len(each.loud)} ({percent(len(each.loud) / len(each.scores), 0)})",
    ),
    Column("unit", of=lambda each: each.detector.unit),
    Column(
        "usual",
        "usual",
        lambda each: each.detector.level.usual,
        lambda each: number(each.detector.level.usual, each.detector.digits),
    ),
    Column(
        "alarm",
        "alarm from",
        lambda each: each.detector.level.alarm,
        lambda each: (
            f"{number(each.detector.level.alarm, each.detector.digits)} {each.detector.unit}"
        ),
    ),
    Column("meaning", "what it means", lambda each: each.detector.meaning, mark="long"),
    Column("measured", of=lambda each: len(each.scores)),
    Column("alarms", of=lambda each: len(each.loud)),
    Column(
        "median",
        of=lambda each: round(float(np.median(each.scores)), 4) if len(each.scores) else None,
    ),
)


def pictures_table(scored: Scored, order: Sequence[Ranked]) -> Table[Ranked]:
    """List pictures with all that is known of them; what was not measured is empty."""
    columns: list[Column[Ranked]] = [
        Column(title="Picture", show=lambda each: scored.result(each.row).name),
        Column("rank", "rank", name="rank", below="\N{NO-BREAK SPACE}", first="ascending"),
        Column("picture", of=lambda each: scored.result(each.row).name),
        Column("artificial", of=lambda each: _exact(each.artificial)),
        Column(
            "probability",
            "photograph?" if scored.auditor is not None else "",
            lambda each: _exact(each.row.probability),
            lambda each: _short(each.row.probability, 3),
            below="probability",
            name="probability",
            first="ascending",
        ),
        Column("ab_error", of=lambda each: _exact(each.row.ab_error)),
        *(_score(column, order) for column in range(len(NAMES))),
        Column(
            title="error" if len(scored.truth) else "",
            of=lambda each: _exact(each.row.ab_error),
            show=lambda each: _short(each.row.ab_error, 1),
            below="ab",
            name="error",
            first="descending",
        ),
        Column("alarms", of=lambda each: " ".join(r.detector.name for r in each.alarms)),
        Column("why"),
    ]
    return Table(columns, order, hint=lambda each: each.why)


def _score(column: int, order: Sequence[Ranked]) -> Column[Ranked]:
    """Show a detector's scores, on pages if it was asked about at least one picture."""
    detector = DETECTORS[column]

    def show(each: Ranked) -> Cell:
        score = float(each.row.found[column, 0])
        mark = "alarm" if detector.level.of(score) >= 1 else ""
        return Cell(_short(score, detector.digits), mark=mark)

    was_asked = any(not np.isnan(each.row.found[column, 0]) for each in order)
    return Column(
        detector.name,
        detector.title if was_asked else "",
        lambda each: _exact(each.row.found[column, 0]),
        show,
        below=detector.unit,
        name=detector.title,
        help=detector.meaning,
        first="descending",
    )


def _exact(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.6g}"


def _short(value: float, digits: int) -> str:
    return "" if np.isnan(value) else number(value, digits)


class JudgeRow(NamedTuple):
    """Who tells colored pictures from photographs, how often in vain, and which pictures."""

    who: str
    fooled: str
    right: str
    pictures: str
    remark: str = ""


def judges_table(own: JudgeRow, *, how: str = "") -> Table[JudgeRow]:
    """Put an auditor beside what was published; ``how`` says how the CNN saw its pairs."""
    columns: list[Column[JudgeRow]] = [
        Column("who", "Judge"),
        Column("fooled", "fooled, of pairs", show=lambda each: Cell(each.fooled, [each.remark])),
        Column("right", "right, of single pictures"),
        Column("pictures", "on what"),
    ]
    cnn = JudgeRow(
        "a CNN, published", "2.9 % (2.3 to 3.7)", "about 86 %", f"CIC, 2000 pairs{how} (Mu and Lee)"
    )
    seen = "CIC, two pictures for 1 s each (Zhang et al. 2016)"
    people = JudgeRow("people, published", "32.3 %", "", seen)
    return Table(columns, [own, cnn, people], is_quiet=lambda each: each is not own)


_Control = tuple[str, Estimate]  # what the sides were told apart by, and how well


def controls_table(found: Mapping[str, Estimate], *, auc: str = "AUC") -> Table[_Control]:
    """Lay out what a network makes of what should teach it nothing.

    Args:
        found: by what the sides were told apart.
        auc: head of what is judged by.
    """
    columns: list[Column[_Control]] = [
        Column(title="Told apart by", show=lambda row: row[0]),
        Column(title=auc, of=lambda row: row[1].value, digits=3),
        Column(title="95 % interval", show=lambda row: between(row[1].interval, 3, to="to")),
        Column(title="passed", of=lambda row: not row[1].interval.excludes(CHANCE)),
    ]
    return Table(columns, list(found.items()))
