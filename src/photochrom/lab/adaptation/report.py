"""The report of an adaptation: one HTML page, and a table for the terminal."""

from typing import Final

import numpy as np

from photochrom.color.lab import srgb_to_gray
from photochrom.engine.resample import resample
from photochrom.evaluation.contestants.baselines import colorize_gray
from photochrom.lab.adaptation.adapt import Adaptation
from photochrom.lab.adaptation.judge import Score, sample
from photochrom.lab.adaptation.validate import BASE
from photochrom.metrics.equal import EQUAL_SHARE
from photochrom.metrics.histogram import color_counts
from photochrom.picture.pixels import put_chroma
from photochrom.report.chart import Palette, draw_palette
from photochrom.report.page import render_page
from photochrom.report.sheet import Shown
from photochrom.report.table import Cell, Column, Table
from photochrom.report.words import between, number, percent

_ADAPTED: Final = "adapted"


def scores_table(found: Adaptation) -> Table[tuple[str, Score]]:
    """Lay out the scores of all contestants, adapted first."""
    scores = found.validation.scores
    least = min(score.error for score in scores.values())
    has_background = any(np.isfinite(score.background).any() for score in scores.values())

    def background(row: tuple[str, Score]) -> str:
        known = row[1].background[np.isfinite(row[1].background)]
        return f"{known.mean():.2f}" if known.size else ""

    columns: list[Column[tuple[str, Score]]] = [
        Column(title="Colors of", show=lambda row: row[0], terminal="colors of"),
        Column(
            title="ab error ↓",
            show=lambda row: Cell(
                number(row[1].error, 2), mark="best" if row[1].error == least else ""
            ),
            below="objects" if found.task.shape.has_objects else "whole picture",
            terminal="ab error ↓",
        ),
        Column(
            title="ab error ↓" if has_background else "",
            show=background,
            below="background",
            terminal="background ↓" if has_background else "",
        ),
        Column(
            title="palette ↓",
            of=lambda row: row[1].palette,
            below="distance",
            terminal="palette ↓",
        ),
        Column(
            title="colorfulness",
            of=lambda row: row[1].colorfulness,
            below="of the truth\N{RIGHT SINGLE QUOTATION MARK}s",
            terminal="colorfulness",
        ),
    ]
    return Table(columns, list(scores.items()), is_quiet=lambda row: row[0] != _ADAPTED)


def report_page(found: Adaptation) -> str:
    """Render the report.

    Args:
        found: what came of an adaptation.

    Returns:
        A self-contained HTML document, the same for the same adaptation.
    """
    verdict, validation = found.verdict, found.validation
    accuracy = validation.label_accuracy
    content = {
        "title": f"Adapted: {found.card.name}",
        "words": verdict.words,
        "tally": found.intake.tally(),
        "dropped": found.intake.dropped,
        "is_gain": verdict.is_gain,
        "method": validation.final,
        "scores": scores_table(found),
        "share": EQUAL_SHARE,
        "rival": verdict.rival,
        "interval": between(verdict.interval, 2, has_sign=True),
        "count": len(validation.held_out),
        "label_accuracy": "" if accuracy is None else percent(accuracy, 0),
        "palettes": _palettes(found),
        "pictures": _pictures(found),
    }
    return render_page("adaptation.html", content)


def _pictures(found: Adaptation) -> list[Shown]:
    """Show every held-out photograph, the greatest gain first."""
    validation, task = found.validation, found.task
    base, adapted = (validation.scores[name].errors for name in (BASE, _ADAPTED))
    pictures = []
    for row in np.argsort(adapted - base, kind="stable").tolist():
        place = validation.held_out[row]
        photo = task.photos[place]
        gray = np.rint(255 * srgb_to_gray(photo.rgb / 255)).astype(np.uint8)
        shown = [colorize_gray(gray)]
        for name in (BASE, _ADAPTED):
            chroma = validation.painted[name][place] * np.float32(task.saturation)
            wide = np.moveaxis(resample(chroma, *photo.rgb.shape[:2]), 0, -1)
            shown.append(put_chroma(gray, np.ascontiguousarray(wide)))
        told = ["", f"ab error {base[row]:.1f}", f"ab error {adapted[row]:.1f}"]
        pictures.append(Shown.of(photo.name, photo.label, [*shown, photo.rgb], told))
    return pictures


def _palettes(found: Adaptation) -> list[Palette]:
    """Draw which colors the objects have: before, after and in truth."""
    validation, task = found.validation, found.task
    pictures = {place: task.pictures[place] for place in validation.held_out}
    clouds = {
        name: [task.saturation * sample(validation.painted[key][p], w) for p, w in pictures.items()]
        for name, key in (("before", BASE), ("after", _ADAPTED))
    }
    clouds["truth"] = [sample(picture.truth, picture) for picture in pictures.values()]
    drawn = []
    for name, cloud in clouds.items():
        colors = np.concatenate(cloud)
        counts = color_counts(np.column_stack([np.zeros(len(colors)), colors]).astype(np.float32))
        drawn.append(draw_palette(name, 100 * counts / counts.sum()))
    return drawn
