"""The report of an auditor's training: a page, the same as JSON, and every pair as CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.audit.auditor_card import CHANCE, CONTROLS
from photochrom.lab.auditor.audit import Audit, interval_of
from photochrom.lab.auditor.learn import maps
from photochrom.lab.auditor.rates import DetectionRate
from photochrom.picture.pixels import resize, to_gray
from photochrom.report.chart import Chart, Series, draw_chart
from photochrom.report.folder import write_folder
from photochrom.report.page import render_page
from photochrom.report.preview import array_preview, tinted
from photochrom.report.sheet import Shown, both_ends
from photochrom.texts import csv_text

U8 = NDArray[np.uint8]

EXTREMES: Final = 10  # most artificial and most real pairs, as the paper shows
_FOOLED_SHOWN: Final = 20
_ROWS: Final = 500
_PREVIEW: Final = 192  # pixels a side at least
_STRONGEST: Final = 0.8  # of the tint over the gray picture


@dataclass(frozen=True, slots=True)
class PairRow:
    """One test pair, as table and CSV have it: probabilities of being a photograph."""

    name: str
    label: str
    truth: float
    output: float
    is_fooled: bool


@dataclass(frozen=True, slots=True)
class ControlRow:
    """One control, as the page shows it."""

    meaning: str
    value: str
    interval: str
    is_passed: bool


def write_report(found: Audit, folder: Path) -> None:
    """Write report.html, report.json, pairs.csv and curves.csv.

    Args:
        found: what came of an audit.
        folder: made when missing; an earlier report is replaced.

    Raises:
        InputError: when the folder cannot be written to.
    """
    files = {
        "pairs.csv": _pairs_csv(found),
        "curves.csv": _curves_csv(found),
        "report.html": report_page(found),
    }
    write_folder(folder, report_json(found), files)


def report_json(found: Audit) -> dict[str, Any]:
    """Give the content of report.json: the same for the same photographs, model and settings."""
    card = found.card()
    return {
        "auditor": {
            "pair_fooled": found.fooled.value,
            "interval": interval_of(found.fooled),
            "accuracy": found.accuracy,
            "accuracy_per_epoch": card["accuracy_per_epoch"],
            "epoch": found.learned.chosen,
            "calibration": card["calibration"],
            "network": found.settings.network,
        },
        "controls": {
            **{name: rate.value for name, rate in found.controls.items()},
            "intervals": {name: interval_of(rate) for name, rate in found.controls.items()},
        },
        "verdict": found.verdict.word,
        "words": found.verdict.words,
        "model": {"name": found.model, "sha256": found.model_sha256},
        "pairs": len(found.pair_set.pairs),
        "test_pairs": len(found.test),
        "left_out": {reason: list(names) for reason, names in found.pair_set.dropped.items()},
        "settings": found.settings.to_dict(),
    }


def terminal_lines(found: Audit) -> list[str]:
    """Say numbers, controls and verdict for a terminal."""
    lines = [f"fooled {_percent(found.fooled)} of {len(found.test)} pairs (published: 2.9 %)"]
    epoch = f"epoch {found.learned.chosen} of {len(found.learned.epochs)}"
    lines.append(f"right about {100 * found.accuracy:.1f} % of single pictures ({epoch})")
    lines += [
        f"AUC {row.value} ({row.interval}) from {row.meaning}" for row in _control_rows(found)
    ]
    return [*lines, found.verdict.words]


def report_page(found: Audit) -> str:
    """Render the report as one self-contained HTML page."""
    rows = _rows(found)
    order = [int(n) for n in np.argsort(found.artificial, kind="stable")]
    fooled = [n for n in order[::-1] if rows[n].is_fooled]
    artificial, real = both_ends(order, EXTREMES)
    content = {
        "title": f"Audit of {found.model}",
        "verdict": found.verdict,
        "tally": found.pair_set.tally(),
        "found": found,
        "fooled": _percent(found.fooled),
        "accuracy": f"{100 * found.accuracy:.1f} %",
        "calibration": found.calibration,
        "controls": _control_rows(found),
        "chart_drawn": _curve(found),
        "columns": _columns(found),
        "sheets": [
            ("fooled", "Fooled", _FOOLED_WORDS, _shown(found, fooled[:_FOOLED_SHOWN], rows)),
            ("artificial", "Most artificial", "", _shown(found, artificial, rows)),
            ("real", "Most real", "", _shown(found, real, rows)),
        ],
        "rows": [rows[n] for n in order[:_ROWS]],
        "total": len(rows),
        "has_map": found.learned.network.has_map,
    }
    return render_page("auditor.html", content)


_FOOLED_WORDS: Final = "The colorized picture was judged more real than the photograph."


def _rows(found: Audit) -> list[PairRow]:
    truth, output = (1 / (1 + np.exp(-logits)) for logits in (found.real, found.artificial))
    is_fooled = found.artificial > found.real
    return [
        PairRow(pair.name, pair.label, float(truth[n]), float(output[n]), bool(is_fooled[n]))
        for n, pair in enumerate(found.test)
    ]


def _percent(rate: DetectionRate) -> str:
    low, high = 100 * rate.interval.low, 100 * rate.interval.high
    return f"{100 * rate.value:.1f} % ({low:.1f} to {high:.1f})"


def _control_rows(found: Audit) -> list[ControlRow]:
    return [
        ControlRow(
            meaning=CONTROLS[name],
            value=f"{rate.value:.3f}",
            interval=f"{rate.interval.low:.3f} to {rate.interval.high:.3f}",
            is_passed=not rate.interval.excludes(CHANCE),
        )
        for name, rate in found.controls.items()
    ]


def _curve(found: Audit) -> Chart:
    epochs = list(enumerate(found.learned.epochs, start=1))
    return draw_chart(
        [
            Series("right about single pictures", [(n, 100 * e.accuracy) for n, e in epochs], 1),
            Series("fooled by a pair", [(n, 100 * e.pair_fooled) for n, e in epochs], 0),
        ],
        title=f"Accuracy on the validation pairs by epoch; epoch {found.learned.chosen} counts",
        x_label="epoch",
        y_label="% of the validation set",
        has_marks=True,
    )


def _columns(found: Audit) -> tuple[str, ...]:
    where = ("where it looks artificial",) if found.learned.network.has_map else ()
    return ("colorized", *where, "photograph")


def _shown(found: Audit, places: Sequence[int], rows: Sequence[PairRow]) -> list[Shown]:
    """Prepare pairs for a sheet."""
    return [_one_shown(found, place, rows[place]) for place in places]


def _one_shown(found: Audit, place: int, row: PairRow) -> Shown:
    output, truth = found.test_sides.artificial[place], found.test_sides.real[place]
    pictures = [output.numpy()]
    told = [f"{100 * row.output:.0f} % a photograph; the true one {100 * row.truth:.0f} %"]
    if found.learned.network.has_map:
        logits = maps(found.learned.network, output[None])[0]
        artificial = 1 / (1 + np.exp(logits / found.calibration.temperature))
        coarse = np.rint(255 * artificial).astype(np.uint8)[..., None]
        strength = _STRONGEST * resize(coarse, *output.shape[:2])[..., 0] / 255
        pictures.append(tinted(to_gray(pictures[0]).astype(float), strength))
        told.append("")
    return Shown(
        name=row.name,
        label=row.label,
        previews=[array_preview(enlarged(each)) for each in (*pictures, truth.numpy())],
        differences=[*told, ""],
    )


def enlarged(picture: U8) -> U8:
    """Enlarge small pictures (H, W, 3) by a whole number, so that one can see something."""
    height, width = picture.shape[:2]
    factor = max(1, -(-_PREVIEW // max(height, width)))
    return resize(picture, height * factor, width * factor)


def _pairs_csv(found: Audit) -> str:
    rows = [("name", "label", "probability_truth", "probability_output", "fooled")]
    rows += [
        (row.name, row.label, f"{row.truth:.6f}", f"{row.output:.6f}", str(int(row.is_fooled)))
        for row in _rows(found)
    ]
    return csv_text(rows)


def _curves_csv(found: Audit) -> str:
    rows = [("epoch", "loss", "accuracy", "pair_fooled")]
    rows += [
        (str(n), f"{epoch.loss:.6f}", f"{epoch.accuracy:.6f}", f"{epoch.pair_fooled:.6f}")
        for n, epoch in enumerate(found.learned.epochs, start=1)
    ]
    return csv_text(rows)
