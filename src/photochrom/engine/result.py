"""What became of one file, and how results are named."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from photochrom.picture import kind_of_suffix
from photochrom.picture.kinds import SUFFIXES

ALREADY_IN_COLOR: Final = "already in color"


class FileStatus(StrEnum):
    """What became of a file."""

    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What became of one file.

    Attributes:
        status: done, or skipped because the picture is in color already.
        reason: why it was skipped, in plain words.
        notes: what reading and writing did that the person should know.
        tone: "gray", "toned" or "color".
        confidence: mean over the picture, 0 to 1; None when the model cannot tell.
        confidence_map: the picture of it, when one was asked for.
        height: rows of the picture.
        width: columns of the picture.
        elapsed_s: seconds from file to file.
    """

    status: FileStatus
    reason: str = ""
    notes: tuple[str, ...] = ()
    tone: str = ""
    confidence: float | None = None
    confidence_map: Path | None = None
    height: int = 0
    width: int = 0
    elapsed_s: float = 0.0


def color_path(source: Path, kind: str) -> Path:
    """Name the result of a file: NAME-color.EXT beside it.

    Args:
        source: the photograph.
        kind: what its content is; a suffix that tells something else, or nothing, gets the right
            one appended.

    >>> color_path(Path("a.1.jpg"), "jpeg").name, color_path(Path("b.jpg"), "png").name
    ('a.1-color.jpg', 'b-color.jpg.png')
    """
    named = source.with_name(f"{source.stem}-color{source.suffix}")
    if kind_of_suffix(source.suffix) == kind:
        return named
    return named.with_name(named.name + SUFFIXES[kind][0])


def confidence_path(target: Path) -> Path:
    """Name the confidence map of a result; the suffix stays, for `a.jpg` may lie beside `a.png`.

    >>> confidence_path(Path("a-color.jpg")).name
    'a-color.jpg-confidence.png'
    """
    return target.with_name(f"{target.name}-confidence.png")
