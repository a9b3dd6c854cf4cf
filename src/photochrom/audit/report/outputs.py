"""Write what scoring leaves on disk: report.html, report.json, pictures.csv, worst.txt."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from photochrom.audit.auditor import Auditor
from photochrom.audit.auditor_card import CONTROLS
from photochrom.audit.report.page import report_page
from photochrom.audit.report.rank import Ranked
from photochrom.audit.report.tables import FAULTS, find_faults, pictures_table
from photochrom.audit.score import Scored
from photochrom.report.folder import write_folder
from photochrom.report.sheet import both_ends
from photochrom.report.table import Table

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
        **(_NOBODY if scored.auditor is None else _believed(scored.auditor)),
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


def _believed(auditor: Auditor) -> dict[str, Any]:
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
