"""The page of an album: before and after under one slider, in one file to share."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final, Self

import numpy as np

from photochrom.arrays import U8
from photochrom.errors import InputError
from photochrom.files import write_whole
from photochrom.picture.pixels import to_gray
from photochrom.report.page import is_page_of_ours, stream_page
from photochrom.report.preview import array_preview, file_caption, file_shown
from photochrom.report.words import percent
from photochrom.work.parallel import available_cores

PAGE_LENGTH: Final = 150  # photographs; about 15 MB
_LARGE: Final = 1280  # px of the longer side, of so many photographs, which most mail takes
_FEW: Final = 40
_SMALL: Final = 800

Show = Callable[[int], U8]  # px of the longer side -> (h, w, 3) sRGB codes


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryEntry:
    """One photograph of the page.

    Attributes:
        name: of the file in color.
        before: shows it as it came; None for one that was in color. Raises `InputError` when it
            cannot be shown.
        after: shows it in color; raises like ``before``.
        caption: what people say of it.
        confidence: mean confidence of the model, 0 to 1; None when nobody asks.
        notes: remarks of the run in plain words, such as a dropped tint.
    """

    name: str
    before: Show | None
    after: Show
    caption: str = ""
    confidence: float | None = None
    notes: Sequence[str] = ()

    @classmethod
    def of_files(
        cls,
        before: Path,
        after: Path,
        *,
        confidence: float | None = None,
        notes: Sequence[str] = (),
    ) -> Self:
        """Show two files; for an original that is gone stands its result without color."""

        def original(side_px: int) -> U8:
            try:
                return file_shown(before, side_px)
            except InputError:
                return np.repeat(to_gray(file_shown(after, side_px))[..., None], 3, axis=2)

        return cls(
            name=readable(after.name),
            before=original,
            after=lambda side_px: file_shown(after, side_px),
            caption=file_caption(before),
            confidence=confidence,
            notes=notes,
        )


def gallery_page(
    entries: Sequence[GalleryEntry], *, title: str, pages: Sequence[str] = (), current: str = ""
) -> Iterator[str]:
    """Make one page that holds all of its pictures and needs nothing beside it.

    Args:
        entries: the photographs, in their order.
        title: head of the page.
        pages: names of all pages, where one does not hold them all.
        current: the name of this one.
    """
    side_px = _LARGE if len(entries) <= _FEW else _SMALL
    with ThreadPoolExecutor(max_workers=available_cores()) as pool:
        content = {
            "title": readable(title),
            "total": len(entries),
            "cards": pool.map(lambda entry: _card(entry, side_px), entries),
            "pages": pages,
            "current": current,
        }
        yield from stream_page("gallery.html", content)


def write_gallery(folder: Path, entries: Iterable[GalleryEntry], *, title: str) -> Path:
    """Write ``index.html``, and for many photographs ``index-2.html`` and so on.

    Args:
        folder: where the results lie; pages are put beside them, older ones replaced.
        entries: the photographs, in their order.
        title: head of the pages.

    Returns:
        The first page.

    Raises:
        InputError: when the folder cannot be written to.
    """
    shown = list(entries)
    count = max(1, ceil(len(shown) / PAGE_LENGTH))
    parts = [shown[at * PAGE_LENGTH : (at + 1) * PAGE_LENGTH] for at in range(count)]
    names = [_page_name(number) for number in range(1, count + 1)]
    for part, name in zip(parts, names, strict=True):
        page = gallery_page(part, title=title, pages=names, current=name)
        write_whole(folder / name, "".join(page))
    number = count + 1  # of an earlier, longer gallery; files of others stay
    while (further := folder / _page_name(number)).is_file() and is_page_of_ours(further):
        further.unlink()
        number += 1
    return folder / names[0]


def _page_name(number: int) -> str:
    """Name a page, counted from 1."""
    return "index.html" if number == 1 else f"index-{number}.html"


def _card(entry: GalleryEntry, side_px: int) -> dict[str, object]:
    """Prepare an entry for the template; what cannot be shown any more has no pictures."""
    before = after = None
    try:
        before = None if entry.before is None else entry.before(side_px)
        after = entry.after(side_px)
    except InputError:
        before = None
    return {
        "name": entry.name,
        "caption": readable(entry.caption),
        "before": "" if before is None else array_preview(before),
        "after": "" if after is None else array_preview(after),
        "ratio": 1 if after is None else f"{after.shape[1] / after.shape[0]:.4f}",
        "confidence": "" if entry.confidence is None else percent(entry.confidence, 0),
        "notes": [readable(note) for note in entry.notes],
    }


def readable(text: str) -> str:
    """Replace what cannot be written as UTF-8, such as the odd bytes of an old file name."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
