"""The charts of a report: cumulative errors, AuC over colorfulness, palettes, quality and time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.bins import cic_bins
from photochrom.color.lab import lab_to_srgb
from photochrom.evaluation.contestants.baselines import BASELINES
from photochrom.evaluation.findings.curves import palettes
from photochrom.evaluation.findings.findings import Findings
from photochrom.evaluation.findings.summary import Summary
from photochrom.report.chart import Chart, Series, draw_chart

F64 = NDArray[np.float64]

_SHOWN_ERRORS: Final = 61  # ab errors 0 to 60: beyond, all curves lie together
_EDGE: Final = 11  # cells from the middle of a palette to its edge
_CELL_PX: Final = 10
_SHOWN_LIGHTNESS: Final = 65.0
_FAINTEST: Final = 1e-3  # percent of all pixels that can just be seen in a palette
_FULL: Final = 10.0  # percent from which a cell is opaque


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


@dataclass(frozen=True, slots=True)
class ColorCell:
    """A cell of a palette, in pixels of its picture."""

    x: int
    y: int
    color: str
    opacity: float
    title: str


@dataclass(frozen=True, slots=True)
class Palette:
    """Which colors a set of pictures has: a* to the right, b* up."""

    name: str
    cells: Sequence[ColorCell]


def palette_plots(found: Findings) -> list[Palette]:
    """Draw the palette of the originals and of every model."""
    truth, by_model = palettes(found.evaluation)
    named = {"originals": truth, **by_model}
    return [Palette(name, _cells(shares)) for name, shares in named.items()]


def _cells(shares: F64) -> list[ColorCell]:
    """Draw the cells that can be seen; opacity grows with the logarithm of the share."""
    bins = cic_bins()
    lab = np.column_stack([np.full(len(bins), _SHOWN_LIGHTNESS), bins])
    colors = np.rint(lab_to_srgb(lab).clip(0, 1) * 255).astype(int)
    opacity = np.log(np.maximum(shares, 1e-12) / _FAINTEST) / np.log(_FULL / _FAINTEST)
    return [
        ColorCell(
            x=int((bins[place, 0] / _CELL_PX + _EDGE) * _CELL_PX),
            y=int((_EDGE - bins[place, 1] / _CELL_PX) * _CELL_PX),
            color="#{:02x}{:02x}{:02x}".format(*colors[place]),
            opacity=round(min(float(opacity[place]), 1.0), 2),
            title=f"a* {bins[place, 0]:.0f}, b* {bins[place, 1]:.0f}: {shares[place]:.2g} %",
        )
        for place in np.flatnonzero(opacity > 0)
    ]
