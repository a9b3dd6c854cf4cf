"""Write what the report of a study leaves on disk."""

from collections.abc import Sequence
from pathlib import Path

from photochrom.files import sweep_leftovers, write_whole
from photochrom.report.folder import REPORT
from photochrom.study.answers import Answer
from photochrom.study.design.manifest import read_manifest
from photochrom.study.report.page import report_page
from photochrom.study.report.picture_files import previews_of
from photochrom.study.report.sheets import Previews
from photochrom.study.report.tables import (
    answers_csv,
    models_csv,
    participants_csv,
    pictures_csv,
    report_json,
)
from photochrom.study.server.store import read_answers
from photochrom.study.simulation.simulated import is_simulated, read_simulated
from photochrom.study.statistics.findings import StudyFindings, find
from photochrom.texts import json_page


def report_study(study: Path, folder: Path) -> StudyFindings:
    """Say what the answers of a study prove, and write the report.

    Args:
        study: folder of a study, or of a simulated one.
        folder: of the report, made when missing; see `refuse_existing` of the report room.

    Raises:
        InputError: when the study cannot be read or the report not be written.
    """
    manifest = read_manifest(study)
    made_up = read_simulated(study) if is_simulated(study) else None
    answers = read_answers(study) if made_up is None else made_up.answers
    words = "" if made_up is None else made_up.words
    found = find(answers, manifest, simulation=words)
    write_report(found, answers, folder, previews=previews_of(study, manifest))
    return found


def write_report(
    found: StudyFindings, answers: Sequence[Answer], folder: Path, *, previews: Previews
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
    files = {  # all made before the first is written; report.json comes last
        "models.csv": models_csv(found),
        "pictures.csv": pictures_csv(found),
        "participants.csv": participants_csv(found),
        "answers.csv": answers_csv(answers, found),
        "report.html": report_page(found, previews=previews),
        REPORT: json_page(report_json(found)),
    }
    for name, text in files.items():
        write_whole(folder / name, text)
    sweep_leftovers(folder)
