"""The report of a mending: a page, and the same as JSON."""

from dataclasses import dataclass
from pathlib import Path

from photochrom.lab.auditor.mending.equal import EqualScore
from photochrom.lab.auditor.mending.mend import Mending
from photochrom.metrics.equal import EQUAL_SHARE
from photochrom.report.folder import write_folder
from photochrom.report.page import render_page


@dataclass(frozen=True, slots=True)
class MendRow:
    """What one model scores on one set, as the page shows it."""

    photographs: str
    model: str
    error: str
    auc: str
    colorfulness: str


def write_mend_report(found: Mending, folder: Path) -> None:
    """Write report.html and report.json.

    Args:
        found: what came of a mending.
        folder: made when missing; an earlier report is replaced.

    Raises:
        InputError: when the folder cannot be written to.
    """
    write_folder(folder, found.summary(), {"report.html": mend_page(found)})


def mend_page(found: Mending) -> str:
    """Render the report as one self-contained HTML page."""
    low, high = found.interval.low, found.interval.high
    return render_page(
        "mending.html",
        {
            "title": f"Mending {found.model}",
            "words": found.words,
            "is_kept": found.is_kept,
            "counts": found.counts,
            "replay": f"{100 * found.settings.replay:.0f} %",
            "rows": [
                _row("mined, test part", "before", found.mined_before),
                _row("mined, test part", "after", found.mined_after),
                _row("untouched", "before", found.untouched_before),
                _row("untouched", "after", found.untouched_after),
            ],
            "share": EQUAL_SHARE,
            "interval": f"{low:+.2f} to {high:+.2f}",
            "pictures": found.shown,
        },
    )


def _row(photographs: str, model: str, scored: EqualScore) -> MendRow:
    return MendRow(
        photographs,
        model,
        f"{scored.error:.2f}",
        f"{scored.auc:.2f}",
        f"{scored.colorfulness:.2f}",
    )
