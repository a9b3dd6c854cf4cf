"""The report of a study: a page, JSON and tables."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from photochrom.report.folder import write_folder
from photochrom.report.page import render_page
from photochrom.report.words import percent
from photochrom.study.answers import Answer, Part
from photochrom.study.design.manifest import read_manifest
from photochrom.study.report.methods_paragraph import methods_paragraph
from photochrom.study.report.pictures import Previews, previews_of, sheets
from photochrom.study.report.plots import (
    PUBLISHED,
    asks_what_papers_asked,
    interval_plot,
    people_chart,
    reaction_histogram,
)
from photochrom.study.report.tables import (
    answers_csv,
    comparisons,
    models_csv,
    participants,
    participants_csv,
    pictures,
    pictures_csv,
    rates,
)
from photochrom.study.server.store import read_answers
from photochrom.study.simulation.simulated import is_simulated, read_simulated
from photochrom.study.statistics.exclusion import guesser_passes
from photochrom.study.statistics.findings import StudyFindings, find
from photochrom.study.statistics.rates import tallies

_LISTED: Final = 400  # rows of the page's long table; pictures.csv has all


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
    found = find(answers, manifest, simulation="" if made_up is None else made_up.words)
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
    files = {
        "models.csv": models_csv(found),
        "pictures.csv": pictures_csv(found),
        "participants.csv": participants_csv(found),
        "answers.csv": answers_csv(answers, found),
        "report.html": report_page(found, previews=previews),
    }
    write_folder(folder, report_json(found), files)


def report_json(found: StudyFindings) -> dict[str, object]:
    """Give everything a study says; rates are percentages, 0 to 100."""
    counted, manifest = found.counted, found.manifest
    return {
        "simulated": found.simulation or None,
        "setting": {
            "title": manifest.title,
            "preset": manifest.preset,
            "exposure_ms": manifest.exposure_ms,
            "practice": manifest.practice,
            "trials": manifest.test,
            "vigilance": manifest.vigilance,
            "pictures": len(manifest.of_part(Part.TEST)),
            "size_px": manifest.size_px,
            "seed": manifest.seed,
            "is_mixed": manifest.mixed,
            "in_turn": manifest.in_turn,
            "rule": asdict(manifest.rule),
            "simulation": found.simulation,
        },
        "models": rates(found).json(),
        "comparisons": comparisons(found.comparisons).json(),
        "real_photographs_against": comparisons(found.against_truth, has_verdicts=False).json(),
        "without_exclusion": rates(found, of=found.with_all).json(),
        "exclusion": {
            "rule": manifest.rule.words,
            "took_part": len(counted.attendance),
            "excluded": participants(counted.excluded).json(),
            "reasons": dict(counted.reasons),
            "answers_not_counted": counted.bad_exposures,
        },
        "pictures": pictures(found).json(),
        "reaction_times": found.reactions and asdict(found.reactions),
        "exposures": found.exposures and asdict(found.exposures),
        "methods": methods_paragraph(found),
    }


def report_page(found: StudyFindings, *, previews: Previews) -> str:
    """Render the report: verdicts first, then the numbers, pictures and people behind them.

    Args:
        found: what the study says.
        previews: gives the addresses of a result and of what it stood against.

    Returns:
        A self-contained HTML document, the same for the same answers.
    """
    manifest, counted = found.manifest, found.counted
    with_published = asks_what_papers_asked(found)
    content = {
        "title": manifest.title,
        "found": found,
        "manifest": manifest,
        "photographs": len(manifest.of_part(Part.TEST)),
        "verdicts": [*found.verdicts, *found.comparison_verdicts],
        "counted": counted,
        "plot": interval_plot(
            found.rates, with_published=with_published, has_half=manifest.has_pairs
        ),
        "rates": rates(found),
        "published": () if found.is_preference else PUBLISHED,
        "has_published_rows": with_published,
        "comparisons": comparisons(found.comparisons),
        "sheets": sheets(found, previews),
        "ranking": pictures(found, most=_LISTED),
        "unlisted": max(0, len(found.pictures) - _LISTED),
        "people": people_chart(tallies(counted.answers), word=found.word),
        "reactions": found.reactions,
        "histogram": None if found.reactions is None else reaction_histogram(found.reactions),
        "exposures": found.exposures,
        "excluded": participants(counted.excluded),
        "guesser": percent(guesser_passes(manifest.rule, manifest.vigilance)),
        "methods": methods_paragraph(found),
    }
    return render_page("study.html", content)
