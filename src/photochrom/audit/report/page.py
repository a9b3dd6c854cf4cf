"""The report of scored pictures as one HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from photochrom.audit.auditor import Auditor
from photochrom.audit.auditor_card import CONTROLS
from photochrom.audit.report.heat import heat_of
from photochrom.audit.report.rank import Ranked
from photochrom.audit.report.tables import (
    FAULTS,
    JudgeRow,
    controls_table,
    find_faults,
    judges_table,
    pictures_table,
)
from photochrom.audit.score import Scored
from photochrom.errors import PhotochromError
from photochrom.metrics.intervals import Estimate, Interval
from photochrom.report.chart import Chart, Series, draw_chart
from photochrom.report.page import render_page
from photochrom.report.preview import array_preview
from photochrom.report.sheet import both_ends
from photochrom.report.table import Table
from photochrom.report.words import number, percent, percents

SHOWN: Final = 10  # pictures from either end, as the Discriminator paper shows
_PER_FAULT: Final = 3
_ROWS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One picture as the page shows it; ``missing`` says why it cannot be shown."""

    ranked: Ranked
    name: str
    value: str
    colored: str = ""
    heat: str = ""
    truth: str | None = None
    missing: str = ""


def report_page(scored: Scored, order: Sequence[Ranked]) -> str:
    """Render the report: the extremes with heat maps and reasons, faults, table, auditor.

    Args:
        scored: what is known of all pictures; those that are shown are examined once more.
        order: from most artificial to most real.

    Returns:
        A self-contained HTML document.
    """
    made: dict[int, Case] = {}

    def cases(shown: Sequence[Ranked]) -> list[Case]:
        made.update({each.rank: _case(scored, each) for each in shown if each.rank not in made})
        return [made[each.rank] for each in shown]

    artificial, real = both_ends(order, SHOWN)
    faults = [fault for fault in find_faults(order) if len(fault.scores)]
    pictures = pictures_table(scored, order)
    content = {
        "title": "Colored pictures audited",
        "scored": scored,
        "failures": [f"{each.name}: {each.reason}" for each in scored.failures],
        "count": len(order),
        "auditor": scored.auditor,
        "artificial": cases(artificial),
        "real": cases(real),
        "faults": Table(FAULTS, faults),
        "loudest": [(each, cases(each.loud[:_PER_FAULT])) for each in faults if each.loud],
        "pictures": replace(pictures, items=order[:_ROWS]),
        **({} if scored.auditor is None else _believed(scored.auditor)),
    }
    return render_page("audit.html", content)


def _case(scored: Scored, ranked: Ranked) -> Case:
    """Show a picture, examined once more."""
    words = Case(
        ranked=ranked,
        name=scored.result(ranked.row).name,
        value=value_in_words(scored.auditor, ranked),
    )
    try:
        picture, true, examined = scored.look_again(ranked.row)
        return replace(
            words,
            colored=array_preview(picture),
            heat=array_preview(heat_of(picture, examined, ranked)),
            truth=None if true is None else array_preview(true),
        )
    except (PhotochromError, OSError) as error:
        return replace(words, missing=str(error))


def value_in_words(auditor: Auditor | None, ranked: Ranked) -> str:
    """Say what a picture is ranked by."""
    error = ranked.row.ab_error
    told = "" if np.isnan(error) else f", {error:.1f} ab from the original"
    if auditor is None:
        return f"{number(ranked.artificial, 1)} on the scale of alarms{told}"
    return f"{percent(ranked.row.probability, 0)} a photograph{told}"


def _believed(auditor: Auditor) -> dict[str, object]:
    """Say how far an auditor can be believed."""
    card = auditor.card
    own = JudgeRow(
        "this auditor",
        f"{percent(card.pair_fooled)} ({percents(Interval(*card.interval), to='to')})",
        percent(card.accuracy),
        f"pairs of {card.model} that it never saw, {card.size} × {card.size} px",
    )
    controls = {
        CONTROLS[name]: Estimate(each.value, Interval(*each.interval))
        for name, each in card.controls.items()
    }
    accuracies, title = (
        card.accuracy_per_epoch,
        "Accuracy of the auditor on validation pairs by epoch",
    )
    return {
        "judges": judges_table(own),
        "controls": controls_table(controls),
        "chart_drawn": accuracy_chart(accuracies, title=title) if len(accuracies) > 1 else None,
    }


def accuracy_chart(right: Sequence[float], fooled: Sequence[float] = (), *, title: str) -> Chart:
    """Draw how often an auditor is right, and perhaps fooled, by epoch: shares, 0 to 1."""
    named = {"fooled by a pair": fooled, "right about single pictures": right}
    series = [
        Series(name, [(n, 100 * share) for n, share in enumerate(shares, start=1)], number)
        for number, (name, shares) in enumerate(named.items())
        if shares
    ]
    return draw_chart(
        series[::-1],
        title=title,
        x_label="epoch",
        y_label="% of the validation set",
        has_marks=True,
    )
