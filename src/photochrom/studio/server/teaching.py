"""Lessons over HTTP: a model learns the color photographs of the album."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from photochrom.errors import InputError
from photochrom.studio.album import Album
from photochrom.studio.server.albums import Ids, named
from photochrom.studio.server.bodies import Content, ProblemError
from photochrom.studio.teaching import Teacher


def add_teaching(router: APIRouter, album: Album, teacher: Teacher) -> None:
    """Begin lessons, tell how far they are, and end them."""

    def told() -> Content:
        return {**asdict(teacher.lesson), "needs": teacher.needs}

    @router.get("/lesson")
    def lesson() -> Content:
        """Tell how far the lesson is, and what is to be installed before there can be one."""
        return told()

    @router.post("/lesson", status_code=HTTPStatus.ACCEPTED)
    def start(
        name: Annotated[str, Query(max_length=100)] = "Our photographs",
        ids: Ids = "",
        anyway: bool = False,
    ) -> Content:
        """Teach a model the color photographs, of some or of all; it is written if it is better.

        Of the others the report shows what becomes of them. `anyway` also writes a model that is
        likely, but not surely, better.
        """
        try:
            teacher.start(named(album, ids), name, anyway=anyway)
        except InputError as error:
            raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error
        return told()

    @router.delete("/lesson", status_code=HTTPStatus.NO_CONTENT)
    def stop() -> None:
        """End the lesson, which leaves nothing behind; one that has ended is forgotten."""
        teacher.stop()

    @router.get("/lesson/report")
    def report() -> FileResponse:
        """Fetch what came of the lesson, as one HTML file."""
        if not teacher.report.is_file():
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no report")
        name = quote(f"{teacher.report.parent.name}.html")
        headers = {"Content-Disposition": f"attachment; filename*=utf-8''{name}"}
        return FileResponse(teacher.report, media_type="text/html", headers=headers)
