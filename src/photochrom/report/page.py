"""Render self-contained HTML: no script, font or picture from anywhere else."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from photochrom.errors import InputError

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
