"""The report of a mending: a page, and the same as JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from photochrom.lab.auditor.mending.equal import EqualScore
from photochrom.lab.auditor.mending.mend import Mending
from photochrom.metrics.equal import EQUAL_SHARE
from photochrom.report.folder import write_folder
from photochrom.report.page import render_page
from photochrom.report.table import Column, Table
from photochrom.report.words import between, percent

_Scored = tuple[str, str, EqualScore]  # photographs, and which model
_SCORES: Final[Sequence[Column[_Scored]]] = (
    Column(title="Photographs", show=lambda row: row[0]),
    Column(title="model", show=lambda row: row[1]),
    Column(title="ab error ↓", of=lambda row: row[2].error),
    Column(title="AuC ↑", of=lambda row: row[2].auc),
    Column(
        title="colorfulness",
        of=lambda row: row[2].colorfulness,
        below="of the photographs\N{RIGHT SINGLE QUOTATION MARK}",
    ),
)


def write_mend_report(found: Mending, folder: Path) -> None:
    """Write report.html and report.json; an InputError says that the folder takes no files."""
    write_folder(folder, found.summary(), {"report.html": mend_page(found)})


def mend_page(found: Mending) -> str:
    """Render the report as one self-contained HTML page."""
    scores = [
        ("mined, test part", "before", found.mined_before),
        ("mined, test part", "after", found.mined_after),
        ("untouched", "before", found.untouched_before),
        ("untouched", "after", found.untouched_after),
    ]
    content = {
        "title": f"Mending {found.model}",
        "words": found.words,
        "is_kept": found.is_kept,
        "counts": found.counts,
        "replay": percent(found.settings.replay, 0),
        "scores": Table(_SCORES, scores),
        "share": EQUAL_SHARE,
        "interval": between(found.interval, 2, to="to", has_sign=True),
        "pictures": found.shown,
    }
    return render_page("mending.html", content)
