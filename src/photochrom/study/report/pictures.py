"""The pictures of a report: of every model those most often, and least often, taken for real."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from photochrom.errors import InputError
from photochrom.report.preview import file_preview
from photochrom.report.sheet import Sheet, both_ends
from photochrom.report.sheet import Shown as ShownPicture
from photochrom.study.answers import TRUTH
from photochrom.study.design.manifest import StudyManifest
from photochrom.study.folder import own_picture
from photochrom.study.statistics.findings import StudyFindings
from photochrom.study.statistics.rates import Judged, PictureRate

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
        for title, chosen in zip(_titles(shown), both_ends(ranked, PER_SHEET), strict=True):
            if chosen:
                pictures = [_shown(each, previews) for each in chosen]
                made.append(ModelSheet(_columns(shown), Sheet(title, "", pictures)))
    return made


def _titles(shown: Judged) -> tuple[str, str]:
    """Name the two ends."""
    if shown.is_preference:
        return f"{shown.model} chosen most", f"{shown.against} chosen most"
    return f"{shown.name}: most real", f"{shown.name}: least real"


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

    Args:
        study: folder of the study.
        manifest: of the study.

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
