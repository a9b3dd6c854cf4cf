"""The report of scored pictures as one HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.audit.auditor import Auditor
from photochrom.audit.auditor_card import CONTROLS
from photochrom.audit.detectors.catalog import DETECTORS
from photochrom.audit.report.heat import heat_of
from photochrom.audit.report.rank import Ranked, Reason, signed
from photochrom.audit.score import Scored
from photochrom.errors import PhotochromError
from photochrom.report.chart import Chart, Series, draw_chart
from photochrom.report.page import render_page
from photochrom.report.preview import array_preview
from photochrom.report.sheet import both_ends

U8 = NDArray[np.uint8]

SHOWN: Final = 10  # pictures from either end, as the Discriminator paper shows
_PER_FAULT: Final = 3
_ROWS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One picture as the page shows it."""

    rank: int
    name: str
    value: str
    colored: str
    heat: str
    truth: str | None
    reasons: Sequence[tuple[str, bool]]
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a detector found in the whole collection."""

    title: str
    meaning: str
    unit: str
    usual: str
    alarm: str
    count: int
    share: str
    cases: Sequence[Case]


@dataclass(frozen=True, slots=True)
class SortedCell:
    """One number of the table: as shown, and for sorting."""

    text: str
    raw: str
    is_alarm: bool = False


def report_page(scored: Scored, order: Sequence[Ranked]) -> str:
    """Render the report: the extremes with heat maps and reasons, faults, table, auditor.

    Args:
        scored: what is known of all pictures; those that are shown are examined once more.
        order: from most artificial to most real.

    Returns:
        A self-contained HTML document.
    """
    cases = _Cases(scored)
    artificial, real = both_ends(order, SHOWN)
    content = {
        "title": "Colored pictures audited",
        "scored": scored,
        "count": len(order),
        "auditor": scored.auditor,
        "card": None if scored.auditor is None else _card(scored.auditor),
        "chart_drawn": None if scored.auditor is None else _curve(scored.auditor),
        "artificial": [cases.of(each) for each in artificial],
        "real": [cases.of(each) for each in real],
        "faults": [fault for fault in (_fault(n, order, cases) for n in _columns(order)) if fault],
        "heads": [
            (DETECTORS[n].title, DETECTORS[n].unit, DETECTORS[n].meaning) for n in _columns(order)
        ],
        "rows": [_row(scored, each, _columns(order)) for each in order[:_ROWS]],
        "has_truth": any(not np.isnan(each.row.ab_error) for each in order),
    }
    return render_page("audit.html", content)


def _columns(order: Sequence[Ranked]) -> list[int]:
    """Choose the detectors that were asked about at least one picture."""
    known = np.any([~np.isnan(each.row.found[:, 0]) for each in order], axis=0)
    return np.flatnonzero(known).tolist()


class _Cases:
    """Pictures as the page shows them, each examined once more and only once."""

    def __init__(self, scored: Scored) -> None:
        self._scored = scored
        self._made: dict[int, Case] = {}

    def of(self, ranked: Ranked) -> Case:
        """Show a picture."""
        if ranked.rank not in self._made:
            self._made[ranked.rank] = self._make(ranked)
        return self._made[ranked.rank]

    def _make(self, ranked: Ranked) -> Case:
        colored = heat = missing = ""
        truth = None
        try:
            picture, true, examined = self._scored.look_again(ranked.row)
            colored, heat = (
                array_preview(picture),
                array_preview(heat_of(picture, examined, ranked)),
            )
            truth = None if true is None else array_preview(true)
        except (PhotochromError, OSError) as error:
            missing = str(error)
        shown = [*ranked.alarms] or [*ranked.reasons[:1]]
        return Case(
            rank=ranked.rank,
            name=self._scored.result(ranked.row).name,
            value=value_in_words(self._scored.auditor, ranked),
            colored=colored,
            heat=heat,
            truth=truth,
            reasons=[(reason.words, reason.is_alarm) for reason in shown],
            missing=missing,
        )


def value_in_words(auditor: Auditor | None, ranked: Ranked) -> str:
    """Say what a picture is ranked by."""
    error = ranked.row.ab_error
    told = "" if np.isnan(error) else f", {error:.1f} ab from the original"
    if auditor is None:
        return f"{signed(ranked.artificial, 1)} on the scale of alarms{told}"
    return f"{100 * ranked.row.probability:.0f} % a photograph{told}"


def _fault(column: int, order: Sequence[Ranked], cases: _Cases) -> Fault:
    """Count the alarms of a detector, and show the loudest."""
    detector = DETECTORS[column]
    known = [each for each in order if not np.isnan(each.row.found[column, 0])]
    loud = [each for each in known if each.row.found[column, 0] >= detector.level.alarm]
    loud.sort(key=lambda each: -float(each.row.found[column, 0]))
    return Fault(
        title=detector.title,
        meaning=detector.meaning,
        unit=detector.unit,
        usual=signed(detector.level.usual, detector.digits),
        alarm=signed(detector.level.alarm, detector.digits),
        count=len(loud),
        share=f"{100 * len(loud) / len(known):.0f} %",
        cases=[cases.of(each) for each in loud[:_PER_FAULT]],
    )


def _row(
    scored: Scored, ranked: Ranked, columns: Sequence[int]
) -> tuple[str, list[SortedCell], str]:
    """Give name, cells and the reason of a row of the table."""
    by_detector = {reason.detector.name: reason for reason in ranked.reasons}
    cells = [SortedCell(str(ranked.rank), str(ranked.rank))]
    if scored.auditor is not None:
        cells.append(_cell(ranked.row.probability, 3))
    cells += [
        _reason_cell(by_detector.get(DETECTORS[n].name), DETECTORS[n].digits) for n in columns
    ]
    if len(scored.truth):
        cells.append(_cell(ranked.row.ab_error, 1))
    return scored.result(ranked.row).name, cells, ranked.why


def _reason_cell(reason: Reason | None, digits: int) -> SortedCell:
    if reason is None:
        return SortedCell("", "")
    return SortedCell(signed(reason.score, digits), f"{reason.score:.6g}", reason.is_alarm)


def _cell(value: float, digits: int) -> SortedCell:
    return (
        SortedCell("", "") if np.isnan(value) else SortedCell(f"{value:.{digits}f}", f"{value:.6g}")
    )


def _card(auditor: Auditor) -> dict[str, object]:
    """Word the card of the auditor."""
    card = auditor.card
    low, high = card.interval
    controls = [
        (CONTROLS[name], f"{c.auc:.3f}", f"{c.interval[0]:.3f} to {c.interval[1]:.3f}", c.is_passed)
        for name, c in card.controls.items()
    ]
    return {
        "model": card.model,
        "fooled": f"{100 * card.pair_fooled:.1f} % ({100 * low:.1f} to {100 * high:.1f})",
        "accuracy": f"{100 * card.accuracy:.1f} %",
        "controls": controls,
        "verdict": card.verdict,
        "words": card.words,
        "size": card.size,
    }


def _curve(auditor: Auditor) -> Chart | None:
    """Draw the accuracy by epoch, when the card has it."""
    curve = auditor.card.accuracy_per_epoch
    if len(curve) < 2:
        return None
    points = [(float(epoch), 100 * value) for epoch, value in enumerate(curve, start=1)]
    return draw_chart(
        [Series("right about single pictures", points, 1)],
        title="Accuracy of the auditor on validation pairs by epoch",
        x_label="epoch",
        y_label="% of the validation set",
        has_marks=True,
    )
