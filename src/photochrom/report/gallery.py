"""The gallery of a colorized folder: before and after under one slider, page by page."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final
from urllib.parse import quote

from photochrom.errors import InputError
from photochrom.files import write_whole
from photochrom.report.page import is_page_of_ours, render_page
from photochrom.report.preview import file_preview, gray_preview
from photochrom.report.words import percent
from photochrom.work.parallel import available_cores

PAGE_LENGTH: Final = 24  # pictures; about 2 MB of previews


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryEntry:
    """One colored photograph.

    Attributes:
        before: the original file.
        after: the colored file.
        confidence: mean confidence of the model, 0 to 1; None when it tells none.
        caption: what to call it; the name of the original when empty.
        notes: remarks of the run in plain words, such as a dropped tint.
    """

    before: Path
    after: Path
    confidence: float | None = None
    caption: str = ""
    notes: Sequence[str] = ()


def write_gallery(folder: Path, entries: Iterable[GalleryEntry], *, title: str) -> Path:
    """Write ``index.html``, ``index-2.html`` and so on, least confident pictures first.

    Previews are embedded, so that the pages can be moved; links lead to the full-size files.

    Args:
        folder: where the results lie; pages are put beside them, older ones replaced.
        entries: the colored photographs.
        title: head of the pages.

    Returns:
        The first page.

    Raises:
        InputError: when the folder cannot be written to.
    """
    ordered = sorted(  # those without a confidence last
        entries, key=lambda each: (each.confidence is None, each.confidence or 0.0, str(each.after))
    )
    count = max(1, ceil(len(ordered) / PAGE_LENGTH))
    names = [_page_name(number) for number in range(1, count + 1)]
    with ThreadPoolExecutor(max_workers=available_cores()) as pool:
        for page, name in enumerate(names):
            shown = ordered[page * PAGE_LENGTH : (page + 1) * PAGE_LENGTH]
            cards = list(pool.map(lambda entry: _card(entry, folder), shown))
            content = {
                "title": title,
                "total": len(ordered),
                "cards": cards,
                "first": page * PAGE_LENGTH + 1,
                "pages": names,
                "current": name,
                "is_ordered": any(entry.confidence is not None for entry in ordered),
            }
            write_whole(folder / name, render_page("gallery.html", content))
    _remove_pages_after(folder, count)
    return folder / names[0]


def _page_name(number: int) -> str:
    """Name a page, counted from 1."""
    return "index.html" if number == 1 else f"index-{number}.html"


def _remove_pages_after(folder: Path, count: int) -> None:
    """Remove further pages of an earlier, longer gallery; files of others stay."""
    number = count + 1
    while (page := folder / _page_name(number)).is_file():
        if not is_page_of_ours(page):
            return
        page.unlink()
        number += 1


def _card(entry: GalleryEntry, folder: Path) -> dict[str, object]:
    """Prepare an entry for the template; what cannot be shown any more has an empty preview."""
    before = _preview(file_preview, entry.before) or _preview(gray_preview, entry.after)
    return {
        "caption": entry.caption or readable(entry.before.name),
        "before": before,
        "after": _preview(file_preview, entry.after),
        "before_address": address_of(entry.before, folder),
        "after_address": address_of(entry.after, folder),
        "confidence": "" if entry.confidence is None else percent(entry.confidence, 0),
        "notes": [readable(note) for note in entry.notes],
    }


def _preview(show: Callable[[Path], str], path: Path) -> str:
    try:
        return show(path)
    except InputError:
        return ""


def address_of(path: Path, folder: Path) -> str:
    """Give the address of a file as seen from a page in a folder; any name is safe.

    >>> address_of(Path("/out/javascript:a #1.jpg"), Path("/out"))
    './javascript%3Aa%20%231.jpg'
    """
    try:
        relative = Path(os.path.relpath(path.absolute(), folder.absolute()))
    except ValueError:  # another drive
        return path.absolute().as_uri()
    return "./" + quote(os.fsencode(relative.as_posix()))


def readable(text: str) -> str:
    """Replace what cannot be written as UTF-8, such as the odd bytes of an old file name."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
