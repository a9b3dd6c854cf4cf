"""The report of an adaptation: one HTML page, and a table for the terminal."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from photochrom.arrays import F32, U8
from photochrom.color.lab import srgb_to_gray
from photochrom.engine.resample import resample
from photochrom.evaluation.contestants.baselines import colorize_gray
from photochrom.lab.adaptation.adapt import Adaptation
from photochrom.lab.adaptation.judge import Score, sample
from photochrom.lab.adaptation.photos import MOST_TARGETS, Photo
from photochrom.lab.adaptation.validate import BASE
from photochrom.metrics.equal import EQUAL_SHARE
from photochrom.metrics.histogram import color_counts
from photochrom.picture.pixels import put_chroma
from photochrom.report.chart import Palette, draw_palette
from photochrom.report.page import render_page
from photochrom.report.preview import Shown
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

    Returns:
        A self-contained HTML document, the same for the same adaptation.
    """
    verdict, validation = found.verdict, found.validation
    accuracy = validation.label_accuracy
    content = {
        "title": f"Adapted: {found.card.name}",
        "plain": plain_words(found),
        "words": verdict.words,
        "tally": found.intake.tally(),
        "dropped": found.intake.dropped,
        "is_written": found.is_written,
        "targets": _targets(found),
        "most_targets": MOST_TARGETS,
        "unread": found.unread,
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


def plain_words(found: Adaptation) -> str:
    """Say what came of it to somebody who knows no statistics."""
    verdict, scores = found.verdict, found.validation.scores
    after, before = scores[_ADAPTED].errors, scores[BASE].errors
    closer, count = int((after < before).sum()), len(after)
    share = after.mean() / before.mean() - 1
    tried = (
        f"Of {count} photographs whose colors it had not seen, it brought {closer} closer to the "
        f"truth than the old model did; the mean error is {percent(abs(share), 0)} "
        f"{'smaller' if share < 0 else 'larger'}."
    )
    if verdict.is_gain:
        return f"The new model colors photographs like yours better. {tried}"
    if verdict.grade == "likely":
        luck = f"That may be luck: about {percent(1 - verdict.certainty, 0)} says so."
        kept = "It was written all the same, as asked. " if found.is_written else ""
        return f"The new model is likely better, but not surely. {kept}{tried} {luck}"
    rule = "the old model" if verdict.rival == BASE else f"a simple rule ({verdict.rival})"
    return (
        f"No model was written: it could not be shown to color photographs like yours better than "
        f"{rule}. {tried} More photographs of one kind may help."
    )


def _targets(found: Adaptation) -> list[Shown]:
    """Show the gray pictures of the person who adapts, in the colors of both models."""
    saturation = found.task.saturation
    return [
        Shown.of(each.photo.name, "", _colored(each.photo, [each.before, each.after], saturation))
        for each in found.targets
    ]


def _colored(photo: Photo, chromas: Sequence[F32], saturation: float) -> list[U8]:
    """Show a photograph gray, and with chromas (2, h, w) of the working size as they are shown."""
    gray = np.rint(255 * srgb_to_gray(photo.rgb / 255)).astype(np.uint8)
    shown = [colorize_gray(gray)]
    for chroma in chromas:
        wide = np.moveaxis(resample(saturation * chroma, *photo.rgb.shape[:2]), 0, -1)
        shown.append(put_chroma(gray, np.ascontiguousarray(wide, np.float32)))
    return shown


def _pictures(found: Adaptation) -> list[Shown]:
    """Show every held-out photograph, the greatest gain first."""
    validation, task = found.validation, found.task
    base, adapted = (validation.scores[name].errors for name in (BASE, _ADAPTED))
    pictures = []
    for row in np.argsort(adapted - base, kind="stable").tolist():
        place = validation.held_out[row]
        photo = task.photos[place]
        chromas = [validation.painted[name][place] for name in (BASE, _ADAPTED)]
        shown = _colored(photo, chromas, task.saturation)
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
