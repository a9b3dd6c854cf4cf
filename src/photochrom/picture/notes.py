"""Notes on how a file is built: for whoever looks closely, not for a screen full of photographs.

They go into the manifest and ``--json`` with all others; a family that colorizes an album is told
only what it may want to act upon. What they have in common is how they begin.
"""

from collections.abc import Iterable
from typing import Final

LEFT_OUT_OF_JPEG: Final = "left out of the JPEG: "
LEFT_OUT_OF_HEIC: Final = "left out of the HEIC: "
LEFT_OUT_OF_TIFF: Final = "TIFF tags left out: "
CONVERTED: Final = "converted from "
COMPRESSION: Final = "compression inside the TIFF: "
TO_XMP: Final = "went into XMP: "
NOT_TURNED: Final = "left out, as it could not be turned with the picture: "

_NAMED_AT_MOST: Final = 20
_LONGEST_NAME: Final = 80
_DETAILS: Final = (
    LEFT_OUT_OF_JPEG,
    LEFT_OUT_OF_HEIC,
    LEFT_OUT_OF_TIFF,
    CONVERTED,
    COMPRESSION,
    TO_XMP,
    NOT_TURNED,
)


def listed(names: Iterable[str]) -> str:
    """List names in a note: hostile files have many, and long ones.

    >>> listed(map(str, range(23)))
    '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 and 3 more'
    """
    shortened = [name[:_LONGEST_NAME] for name in names]
    more = len(shortened) - _NAMED_AT_MOST
    return ", ".join(shortened[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def for_people(notes: Iterable[str]) -> list[str]:
    """Leave out the notes on how a file is built.

    >>> for_people(["left out of the JPEG: APP2 MPF", "first of 3 pages"])
    ['first of 3 pages']
    """
    return [note for note in notes if not note.startswith(_DETAILS)]
