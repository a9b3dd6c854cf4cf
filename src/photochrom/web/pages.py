"""Serve the files of a page: those in a table, by name, and no others."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from fastapi import FastAPI, Response

HTML: Final = "text/html; charset=utf-8"
CSS: Final = "text/css; charset=utf-8"
SCRIPT: Final = "text/javascript; charset=utf-8"
SVG: Final = "image/svg+xml"


def add_pages(app: FastAPI, package: str, pages: Mapping[str, tuple[str, str]]) -> None:
    """Serve what lies in the folder ``browser`` of a package.

    Args:
        app: gets a route per page.
        package: in dotted form.
        pages: by the path of a request, the file below the folder, and its media type.
    """

    def serve(name: str, media_type: str) -> Callable[[], Response]:
        return lambda: Response(_content(package, name), media_type=media_type)

    for path, (name, media_type) in pages.items():
        app.get(path, include_in_schema=False)(serve(name, media_type))


@cache
def _content(package: str, name: str) -> bytes:
    return files(package).joinpath("browser", *name.split("/")).read_bytes()
