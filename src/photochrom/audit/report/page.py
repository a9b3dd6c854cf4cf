"""The report of scored pictures: one HTML page with heat maps, and the files beside it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from photochrom.arrays import U8
from photochrom.audit.auditor import CONTROLS, Auditor
from photochrom.audit.detectors.detector import by_name
from photochrom.audit.examine import Examined
from photochrom.audit.report.tables import (
    FAULTS,
    JudgeRow,
    Ranked,
    controls_table,
    find_faults,
    judges_table,
    pictures_table,
)
from photochrom.audit.score import Scored
from photochrom.color.lab import srgb_to_gray
from photochrom.engine.resample import resample
from photochrom.errors import PhotochromError
from photochrom.metrics.intervals import Estimate, Interval
from photochrom.report.chart import Chart, Series, draw_chart
from photochrom.report.page import render_page, write_folder
from photochrom.report.preview import array_preview, both_ends, tinted
from photochrom.report.table import Table
from photochrom.report.words import number, percent, percents

_STRONGEST: Final = np.float32(0.85)  # of the tint over the gray picture


def _heat_of(picture: U8, examined: Examined, ranked: Ranked) -> U8:
    """Draw where a picture (H, W, 3) looks artificial; gives (H, W, 3) uint8.

    The strongest of all maps that have a say: the auditor's, and those of the detectors that raise
    an alarm, or of the loudest when none does, each at full strength where its detector says. A
    cast is everywhere, and is drawn only where nothing else is.
    """
    height, width = picture.shape[:2]
    maps = []
    if examined.judgement is not None and examined.judgement.map is not None:
        maps.append(examined.judgement.map)
    shown = ranked.alarms or (() if maps else ranked.reasons[:1])
    shown = tuple(each for each in shown if each.detector.has_place) or shown
    for reason in shown:
        name = reason.detector.name
        if name in examined.found:
            maps.append(examined.found[name].map / np.float32(by_name(name).full))
    heat = np.zeros((height, width), np.float32)
    for coarse in maps:
        kept = np.ascontiguousarray(coarse[:height, :width], np.float32)
        heat = np.maximum(heat, np.clip(resample(kept[None], height, width)[0], 0, 1))
    return tinted(255 * srgb_to_gray((picture / 255).astype(np.float32)), _STRONGEST * heat)


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
            heat=array_preview(_heat_of(picture, examined, ranked)),
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


WORST: Final = "worst.txt"
_NOBODY: Final = {
    "auditor": None,
    "controls": None,
    "verdict": "no fitting auditor: the detectors alone rank",
    "ranked_by": "detectors",
}
_TOLD: Final = 100  # pictures from either end that stand in report.json; pictures.csv has all


def write_outputs(scored: Scored, order: Sequence[Ranked], folder: Path, *, worst: int) -> None:
    """Write report.html, report.json, pictures.csv and worst.txt.

    Args:
        scored: what is known of all pictures.
        order: from most artificial to most real.
        folder: made when missing; an earlier report is replaced.
        worst: how many pictures the list holds.

    Raises:
        InputError: when the folder cannot be written to.
    """
    files: dict[str, str | bytes] = {
        "pictures.csv": pictures_table(scored, order).csv(),
        WORST: worst_list(scored, order[:worst]),
        "report.html": report_page(scored, order),
    }
    write_folder(folder, report(scored, order), files)


def report(scored: Scored, order: Sequence[Ranked]) -> dict[str, Any]:
    """Give the content of report.json."""
    errors = [each.row.ab_error for each in order if not np.isnan(each.row.ab_error)]
    artificial, real = both_ends(order, _TOLD)
    return {
        **(_NOBODY if scored.auditor is None else _ranked_by(scored.auditor)),
        "model": scored.model,
        "pictures": len(order),
        "gray": list(scored.gray),
        "failures": [{"picture": each.name, "reason": each.reason} for each in scored.failures],
        "without_truth": list(scored.without_truth),
        "warnings": list(scored.warnings),
        "collection_gray": [round(float(each), 3) for each in scored.reference],
        "ab_error": round(float(np.mean(errors)), 4) if errors else None,
        "detectors": Table(FAULTS, find_faults(order)).json(),
        "most_artificial": [_picture(scored, each) for each in artificial],
        "most_real": [_picture(scored, each) for each in real],
    }


def _ranked_by(auditor: Auditor) -> dict[str, Any]:
    """Say who ranks, and how far that can be believed."""
    card, controls = auditor.card, auditor.card.controls
    return {
        "auditor": {
            "name": auditor.name,
            "sha256": auditor.sha256,
            "model": card.model,
            "pair_fooled": card.pair_fooled,
            "interval": list(card.interval),
            "accuracy": card.accuracy,
            "accuracy_per_epoch": list(card.accuracy_per_epoch),
            "calibration": dict(card.calibration),
            "trained_on": card.trained_on,
        },
        "controls": {
            **{name: controls[name].value if name in controls else None for name in CONTROLS},
            "intervals": {name: list(each.interval) for name, each in controls.items()},
        },
        "verdict": card.verdict,
        "ranked_by": "auditor",
    }


def _picture(scored: Scored, ranked: Ranked) -> dict[str, Any]:
    row = ranked.row
    return {
        "picture": scored.result(row).name,
        "rank": ranked.rank,
        "artificial": round(ranked.artificial, 6),
        "probability": None if np.isnan(row.probability) else round(row.probability, 6),
        "ab_error": None if np.isnan(row.ab_error) else round(row.ab_error, 4),
        "scores": {each.detector.name: round(each.score, 4) for each in ranked.reasons},
        "alarms": [each.detector.name for each in ranked.alarms],
        "why": ranked.why,
    }


def worst_list(scored: Scored, worst: Sequence[Ranked]) -> bytes:
    """List the photographs behind the worst pictures, one path a line, for ``colorize --list``.

    That is the photograph that a manifest names, else the finished picture itself. Rows of Parquet
    files have no path of their own and are left out, and so are paths with a line feed.
    """
    lines: dict[bytes, None] = {}
    for each in worst:
        result = scored.result(each.row)
        path = result.path.absolute() if result.is_file else None
        if result.origin is not None and result.origin.source.exists():
            path = result.origin.source
        if path is not None and b"\n" not in os.fsencode(path):
            lines[os.fsencode(path) + b"\n"] = None
    return b"".join(lines)
