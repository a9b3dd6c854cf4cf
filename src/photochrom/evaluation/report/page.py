"""The report of an evaluation as one HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass

from photochrom.evaluation.contestants.baselines import BASELINES, GRAY
from photochrom.evaluation.features import PER_PICTURE
from photochrom.evaluation.findings.findings import Findings
from photochrom.evaluation.findings.summary import PALETTE, Estimate, Summary, rounded
from photochrom.evaluation.report.finding_tables import finding_tables
from photochrom.evaluation.report.plots import (
    error_chart,
    palette_plots,
    strength_chart,
    time_chart,
)
from photochrom.evaluation.report.published import PUBLISHED
from photochrom.evaluation.report.sheets import sheets
from photochrom.evaluation.report.tables import ARROWS, COLUMNS, formatted, signed
from photochrom.metrics.definitions import METRICS, Better
from photochrom.metrics.rarity import load_prior
from photochrom.report.page import render_page


@dataclass(frozen=True, slots=True)
class TableCell:
    """One number of the table as shown."""

    value: str
    interval: str
    is_best: bool
    over_gray: str
    raw: float | None


@dataclass(frozen=True, slots=True)
class TableRow:
    """One model of the table as shown."""

    model: str
    is_baseline: bool
    cells: list[TableCell]


def report_page(found: Findings, *, pinned: str) -> str:
    """Render the report: numbers with intervals, what they mean, curves and contact sheets.

    Args:
        found: what an evaluation says; the colorizers run once more on the pictures shown.
        pinned: the protocol file that repeats it.

    Returns:
        A self-contained HTML document, the same for the same measurements.
    """
    evaluation, summaries = found.evaluation, found.summaries
    names = _columns(summaries)
    columns = [GRAY, *(model for model in evaluation.models if model != GRAY)]
    content = {
        "title": "Colorizers measured",
        "count": len(evaluation.pictures),
        "protocol": evaluation.protocol,
        "evaluation": evaluation,
        "prior": load_prior().sha256,
        "metrics": [METRICS[name] for name in names],
        "arrows": ARROWS,
        "falling": [Better.HIGHER, Better.NEAR],
        "rows": table_rows(summaries),
        "truth": formatted("colorfulness_truth", summaries[0].value("colorfulness_truth")),
        "columns": [*columns, "original"],
        "sheets": sheets(evaluation, columns),
        "error_chart": error_chart(found),
        "strength_charts": [
            strength_chart(found, column, METRICS[name].title)
            for column, name in ((1, "auc"), (2, "auc_rebalanced"))
        ],
        "palettes": palette_plots(found),
        "pinned": pinned,
        "published": PUBLISHED,
        **finding_tables(found),
    }
    return render_page("evaluation.html", content)


def timing_page(summaries: Sequence[Summary]) -> str:
    """Render the page of times, apart from the report, which is the same bytes twice."""
    rows = [
        {
            "model": each.model,
            "seconds": "—"
            if each.seconds_per_picture is None
            else f"{each.seconds_per_picture:.3f}",
            "quality": formatted("auc_rebalanced", each.value("auc_rebalanced")),
        }
        for each in summaries
    ]
    content = {"title": "Quality and time", "rows": rows, "drawn": time_chart(summaries)}
    return render_page("timing.html", content)


def table_rows(summaries: Sequence[Summary]) -> list[TableRow]:
    """Format every model's numbers and mark the best of each column."""
    names = _columns(summaries)
    best = {name: _best(summaries, name) for name in names}
    return [
        TableRow(
            model=summary.model,
            is_baseline=summary.model in BASELINES,
            cells=[_cell(summary, name, summary.model in best[name]) for name in names],
        )
        for summary in summaries
    ]


def _columns(summaries: Sequence[Summary]) -> list[str]:
    """Choose the metrics shown: those of every report, and those of a network that was given."""
    given = [name for name in PER_PICTURE if name in summaries[0].estimates]
    return [*COLUMNS, PALETTE, *given]


def _best(summaries: Sequence[Summary], name: str) -> set[str]:
    """Find the models that lead a column as printed; none where a metric only describes."""
    goals = {
        Better.HIGHER: lambda summary: -summary.value(name),
        Better.LOWER: lambda summary: summary.value(name),
        Better.NEAR: lambda summary: abs(summary.value(name) - summary.value("colorfulness_truth")),
    }
    goal = goals.get(METRICS[name].better)
    if goal is None:
        return set()
    leader = min(summaries, key=goal)
    leading = formatted(name, leader.value(name))
    return {s.model for s in summaries if formatted(name, s.value(name)) == leading}


def _cell(summary: Summary, name: str, is_best: bool) -> TableCell:
    """Format one number, its interval and, for models, the paired difference to gray."""
    estimate = summary.estimates[name]
    is_model = summary.model != GRAY
    return TableCell(
        value=formatted(name, estimate.value),
        interval=_range(name, estimate),
        is_best=is_best,
        over_gray=_difference(name, summary.over_gray[name]) if is_model else "",
        raw=rounded(estimate.value),
    )


def _range(name: str, estimate: Estimate) -> str:
    """Print an interval."""
    low, high = estimate.interval.low, estimate.interval.high
    return f"{formatted(name, low)} … {formatted(name, high)}"


def _difference(name: str, over_gray: Estimate) -> str:
    """Print a difference to gray, or say that it is inside the noise."""
    if not over_gray.interval.excludes(0.0):
        return "\N{ALMOST EQUAL TO} gray"
    return f"{signed(over_gray.value, METRICS[name].digits)} to gray"
