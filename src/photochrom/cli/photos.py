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
        sources: a folder, a Parquet file, or several; or a listing, as JSONL.

    Raises:
        InputError: when it cannot be opened, or has no pictures.
    """
    from photochrom.archive.listing import Listing
    from photochrom.collection import Collection, open_collection
    from photochrom.collection.walk import passed_over_note

    sources = [sources] if isinstance(sources, Path) else list(sources)
    if len(sources) == 1 and sources[0].suffix.lower() == ".jsonl":
        return Collection(list(Listing(sources[0]).items()))
    collection = open_collection(sources)
    if collection.passed_over:
        say(f"note: {passed_over_note(collection.passed_over)}", err=True)
    return collection


def open_photos_and_films(sources: Iterable[Path]) -> "Collection":
    """Open a collection as `open_photos` does, in which films stand for their frames in color.

    Args:
        sources: folders, Parquet files and films. Of a folder without pictures its films are taken.

    Raises:
        InputError: when one cannot be opened, or nothing has color.
    """
    from photochrom.cli.progress import progress_bar
    from photochrom.collection import Collection
    from photochrom.collection.walk import walk
    from photochrom.errors import InputError
    from photochrom.film.clip import SUFFIXES
    from photochrom.film.plan import films_in
    from photochrom.picture import PICTURE_SUFFIXES

    suffixes = PICTURE_SUFFIXES
    films: list[Path] = []
    others: list[Path] = []
    for source in sources:
        files = walk(source).files if source.is_dir() else []
        if source.is_dir() and not any(each.suffix.lower() in suffixes for each in files):
            films += films_in(source)
        elif source.suffix.lower() in SUFFIXES:
            films.append(source)
        else:
            others.append(source)
    if not films:
        return open_photos(others)
    from photochrom.film.sampling import color_frames

    items = []
    with progress_bar(len(films), doing="sampling", unit="films") as tick:
        for film in films:
            items += color_frames(film)
            tick()
    whose = "one film" if len(films) == 1 else f"{len(films)} films"
    say(f"{len(items)} frames in color of {whose}", err=True)
    if not items and not others:
        raise InputError(f"{', '.join(map(str, films))}: no scene is in color")
    return Collection([*items, *(open_photos(others) if others else ())])
