"""The report of an evaluation as one HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.evaluation.baselines import BASELINES, GRAY
from photochrom.evaluation.findings import Findings
from photochrom.evaluation.measure import RATIOS, Truth
from photochrom.evaluation.measured import Evaluation
from photochrom.evaluation.summary import Estimate, Summary
from photochrom.evaluation.tables import ARROWS, COLUMNS, formatted
from photochrom.metrics.definitions import METRICS, Better
from photochrom.metrics.rarity import load_prior
from photochrom.report.page import render_page
from photochrom.report.preview import array_preview

_PER_SHEET: Final = 6
_SORTED_BY: Final = "delta_e"
_SHEET_SEED: Final = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of the table as shown."""

    value: str
    interval: str
    is_best: bool
    over_gray: str


@dataclass(frozen=True, slots=True)
class Row:
    """One model of the table as shown."""

    model: str
    is_baseline: bool
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of a contact sheet: previews in the order of the sheet's columns."""

    name: str
    label: str
    previews: list[str]
    differences: list[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Pictures shown for one reason."""

    title: str
    meaning: str
    pictures: list[Shown]


def report_page(found: Findings) -> str:
    """Render the report: numbers with intervals, what they mean, curves and contact sheets.

    Args:
        found: what an evaluation says; the colorizers run once more on the pictures shown.

    Returns:
        A self-contained HTML document, the same for the same measurements.
    """
    evaluation, summaries = found.evaluation, found.summaries
    shown_models = [model for model in evaluation.models if model != GRAY]
    content = {
        "title": "Colorizers measured",
        "count": len(evaluation.pictures),
        "protocol": evaluation.protocol,
        "gray_originals": len(evaluation.gray_originals),
        "failures": evaluation.failures,
        "prior": load_prior().sha256,
        "metrics": [METRICS[name] for name in COLUMNS],
        "arrows": ARROWS,
        "rows": table_rows(summaries),
        "truth": formatted("colorfulness_truth", summaries[0].value("colorfulness_truth")),
        "columns": [GRAY, *shown_models, "original"],
        "sheets": _sheets(evaluation, shown_models),
    }
    return render_page("evaluation.html", content)


def table_rows(summaries: Sequence[Summary]) -> list[Row]:
    """Format every model's numbers and mark the best of each column."""
    best = {name: _best(summaries, name) for name in COLUMNS}
    return [
        Row(
            model=summary.model,
            is_baseline=summary.model in BASELINES,
            cells=[_cell(summary, name, summary.model in best[name]) for name in COLUMNS],
        )
        for summary in summaries
    ]


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


def _cell(summary: Summary, name: str, is_best: bool) -> Cell:
    """Format one number, its interval and, for models, the paired difference to gray."""
    estimate = summary.estimates[name]
    is_model = summary.model != GRAY
    return Cell(
        value=formatted(name, estimate.value),
        interval=_range(name, estimate),
        is_best=is_best,
        over_gray=_difference(name, summary.over_gray[name]) if is_model else "",
    )


def _range(name: str, estimate: Estimate) -> str:
    """Print an interval."""
    low, high = estimate.interval.low, estimate.interval.high
    return f"{formatted(name, low)} … {formatted(name, high)}"


def _difference(name: str, over_gray: Estimate) -> str:
    """Print a difference to gray, or say that it is inside the noise."""
    if not over_gray.interval.excludes(0.0):
        return "\N{ALMOST EQUAL TO} gray"
    value = f"{over_gray.value:+.{METRICS[name].digits}f}"
    return f"{value} to gray".replace("-", "\N{MINUS SIGN}")


def _sheets(evaluation: Evaluation, models: Sequence[str]) -> list[Sheet]:
    """Choose the first model's best and worst pictures, and random ones."""
    scores = evaluation.values[0, :, RATIOS.index(_SORTED_BY)]
    order = np.argsort(scores, kind="stable")
    first = evaluation.models[0]
    random = np.random.default_rng(_SHEET_SEED).permutation(len(order))
    if first == GRAY:
        chosen = [("Random", "Drawn by lot, always the same draw.", random)]
    else:
        chosen = [
            ("Random", "Drawn by lot, always the same draw: what to expect.", random),
            ("Worst", f"Where {first} looks least like the originals, by ΔE00.", order[::-1]),
            ("Best", f"Where {first} looks most like the originals, by ΔE00.", order),
        ]
    return [
        Sheet(title, meaning, _shown(evaluation, models, positions[:_PER_SHEET]))
        for title, meaning, positions in chosen
    ]


def _shown(
    evaluation: Evaluation, models: Sequence[str], positions: NDArray[np.int64]
) -> list[Shown]:
    """Color the chosen pictures once more and make previews."""
    return [_shown_one(evaluation, models, int(position)) for position in positions]


def _shown_one(evaluation: Evaluation, models: Sequence[str], position: int) -> Shown:
    """Prepare one picture: gray, every model, the original."""
    result = evaluation.pictures[position]
    truth = Truth(evaluation.originals.rgb(result.index))
    columns = [GRAY, *models]
    colored = [evaluation.contestants[model](result.index, truth.gray).rgb for model in columns]
    rows = [evaluation.models.index(model) for model in columns]
    differences = evaluation.values[rows, position, RATIOS.index(_SORTED_BY)]
    return Shown(
        name=result.name,
        label=result.label,
        previews=[array_preview(picture) for picture in (*colored, truth.rgb)],
        differences=[f"ΔE {formatted(_SORTED_BY, value)}" for value in differences] + [""],
    )
