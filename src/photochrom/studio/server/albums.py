"""The album over HTTP: what is in it, what comes in, what changes, what is saved."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from photochrom.errors import InputError
from photochrom.files import file_sha256
from photochrom.studio.album import ORIGINALS, Album, Photograph, State
from photochrom.studio.archives import unzipped, zipped
from photochrom.studio.darkroom import Darkroom
from photochrom.studio.names import shown_name
from photochrom.studio.server.bodies import (
    AdjustmentsBody,
    Content,
    ProblemError,
    content_of,
    told,
)
from photochrom.studio.server.uploads import spool
from photochrom.studio.teaching import AlbumLesson, Teacher
from photochrom.texts import json_line

_MOST_NAME: Final = 1000
Kind = Literal["jpeg", "png", "tiff", "webp", "avif"]
Ids = Annotated[str, Query(max_length=40_000)]  # with commas; none for all
_STREAM_S: Final = 90.0  # after which a page asks anew for news
_PING_S: Final = 15.0


def add_album(router: APIRouter, album: Album, teacher: Teacher) -> None:
    """Answer what is asked of the album as a whole: what is in it, what changes, what is saved."""

    @router.get("/photographs")
    def photographs(since: Annotated[int, Query(ge=0)] = 0) -> Content:
        version, ids, changed = album.since(since)
        return {"version": version, "ids": ids, "photographs": [content_of(p) for p in changed]}

    @router.get("/results.zip")
    def results(ids: Ids = "") -> StreamingResponse:
        """Fetch what was saved, of some photographs or of all, as a ZIP."""
        files = [_result(album, each) for each in named(album, ids)]
        found = [path for path in files if path is not None]
        if not found:
            raise ProblemError(HTTPStatus.NOT_FOUND, "nothing is saved yet")
        headers = {"Content-Disposition": 'attachment; filename="photochrom.zip"'}
        return StreamingResponse(zipped(found), media_type="application/zip", headers=headers)

    @router.get("/events")
    async def events(request: Request) -> StreamingResponse:
        """Tell, as server-sent events, whenever the album has another version, and of lessons."""
        known = request.headers.get("last-event-id", "")
        stream = _news(album, teacher, int(known) if known.isdecimal() else -1)
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


def add_arrivals(router: APIRouter, album: Album, *, most_bytes: int) -> None:
    """Take in photographs, one by one or in a ZIP.

    Args:
        router: gets the routes.
        album: that they come into.
        most_bytes: of one photograph, or of a ZIP; more is refused.
    """
    folder = album.folder / ORIGINALS

    @router.post("/photographs", status_code=HTTPStatus.CREATED)
    async def add(
        request: Request,
        name: Annotated[str, Query(max_length=_MOST_NAME)] = "",
        idempotency_key: Annotated[str, Header(max_length=200)] = "",
    ) -> Content:
        """Add a photograph, which is the body, or the field `file` of a form.

        A second request with the same Idempotency-Key adds nothing and gives the same photograph.
        """
        original, form = await spool(request, folder, most_bytes)
        told = shown_name(name or form.file_name)
        try:
            return content_of(album.add(told, original=original, key=idempotency_key))
        except InputError as error:
            raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, str(error)) from error
        finally:
            original.unlink(missing_ok=True)

    @router.post("/archives", status_code=HTTPStatus.CREATED)
    async def add_all(request: Request) -> Content:
        """Add the photographs of a ZIP, which is the body."""
        archive, _ = await spool(request, folder, most_bytes, is_archive=True)

        def unpack() -> list[str]:
            files = unzipped(archive, folder, most_bytes=most_bytes)
            return [album.add(name, original=file).id for name, file in files]

        try:
            return {"ids": await run_in_threadpool(unpack)}
        except InputError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        except OSError as error:
            raise ProblemError(HTTPStatus.INSUFFICIENT_STORAGE, str(error.strerror)) from error
        finally:
            archive.unlink(missing_ok=True)

    @router.post("/example", status_code=HTTPStatus.CREATED)
    def example() -> Content:
        """Add the photograph that comes with the studio."""
        content = files("photochrom.studio").joinpath("browser", "example.jpg").read_bytes()
        original = folder / f".{secrets.token_hex(8)}"
        original.write_bytes(content)
        return content_of(album.add("Grace Hopper.jpg", original=original))


async def _news(album: Album, teacher: Teacher, known: int) -> AsyncIterator[str]:
    """Give an event per change, many at once as one, and a comment now and then."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def wake() -> None:
        with suppress(RuntimeError):  # the server has ended, and nobody listens
            loop.call_soon_threadsafe(changed.set)

    silence = album.listen(wake)
    end = loop.time() + _STREAM_S
    told = AlbumLesson()
    try:
        yield "retry: 500\n\n"
        while loop.time() < end:
            changed.clear()
            version = album.version
            if version != known:
                known = version
                yield f"id: {version}\nevent: album\ndata: {version}\n\n"
            if teacher.lesson != told:
                told = teacher.lesson
                yield f"event: lesson\ndata: {json_line(asdict(told))}\n\n"
            try:
                await asyncio.wait_for(changed.wait(), _PING_S)
            except TimeoutError:
                yield ": still here\n\n"
    finally:
        silence()


def named(album: Album, ids: str) -> list[Photograph]:
    """Find the photographs that a request names, or all of them.

    Raises:
        NoPhotographError: when one is not there.
    """
    return [album.find(each) for each in ids.split(",")] if ids else album.since(0)[2]


def _result(album: Album, photograph: Photograph) -> Path | None:
    path = album.folder / photograph.saved
    return path if photograph.saved and path.is_file() else None


def add_photograph(router: APIRouter, album: Album, darkroom: Darkroom) -> None:
    """Answer what is asked of one photograph: color, save, try again, take out."""

    @router.get("/photographs/{identity}")
    def one(identity: str) -> Content:
        return content_of(album.find(identity))

    @router.put("/photographs/{identity}/adjustments")
    def adjust(identity: str, body: AdjustmentsBody) -> Content:
        try:
            wanted = body.as_adjustments()
        except InputError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        return content_of(album.update(identity, adjustments=wanted, state=State.WAITING))

    @router.post("/photographs/{identity}/retry")
    def retry(identity: str) -> Content:
        darkroom.forget(album.original(album.find(identity)))
        return content_of(album.update(identity, state=State.WAITING, reason=""))

    @router.post("/photographs/{identity}/save")
    def save(identity: str, kind: Annotated[Kind | None, Query(alias="format")] = None) -> Content:
        """Write it in color, at its full size, into the studio's folder; as it came, or anew."""
        found = album.find(identity)
        source = album.original(found)
        with told(source):
            target = darkroom.save(
                source, found.adjustments, name=found.name, folder=album.folder, kind=kind
            )
        return content_of(album.note_saved(found, target.name))

    @router.get("/photographs/{identity}/result")
    def result(
        identity: str, if_none_match: Annotated[str, Header(max_length=1000)] = ""
    ) -> Response:
        """Fetch what was saved with the adjustments of now. The ETag is its SHA-256."""
        path = _result(album, album.find(identity))
        if path is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "it is not saved yet")
        headers = {"ETag": f'"{file_sha256(path)}"'}
        if headers["ETag"] in if_none_match:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return FileResponse(
            path, filename=path.name, media_type="application/octet-stream", headers=headers
        )

    @router.delete("/photographs/{identity}", status_code=HTTPStatus.NO_CONTENT)
    def remove(identity: str) -> None:
        darkroom.forget(album.original(album.find(identity)))
        album.remove(identity)
