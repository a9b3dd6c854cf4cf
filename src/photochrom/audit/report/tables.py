"""The tables of an audit: faults, pictures, and how far the auditor can be believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from photochrom.arrays import F64
from photochrom.audit.auditor_card import CHANCE
from photochrom.audit.detectors.catalog import DETECTORS, NAMES
from photochrom.audit.detectors.detector import Detector
from photochrom.audit.report.rank import Ranked
from photochrom.audit.score import Scored
from photochrom.metrics.intervals import Estimate
from photochrom.report.table import Cell, Column, Table
from photochrom.report.words import between, number, percent


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
