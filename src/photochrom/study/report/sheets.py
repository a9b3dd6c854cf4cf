"""The pictures of a report: of every model those most often, and least often, taken for real."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from photochrom.report.sheet import Sheet, both_ends
from photochrom.report.sheet import Shown as ShownPicture
from photochrom.study.answers import TRUTH
from photochrom.study.statistics.findings import StudyFindings
from photochrom.study.statistics.rates import Judged, PictureRate

Previews = Callable[[PictureRate], tuple[str, str]]

PER_SHEET: Final = 6
CHOSEN: Final = "chosen"
LABELLED: Final = "labelled real"


def word_of(found: StudyFindings) -> str:
    """Name what a study counts."""
    return CHOSEN if any(each.shown.is_preference for each in found.rates) else LABELLED


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
    word = CHOSEN if each.shown.is_preference else LABELLED
    return ShownPicture(
        name=each.original,
        label=f"{100 * each.value:.0f} % {word}, {each.labelled} of {each.answers}",
        previews=list(previews(each))[-len(columns) :],
        differences=[""] * len(columns),
    )
