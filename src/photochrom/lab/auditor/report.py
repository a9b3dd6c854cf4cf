"""The report of an auditor's training: a page, the same as JSON, and every pair as CSV."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from photochrom.audit.auditor import CONTROLS
from photochrom.audit.report.page import accuracy_chart
from photochrom.audit.report.tables import JudgeRow, controls_table, judges_table
from photochrom.lab.auditor.audit import Audit, interval_of
from photochrom.lab.auditor.learn import Epoch, maps
from photochrom.metrics.intervals import Estimate
from photochrom.picture.pixels import resize, to_gray
from photochrom.report.page import render_page, write_folder
from photochrom.report.preview import Shown, both_ends, enlarged, tinted
from photochrom.report.table import Column, Table
from photochrom.report.words import between, percent, percents

EXTREMES: Final = 10  # most artificial and most real pairs, as the paper shows
_FOOLED_SHOWN: Final = 20
_ROWS: Final = 500
_STRONGEST: Final = 0.8  # of the tint over the gray picture


class JudgedPair(NamedTuple):
    """One test pair: probabilities of being a photograph."""

    name: str
    label: str
    truth: float
    output: float
    is_fooled: bool


_PAIRS: Final[Sequence[Column[JudgedPair]]] = (
    Column(
        "name",
        "Photograph",
        show=lambda each: " · ".join(filter(None, [each.name, each.label])),
    ),
    Column("label"),
    Column(
        title="colorized: P(photograph)", of=lambda each: each.output, digits=3, first="ascending"
    ),
    Column(
        "probability_truth",
        "truth: P(photograph)",
        lambda each: f"{each.truth:.6f}",
        lambda each: f"{each.truth:.3f}",
        first="descending",
    ),
    Column("probability_output", of=lambda each: f"{each.output:.6f}"),
    Column(
        "fooled",
        "fooled",
        lambda each: int(each.is_fooled),
        lambda each: "yes" if each.is_fooled else "",
        first="descending",
    ),
)
_EPOCHS: Final[Sequence[Column[tuple[int, Epoch]]]] = (
    Column("epoch", of=lambda each: each[0]),
    Column("loss", of=lambda each: f"{each[1].loss:.6f}"),
    Column("accuracy", of=lambda each: f"{each[1].accuracy:.6f}"),
    Column("pair_fooled", of=lambda each: f"{each[1].pair_fooled:.6f}"),
)


def write_report(found: Audit, folder: Path) -> None:
    """Write report.html, report.json, pairs.csv and curves.csv.

    Args:
        found: what came of an audit.
        folder: made when missing; an earlier report is replaced.

    Raises:
        InputError: when the folder cannot be written to.
    """
    files = {
        "pairs.csv": Table(_PAIRS, judged_pairs(found)).csv(),
        "curves.csv": Table(_EPOCHS, list(enumerate(found.learned.epochs, start=1))).csv(),
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
    lines = [f"fooled {_fooled(found)} of {len(found.test)} pairs (published: 2.9 %)"]
    epoch = f"epoch {found.learned.chosen} of {len(found.learned.epochs)}"
    lines.append(f"right about {percent(found.accuracy)} of single pictures ({epoch})")
    lines += [
        f"AUC {each.value:.3f} ({between(each.interval, 3, to='to')}) from {meaning}"
        for meaning, each in _controls(found).items()
    ]
    return [*lines, found.verdict.words]


def report_page(found: Audit) -> str:
    """Render the report as one self-contained HTML page."""
    pairs = judged_pairs(found)
    order = [int(n) for n in np.argsort(found.artificial, kind="stable")]
    fooled = [n for n in order[::-1] if pairs[n].is_fooled]
    artificial, real = both_ends(order, EXTREMES)
    learned = found.learned
    has_map = learned.network.has_map
    content = {
        "title": f"Audit of {found.model}",
        "verdict": found.verdict,
        "tally": found.pair_set.tally(),
        "found": found,
        "fooled": _fooled(found),
        "judges": judges_table(_judge(found), how="; both sides stored as files of their own"),
        "controls": controls_table(_controls(found), auc="AUC within pairs"),
        "chart_drawn": accuracy_chart(
            [epoch.accuracy for epoch in learned.epochs],
            [epoch.pair_fooled for epoch in learned.epochs],
            title=f"Accuracy on the validation pairs by epoch; epoch {learned.chosen} counts",
        ),
        "columns": ("colorized", *["where it looks artificial"] * has_map, "photograph"),
        "sheets": [
            (title.lower().split()[-1], title, words, [_shown(found, n, pairs[n]) for n in places])
            for title, words, places in (
                ("Fooled", _FOOLED_WORDS, fooled[:_FOOLED_SHOWN]),
                ("Most artificial", "", artificial),
                ("Most real", "", real),
            )
        ],
        "pairs": Table(_PAIRS, [pairs[n] for n in order[:_ROWS]]),
        "total": len(pairs),
    }
    return render_page("auditor.html", content)


_FOOLED_WORDS: Final = "The colorized picture was judged more real than the photograph."


def judged_pairs(found: Audit) -> list[JudgedPair]:
    """Give probabilities of all test pairs."""
    truth, output = (1 / (1 + np.exp(-logits)) for logits in (found.real, found.artificial))
    is_fooled = found.artificial > found.real
    return [
        JudgedPair(pair.name, pair.label, float(truth[n]), float(output[n]), bool(is_fooled[n]))
        for n, pair in enumerate(found.test)
    ]


def _fooled(found: Audit) -> str:
    return f"{percent(found.fooled.value)} ({percents(found.fooled.interval, to='to')})"


def _judge(found: Audit) -> JudgeRow:
    who, fooled = f"this auditor ({found.settings.network})", _fooled(found)
    shown = (fooled, "") if found.verdict.is_valid else ("no verdict", fooled)
    seen = f"{found.model}, {len(found.test)} pairs"
    return JudgeRow(who, shown[0], percent(found.accuracy), seen, remark=shown[1])


def _controls(found: Audit) -> dict[str, Estimate]:
    return {CONTROLS[n]: Estimate(rate.value, rate.interval) for n, rate in found.controls.items()}


def _shown(found: Audit, place: int, pair: JudgedPair) -> Shown:
    """Prepare a pair for a sheet."""
    output, truth = found.test_sides.artificial[place], found.test_sides.real[place]
    pictures = [output.numpy()]
    if found.learned.network.has_map:
        logits = maps(found.learned.network, output[None])[0]
        artificial = 1 / (1 + np.exp(logits / found.calibration.temperature))
        coarse = np.rint(255 * artificial).astype(np.uint8)[..., None]
        strength = _STRONGEST * resize(coarse, *output.shape[:2])[..., 0] / 255
        pictures.append(tinted(to_gray(pictures[0]).astype(float), strength))
    told = f"{percent(pair.output, 0)} a photograph; the true one {percent(pair.truth, 0)}"
    large = [enlarged(each) for each in (*pictures, truth.numpy())]
    return Shown.of(pair.name, pair.label, large, [told])
