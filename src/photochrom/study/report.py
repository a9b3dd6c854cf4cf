"""Write what the report of a study leaves on disk."""

import json
from collections.abc import Sequence
from pathlib import Path

from photochrom.files import write_whole
from photochrom.report.folder import REPORT
from photochrom.study.answers import Answer
from photochrom.study.findings import Findings
from photochrom.study.page import report_page
from photochrom.study.sheets import Previews
from photochrom.study.tables import (
    answers_csv,
    models_csv,
    participants_csv,
    pictures_csv,
    report_json,
)


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
