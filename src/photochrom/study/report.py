"""Write what the report of a study leaves on disk."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from photochrom.errors import InputError
from photochrom.files import write_whole
from photochrom.study.answers import Answer
from photochrom.study.findings import Findings
from photochrom.study.page import Previews, report_page
from photochrom.study.tables import (
    answers_csv,
    models_csv,
    participants_csv,
    pictures_csv,
    report_json,
)

REPORT: Final = "report.json"


def refuse_existing(folder: Path, *, force: bool) -> None:
    """Check before the work that no earlier report would be overwritten.

    Raises:
        InputError: when the folder holds a report and ``force`` is not given, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is not a folder")
    if (folder / REPORT).exists() and not force:
        raise InputError(f"{folder} holds a report already; add --force to replace it")


def write_report(
    found: Findings, answers: Sequence[Answer], folder: Path, *, previews: Previews
) -> None:
    """Write report.html, report.json and four CSV files; the same bytes for the same answers.

    Args:
        found: what the study says.
        answers: all of them.
        folder: made when missing.
        previews: gives the addresses of a result and of what it stood against.

    Raises:
        InputError: when the folder cannot be written to.
    """
    write_whole(folder / "models.csv", models_csv(found))
    write_whole(folder / "pictures.csv", pictures_csv(found))
    write_whole(folder / "participants.csv", participants_csv(found))
    write_whole(folder / "answers.csv", answers_csv(answers, found))
    write_whole(folder / "report.html", report_page(found, previews=previews))
    content = json.dumps(report_json(found), indent=1, ensure_ascii=False)
    write_whole(folder / REPORT, content + "\n")
