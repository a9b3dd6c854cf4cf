"""Self-contained HTML: no script, font or picture from elsewhere; and the folder it lies in."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from photochrom.errors import InputError
from photochrom.files import sweep_leftovers, write_whole
from photochrom.texts import json_page

PAGE_MARK: Final = '<meta name="generator" content="photochrom">'  # in the head of every page
_HEAD_BYTES: Final = 1024


@cache
def _environment() -> Environment:
    """Prepare the templates; everything put into them is escaped."""
    environment = Environment(
        loader=PackageLoader("photochrom.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["mark"] = PAGE_MARK
    return environment


def render_page(template: str, content: Mapping[str, object]) -> str:
    """Fill one of the room's templates.

    Args:
        template: file name under ``templates``, such as ``gallery.html``.
        content: what the template names; a missing name is an error, text is escaped.

    Returns:
        A whole HTML document that opens offline.
    """
    return _environment().get_template(template).render(content)


def stream_page(template: str, content: Mapping[str, object]) -> Iterator[str]:
    """Fill a template as `render_page` does, and give the document in pieces as they are made."""
    return _environment().get_template(template).generate(content)


def is_page_of_ours(path: Path) -> bool:
    """Say whether a file was rendered here, so that a newer page may take its place.

    Raises:
        InputError: when it cannot be read.
    """
    try:
        with path.open("rb") as opened:
            return PAGE_MARK.encode() in opened.read(_HEAD_BYTES)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


REPORT: Final = "report.json"


def refuse_existing(folder: Path, *, force: bool) -> None:
    """Check before the work that no earlier report would be overwritten.

    Raises:
        InputError: when the folder holds a report and ``force`` is not given, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is not a folder")
    if (folder / REPORT).exists() and not force:
        raise InputError(f"{folder} holds a report already; add --force to replace it")


def write_folder(
    folder: Path, content: Mapping[str, Any], files: Mapping[str, str | bytes]
) -> None:
    """Write the files of a report, report.json last; sweep up what killed runs left half-written.

    Args:
        folder: of the report; made when missing, files of an earlier report are replaced.
        content: of report.json.
        files: contents of the others by name, all made before the first is written.

    Raises:
        InputError: when the folder cannot be written to.
    """
    for name, text in files.items():
        write_whole(folder / name, text)
    write_whole(folder / REPORT, json_page(content))
    sweep_leftovers(folder)
