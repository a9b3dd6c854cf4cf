"""The charts of a report: cumulative errors, AuC over colorfulness, palettes, quality and time."""

from collections.abc import Sequence
from typing import Final

from photochrom.evaluation.contestants.baselines import BASELINES
from photochrom.evaluation.findings.curves import palettes
from photochrom.evaluation.findings.findings import Findings
from photochrom.evaluation.findings.summary import Summary
from photochrom.report.chart import Chart, Palette, Series, draw_chart, draw_palette

_SHOWN_ERRORS: Final = 61  # ab errors 0 to 60: beyond, all curves lie together


def error_chart(found: Findings) -> Chart:
    """Draw the share of pixels within a tolerance."""
    series = [
        _series(found.evaluation.models, model, list(enumerate(curve[:_SHOWN_ERRORS].tolist())))
        for model, curve in found.errors.items()
    ]
    return draw_chart(
        series,
        title="Share of pixels whose color is off by at most so much",
        x_label="ab error of at most",
        y_label="% of pixels",
    )


def strength_chart(found: Findings, column: int, name: str) -> Chart:
    """Draw an AuC over colorfulness; the column is 1 for AuC, 2 for AuC rebalanced."""
    series = [
        _series(
            found.evaluation.models,
            model,
            [(100 * point[0], point[column]) for point in curve.tolist()],
        )
        for model, curve in found.strengths.items()
    ]
    return draw_chart(
        series,
        title=f"{name} over colorfulness, when all colors are made weaker or stronger",
        x_label="colorfulness, % of the originals",
        y_label=f"{name}, %",
        has_marks=True,
    )


def time_chart(summaries: Sequence[Summary]) -> Chart | None:
    """Draw AuC rebalanced over seconds per picture; None when no model was timed."""
    models = [each.model for each in summaries]
    series = [
        _series(models, each.model, [(each.seconds_per_picture, each.value("auc_rebalanced"))])
        for each in summaries
        if each.seconds_per_picture is not None and each.model not in BASELINES
    ]
    if not series:
        return None
    return draw_chart(
        series,
        title="AuC rebalanced over time per picture",
        x_label="seconds per picture, one core",
        y_label="AuC rebalanced, %",
        has_marks=True,
    )


def _series(models: Sequence[str], model: str, points: Sequence[tuple[float, float]]) -> Series:
    """Give a model the same color in every chart."""
    return Series(model, points, number=models.index(model), is_quiet=model in BASELINES)


def palette_plots(found: Findings) -> list[Palette]:
    """Draw the palette of the originals and of every model."""
    truth, by_model = palettes(found.evaluation)
    return [draw_palette(name, shares) for name, shares in {"originals": truth, **by_model}.items()]
