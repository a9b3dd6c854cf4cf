"""Open the photographs that a command is given."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from photochrom.cli.terminal import say

if TYPE_CHECKING:
    from photochrom.collection import Collection


def open_photos(sources: Path | Iterable[Path]) -> "Collection":
    """Open a collection, and say on stderr which folders were passed over.

    Args:
        sources: a folder, a Parquet file, or several.

    Raises:
        InputError: when it cannot be opened, or has no pictures.
    """
    from photochrom.collection import open_collection
    from photochrom.collection.walk import passed_over_note

    collection = open_collection(sources)
    if collection.passed_over:
        say(f"note: {passed_over_note(collection.passed_over)}", err=True)
    return collection
