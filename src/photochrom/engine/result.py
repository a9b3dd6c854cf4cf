"""What became of one file, and how results are named."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from photochrom.collection.matching import RESULT_SUFFIX
from photochrom.errors import InputError
from photochrom.picture import Picture, kind_of_suffix
from photochrom.picture.reading.formats import SUFFIXES

ALREADY_IN_COLOR: Final = "already in color"
TINT_DROPPED: Final = "the tint of this toned print is not kept"
CONFIDENCE_SUFFIX: Final = "-confidence"
VARIANT_SUFFIX: Final = "-variant-"


class Status(StrEnum):
    """What became of a photograph."""

    STARTED = "started"  # only in manifests: being worked on, or killed while it was
    COLORIZED = "colorized"
    KEPT = "kept"  # only in reports: an earlier run's result is still right
    OUTDATED = "outdated"  # only in reports: made with other options, left alone
    SKIPPED = "skipped"
    FAILED = "failed"
    NOT_STARTED = "not started"  # only in reports: the run ended first


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What became of one photograph.

    Attributes:
        status: of one that was worked on: colorized, skipped as it is in color already, or failed.
        reason: why it was not colorized, in plain words.
        notes: what reading and writing did that the person should know; of a picture that was
            skipped, what speaks for color and how sure that is.
        tone: "gray", "toned" or "color"; empty when it was not looked at.
        in_color: how probable it is that the photograph is in color, 0 to 1; None when it was not
            looked at.
        confidence: mean over the picture, 0 to 1; None when the model cannot tell.
        pixels: height × width of the photograph; None when it was not opened.
    """

    status: Status
    reason: str = ""
    notes: tuple[str, ...] = ()
    tone: str = ""
    in_color: float | None = None
    confidence: float | None = None
    pixels: int | None = None


def notes_of(picture: Picture) -> tuple[str, ...]:
    """Tell what a person should know about a picture that is colored: as read, and its tone."""
    tone = picture.tone
    dropped = TINT_DROPPED if tone.kind == "toned" else ""
    return (*picture.notes, *filter(None, (tone.doubt, dropped)))


def color_path(source: Path, kind: str) -> Path:
    """Name the result of a file: NAME-color.EXT beside it.

    Args:
        source: the photograph.
        kind: what its content is; a suffix that tells something else, or nothing, gets the right
            one appended.

    >>> color_path(Path("a.1.jpg"), "jpeg").name, color_path(Path("b.jpg"), "png").name
    ('a.1-color.jpg', 'b-color.jpg.png')
    """
    named = source.with_name(f"{source.stem}{RESULT_SUFFIX}{source.suffix}")
    if kind_of_suffix(source.suffix) == kind:
        return named
    return named.with_name(named.name + SUFFIXES[kind][0])


def variant_paths(target: Path, count: int) -> tuple[Path, ...]:
    """Name the other colorings that lie beside a result.

    >>> [path.name for path in variant_paths(Path("a-color.jpg"), 2)]
    ['a-color-variant-1.jpg', 'a-color-variant-2.jpg']
    """
    named = (f"{target.stem}{VARIANT_SUFFIX}{number}" for number in range(1, count + 1))
    return tuple(target.with_name(f"{name}{target.suffix}") for name in named)


def confidence_path(picture: Path, *, keeps_suffix: bool = False) -> Path:
    """Name the confidence map that lies beside a picture.

    Args:
        picture: the photograph, or a result that somebody has named.
        keeps_suffix: tell `a.jpg` from `a.png`.

    >>> confidence_path(Path("a.jpg")).name, confidence_path(Path("a.jpg"), keeps_suffix=True).name
    ('a-confidence.png', 'a.jpg-confidence.png')
    """
    name = picture.name if keeps_suffix else picture.stem
    return picture.with_name(f"{name}{CONFIDENCE_SUFFIX}.png")


def numbered(path: Path) -> Iterator[Path]:
    """Give a path, then the same with numbers, for ever.

    >>> names = numbered(Path("a.jpg"))
    >>> next(names).name, next(names).name
    ('a.jpg', 'a-2.jpg')
    """
    yield path
    number = 2
    while True:
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Refuse before the work what could not be written after it.

    Raises:
        InputError: when there is a file of that name, which may not be replaced.
    """
    if path.exists() and not overwrite:
        raise InputError(f"{path}: already there; --force replaces it")
