"""The report of an evaluation as one HTML page."""

from collections.abc import Sequence

from photochrom.evaluation.contestants.baselines import GRAY
from photochrom.evaluation.findings.findings import Findings
from photochrom.evaluation.findings.summary import Summary
from photochrom.evaluation.report.plots import (
    error_chart,
    palette_plots,
    strength_chart,
    time_chart,
)
from photochrom.evaluation.report.published import PUBLISHED, Published
from photochrom.evaluation.report.sheets import sheets
from photochrom.evaluation.report.tables import columns_of, finding_tables, formatted, models_table
from photochrom.metrics.definitions import METRICS
from photochrom.metrics.rarity import load_prior
from photochrom.report.page import render_page
from photochrom.report.table import Column, Table


def report_page(found: Findings, *, pinned: str) -> str:
    """Render the report: numbers with intervals, what they mean, curves and contact sheets.

    Args:
        found: what an evaluation says; the colorizers run once more on the pictures shown.
        pinned: the protocol file that repeats it.

    Returns:
        A self-contained HTML document, the same for the same measurements.
    """
    evaluation, summaries = found.evaluation, found.summaries
    sources = [Column[Published]("method", "Method")]
    sources += [Column(name, name) for name in Published._fields[1:]]
    columns = [GRAY, *(model for model in evaluation.models if model != GRAY)]
    content = {
        "title": "Colorizers measured",
        "count": len(evaluation.pictures),
        "protocol": evaluation.protocol,
        "evaluation": evaluation,
        "failures": [f"{each.name}: {each.failure}" for each in evaluation.failures],
        "prior": load_prior().sha256,
        "metrics": [METRICS[name] for name in columns_of(summaries)],
        "numbers": models_table(summaries),
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
        "published": Table(sources, PUBLISHED),
        **finding_tables(found),
    }
    return render_page("evaluation.html", content)


def timing_page(summaries: Sequence[Summary]) -> str:
    """Render the page of times, apart from the report, which is the same bytes twice."""
    columns: list[Column[Summary]] = [
        Column("model", "Model"),
        Column("seconds_per_picture", "seconds", digits=3),
        Column(
            title="AuC rebalanced ↑",
            show=lambda each: formatted("auc_rebalanced", each.value("auc_rebalanced")),
        ),
    ]
    content = {
        "title": "Quality and time",
        "times": Table(columns, summaries),
        "drawn": time_chart(summaries),
    }
    return render_page("timing.html", content)
