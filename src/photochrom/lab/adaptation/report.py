"""The report of an adaptation: one HTML page, the same as JSON, and a table for the terminal."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.box import SIMPLE_HEAD
from rich.table import Table

from photochrom.color.lab import lightness_to_gray, srgb_to_gray
from photochrom.engine.resample import resample
from photochrom.evaluation.contestants.baselines import colorize_gray
from photochrom.lab.adaptation.adapt import Adaptation
from photochrom.lab.adaptation.judge import Score, sample
from photochrom.lab.adaptation.validate import BASE
from photochrom.lab.training.records.figures import INK, new_figure, pixels_of, quiet
from photochrom.metrics.equal import EQUAL_SHARE
from photochrom.picture.pixels import put_chroma
from photochrom.report.folder import write_folder
from photochrom.report.page import render_page
from photochrom.report.preview import array_preview
from photochrom.report.sheet import Shown

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

_ADAPTED: Final = "adapted"
_REACH: Final = 80  # ab units that a palette shows in each direction
_CELLS: Final = 81


@dataclass(frozen=True, slots=True)
class MethodRow:
    """One contestant of the table as shown."""

    name: str
    error: str
    background: str
    palette: str
    colorfulness: str
    is_best: bool
    is_adapted: bool


def write_report(found: Adaptation, folder: Path) -> None:
    """Write report.html and report.json.

    Args:
        found: what came of an adaptation.
        folder: made when missing; an earlier report is replaced.

    Raises:
        InputError: when the folder cannot be written to.
    """
    write_folder(folder, found.summary(), {"report.html": report_page(found)})


def terminal_table(found: Adaptation) -> Table:
    """Lay the scores out for a terminal."""
    rows = _rows(found)
    has_background = any(row.background for row in rows)
    caption = (
        f"held-out photographs at {EQUAL_SHARE} of the truth's colorfulness; ↓ lower is better"
    )
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=caption, caption_justify="left")
    table.add_column("colors of")
    heads = ["ab error ↓", "background ↓", "palette ↓", "colorfulness"]
    for head in heads if has_background else [heads[0], *heads[2:]]:
        table.add_column(head, justify="right", no_wrap=True)
    for row in rows:
        beside = [row.background] if has_background else []
        table.add_row(row.name, row.error, *beside, row.palette, row.colorfulness)
    return table


def report_page(found: Adaptation) -> str:
    """Render the report.

    Args:
        found: what came of an adaptation.

    Returns:
        A self-contained HTML document, the same for the same adaptation.
    """
    rows, verdict, validation = _rows(found), found.verdict, found.validation
    accuracy = validation.label_accuracy
    content = {
        "title": f"Adapted: {found.card.name}",
        "words": verdict.words,
        "tally": found.intake.tally(),
        "dropped": found.intake.dropped,
        "is_gain": verdict.is_gain,
        "method": validation.final,
        "rows": rows,
        "where": "objects" if found.task.shape.has_objects else "whole picture",
        "has_background": any(row.background for row in rows),
        "share": EQUAL_SHARE,
        "rival": verdict.rival,
        "interval": f"{verdict.interval.low:+.2f} … {verdict.interval.high:+.2f}",
        "count": len(validation.held_out),
        "label_accuracy": "" if accuracy is None else f"{100 * accuracy:.0f} %",
        "palettes": array_preview(_palettes(found)),
        "pictures": _pictures(found),
    }
    return render_page("adaptation.html", content)


def _rows(found: Adaptation) -> list[MethodRow]:
    """Format the scores, adapted first."""
    scores = found.validation.scores
    least = min(score.error for score in scores.values())
    return [
        MethodRow(
            name=name,
            error=f"{score.error:.2f}",
            background=_background(score),
            palette=f"{score.palette:.2f}",
            colorfulness=f"{score.colorfulness:.2f}",
            is_best=score.error == least,
            is_adapted=name == _ADAPTED,
        )
        for name, score in scores.items()
    ]


def _background(score: Score) -> str:
    known = score.background[np.isfinite(score.background)]
    return f"{known.mean():.2f}" if known.size else ""


def _pictures(found: Adaptation) -> list[Shown]:
    """Show every held-out photograph, the greatest gain first."""
    validation = found.validation
    base, adapted = (validation.scores[name].errors for name in (BASE, _ADAPTED))
    order = np.argsort(adapted - base, kind="stable")
    return [
        _shown(found, validation.held_out[row], float(base[row]), float(adapted[row]))
        for row in order.tolist()
    ]


def _shown(found: Adaptation, place: int, before: float, after: float) -> Shown:
    photo = found.task.photos[place]
    saturation = np.float32(found.task.saturation)
    size = photo.rgb.shape[:2]
    gray = np.rint(255 * srgb_to_gray(photo.rgb / 255)).astype(np.uint8)
    colored = [
        put_chroma(gray, _at_size(found.validation.painted[name][place] * saturation, size))
        for name in (BASE, _ADAPTED)
    ]
    return Shown(
        name=photo.name,
        label=photo.label,
        previews=[array_preview(each) for each in (colorize_gray(gray), *colored, photo.rgb)],
        differences=["", f"ab error {before:.1f}", f"ab error {after:.1f}"],
    )


def _at_size(chroma: F32, size: tuple[int, int]) -> F32:
    """Bring chroma (2, h, w) to a larger picture (H, W, 2)."""
    return np.ascontiguousarray(np.moveaxis(resample(chroma, *size), 0, -1))


def _palettes(found: Adaptation) -> U8:
    """Plot where in the ab plane the objects' colors lie: base, adapted, truth."""
    validation, task = found.validation, found.task
    wholes = {place: task.wholes[place] for place in validation.held_out}
    clouds = {
        "before": [
            task.saturation * sample(validation.painted[BASE][p], w) for p, w in wholes.items()
        ],
        "after": [
            task.saturation * sample(validation.painted[_ADAPTED][p], w) for p, w in wholes.items()
        ],
        "truth": [sample(whole.truth, whole) for whole in wholes.values()],
    }
    figure = new_figure(1200, 430)
    figure.set_layout_engine("constrained", w_pad=0.1)
    for axes, (title, cloud) in zip(figure.subplots(1, 3), clouds.items(), strict=True):
        colors = np.clip(np.concatenate(cloud), -_REACH, _REACH)
        edges = np.linspace(-_REACH, _REACH, _CELLS)
        counts, _, _ = np.histogram2d(colors[:, 1], colors[:, 0], bins=(edges, edges))
        quiet(axes, title)
        reach = (-_REACH, _REACH, -_REACH, _REACH)
        axes.imshow(_tinted(counts), origin="lower", extent=reach)
        axes.axhline(0, color=INK, linewidth=0.4)
        axes.axvline(0, color=INK, linewidth=0.4)
        axes.set_xlabel("a*: green to red", fontsize=9)
        axes.set_ylabel("b*: blue to yellow" if title == "before" else "", fontsize=9)
    return pixels_of(figure)


def _tinted(counts: NDArray[np.float64]) -> U8:
    """Paint each cell of a histogram in its own color, stronger where more pixels are."""
    centers = (np.arange(len(counts)) + 0.5) / len(counts) * 2 * _REACH - _REACH
    b, a = np.meshgrid(centers, centers, indexing="ij")
    share = np.log1p(counts) / max(np.log1p(counts).max(), 1e-9)
    gray = lightness_to_gray(np.full(counts.shape, 65.0))
    chroma = np.stack([a, b], axis=-1).astype(np.float32)
    ink = put_chroma(np.rint(255 * gray).astype(np.uint8), chroma)
    paper = 255.0
    painted = paper + share[..., None] ** 0.7 * (ink - paper)
    return np.asarray(np.rint(painted), np.uint8)
