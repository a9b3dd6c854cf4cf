"""The report of a study: a page with verdicts, pictures and methods, JSON and tables."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

from photochrom.errors import InputError
from photochrom.report.page import render_page, write_folder
from photochrom.report.preview import Sheet, both_ends, file_preview
from photochrom.report.preview import Shown as ShownPicture
from photochrom.report.words import percent
from photochrom.study.answers import TRUTH, Answer, Part
from photochrom.study.design.manifest import StudyManifest, read_manifest
from photochrom.study.design.presets import PREFERENCE, SINGLE
from photochrom.study.folder import own_picture
from photochrom.study.report.plots import (
    PUBLISHED,
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
from photochrom.study.statistics.rate_interval import PUBLISHED_DESIGN_EFFECT
from photochrom.study.statistics.rates import Judged, PictureRate, tallies
from photochrom.study.statistics.verdicts import FEWEST_PEOPLE, WIDEST

_QUESTIONS: Final = {
    PREFERENCE: "two colorings of the same photograph, and chose the one that looks better",
    SINGLE: "one picture at a time, and said whether its colors are real or made by a program",
}
_PAIRS: Final = (
    "a color photograph and the same photograph colored by a program, both with the same "
    "lightness, and chose the one whose colors are not real"
)


def methods_paragraph(found: StudyFindings) -> str:
    """Describe what was done, with whom, and how the numbers were worked out."""
    manifest, counted = found.manifest, found.counted
    question = _QUESTIONS.get(manifest.preset, _PAIRS)
    placed = ", one after the other" if manifest.in_turn else ", side by side"
    where = placed if manifest.has_pairs else ""
    if manifest.exposure_ms is None:
        exposure = f"They looked as long as they wished{where}."
    else:
        exposure = f"They saw each picture for {manifest.exposure_ms:.0f} ms{where}, and then "
        exposure += "answered without a time limit."
    feedback = "" if manifest.preset == PREFERENCE else " with feedback"
    models = "the results of several models" if manifest.mixed else "the results of one model"
    took_part, out = len(counted.attendance), len(counted.excluded)
    why = f" ({counted.why})" if counted.excluded else ""
    compared = (
        "Models that the same people saw are compared within people (t interval, sign-flip "
        "permutation), others by Welch's t; p-values are corrected for the number of pairs (Holm). "
        if found.comparisons
        else ""
    )
    return (
        (f"SIMULATED, NOT MEASURED: {found.simulation}. " if found.simulation else "")
        + f"Participants saw {question} (preset {manifest.preset}). {exposure} "
        f"A session had {manifest.practice} practice trials{feedback}, which do not count, "
        f"{manifest.test} test trials and {manifest.vigilance} vigilance trials whose colors were "
        f"random; every participant saw {models}. The {len(manifest.of_part(Part.TEST))} "
        f"photographs were shown at up to {manifest.size_px} pixels; order and side were fixed by "
        f"seed {manifest.seed}. {manifest.rule.words} "
        f"{took_part} people took part, {out} were left out{why}, {took_part - out} counted, with "
        f"{len(counted.answers)} answers. "
        "Rates are means over participants of each one's share. Their 95 % intervals are over "
        "participants, not answers: Wilson's interval with the number of answers divided by the "
        "design effect between participants and Student's t for the normal quantile (design effect "
        f"at least 1, at least {PUBLISHED_DESIGN_EFFECT:g} where fewer answers than participants "
        f"are of one kind). {compared}With fewer than {FEWEST_PEOPLE} participants, or an interval "
        f"wider than ± {100 * WIDEST:.0f} percentage points, no verdict is given."
    )


Previews = Callable[[PictureRate], tuple[str, str]]

PER_SHEET: Final = 6
_SIDE_PX: Final = 256


@dataclass(frozen=True, slots=True)
class ModelSheet:
    """One end of a model's ranking; the last column is what its pictures stood against."""

    columns: tuple[str, ...]
    sheet: Sheet


def sheets(found: StudyFindings, previews: Previews) -> list[ModelSheet]:
    """Show both ends of every model's ranking; no picture twice.

    Args:
        found: what the study says.
        previews: gives the addresses of a result and of what it stood against.
    """
    made = []
    for shown in (rate.shown for rate in found.rates):
        ranked = [each for each in found.pictures if each.shown == shown]
        titles = (f"{shown.name}: most real", f"{shown.name}: least real")
        if shown.is_preference:
            titles = (f"{shown.model} chosen most", f"{shown.against} chosen most")
        for title, chosen in zip(titles, both_ends(ranked, PER_SHEET), strict=True):
            if chosen:
                pictures = [_shown(each, previews) for each in chosen]
                made.append(ModelSheet(_columns(shown), Sheet(title, "", pictures)))
    return made


def _columns(shown: Judged) -> tuple[str, ...]:
    """Name the pictures side by side; a real photograph that was shown alone stays alone."""
    if shown.is_preference:
        return shown.model, shown.against
    return ("original",) if shown.model == TRUTH else ("colored", "original")


def _shown(each: PictureRate, previews: Previews) -> ShownPicture:
    columns = _columns(each.shown)
    return ShownPicture(
        name=each.original,
        label=f"{100 * each.value:.0f} % {each.shown.word}, {each.labelled} of {each.answers}",
        previews=list(previews(each))[-len(columns) :],
        differences=[""] * len(columns),
    )


def previews_of(study: Path, manifest: StudyManifest) -> Previews:
    """Make the function that shows a picture and what it stood against.

    Returns:
        A function that raises InputError for a picture that the study does not have, or whose file
        cannot be shown.
    """
    pictures = {each.name: each for each in manifest.pictures}

    @cache
    def shown(relative: str) -> str:
        return file_preview(own_picture(study, relative), side_px=_SIDE_PX)

    def previews(each: PictureRate) -> tuple[str, str]:
        picture = pictures.get(each.picture)
        if picture is None:
            raise InputError(f"the study has no picture {each.picture!r}; its manifest was changed")
        files = {**picture.results, TRUTH: picture.truth}
        sides = (each.shown.model, each.shown.against)
        missing = [side for side in sides if side not in files]
        if missing:
            raise InputError(f"the study has no result of {missing[0]!r} for {picture.original}")
        return shown(files[sides[0]]), shown(files[sides[1]])

    return previews


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
    # published rates are of pairs, and of which one is colored
    with_published = found.manifest.has_pairs and not found.is_preference
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
