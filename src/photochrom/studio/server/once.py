"""Color one photograph at once, without an album: for programs."""

import shutil
import tempfile
from http import HTTPStatus
from pathlib import Path
from threading import BoundedSemaphore
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import Field, ValidationError
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from photochrom.engine.hints import Hint
from photochrom.errors import InputError
from photochrom.files import file_sha256
from photochrom.studio.adjustments import MOST_HINTS, VARIANTS, Adjustments
from photochrom.studio.album import ORIGINALS, Album, State
from photochrom.studio.darkroom import Darkroom, is_left
from photochrom.studio.names import shown_name
from photochrom.studio.server.bodies import (
    API,
    Caption,
    ModelName,
    ProblemError,
    StrictBody,
    content_of,
    told,
)
from photochrom.studio.server.forms import Form
from photochrom.studio.server.uploads import spool
from photochrom.texts import parse_json

_MOST_PIXELS: Final = 40_000_000  # larger ones are not waited for
_MOST_AT_ONCE: Final = 32  # that wait or are being colored


class OnceQuery(StrictBody):
    """How a photograph is colored; what is left out is as the model advises."""

    name: Annotated[str, Field(max_length=1000)] = ""
    saturation: Annotated[float, Field(ge=0, le=2)] | None = None
    warmth: Annotated[float, Field(ge=-1, le=1)] = 0.0
    temperature: Annotated[float, Field(ge=0.01, le=10)] | None = None
    variant: Annotated[int, Field(ge=0, le=VARIANTS)] = 0
    hint: list[Annotated[str, Field(max_length=40)]] = Field([], max_length=MOST_HINTS)
    recolor: bool = False
    caption: Caption | None = None
    model: ModelName | None = None

    def as_adjustments(self) -> Adjustments:
        """Give them as the studio takes them.

        Raises:
            InputError: when a hint is not written X,Y,#RRGGBB.
        """
        named = self.model_dump(exclude={"name", "hint"})
        return Adjustments(**named, hints=tuple(map(Hint.parse, self.hint)))


def add_once(router: APIRouter, album: Album, darkroom: Darkroom, *, most_bytes: int) -> None:
    """Answer a photograph with its colored copy.

    Args:
        router: gets the route.
        album: in whose folder files lie for as long as they are worked on.
        darkroom: colors them.
        most_bytes: of one photograph; more is refused.
    """
    places = BoundedSemaphore(_MOST_AT_ONCE)

    @router.post("/colorize", response_class=FileResponse)
    async def colorize(
        request: Request,
        asked: Annotated[OnceQuery, Query()],
        prefer: Annotated[str, Header(max_length=200)] = "",
    ) -> Response:
        """Color the photograph that is the body, or the field `file` of a form; nothing is kept.

        Options stand in the address, or as JSON in the field `options`. A hint is written
        X,Y,#RRGGBB. The ETag is the SHA-256 of the result. A photograph above 40 megapixels, and
        any with `Prefer: respond-async`, becomes one of the album, which the answer, 202, names.
        """
        if not places.acquire(blocking=False):
            busy = f"{_MOST_AT_ONCE} photographs are waiting already; try again in a while"
            raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, busy)
        folder = Path(tempfile.mkdtemp(prefix=".", dir=album.folder / ORIGINALS))
        try:
            source, form = await spool(request, folder, most_bytes)
            asked = _with_form(asked, form)
            wanted, name = asked.as_adjustments(), shown_name(asked.name or form.file_name)
            if "respond-async" in prefer or await run_in_threadpool(_is_large, darkroom, source):
                darkroom.forget(source)
                job = _as_job(album, source, wanted, name)
                shutil.rmtree(folder)
                return job
            target = await run_in_threadpool(_colored, darkroom, source, wanted, name)
            etag = await run_in_threadpool(file_sha256, target)
        except InputError as error:
            shutil.rmtree(folder)
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        except BaseException:
            shutil.rmtree(folder)
            raise
        finally:
            places.release()
        return FileResponse(
            target,
            filename=target.name,
            media_type="application/octet-stream",
            headers={"ETag": f'"{etag}"'},
            background=BackgroundTask(shutil.rmtree, folder),
        )


def _with_form(asked: OnceQuery, form: Form) -> OnceQuery:
    """Add what the field `options` of a form says, which counts more than the address."""
    try:
        told = parse_json(form.fields.get("options", "{}"))
        return OnceQuery.model_validate({**asked.model_dump(exclude_unset=True), **told})
    except (ValidationError, ValueError, TypeError) as error:
        what = "the field options is no JSON object of options"
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, what) from error


def _is_large(darkroom: Darkroom, source: Path) -> bool:
    with told(source):
        picture = darkroom.plate(source).picture
    return picture.height * picture.width > _MOST_PIXELS


def _as_job(album: Album, source: Path, wanted: Adjustments, name: str) -> JSONResponse:
    """Put a photograph into the album, to be colored there."""
    added = album.add(name, original=source)
    content = content_of(album.update(added.id, adjustments=wanted, state=State.WAITING))
    place = {"Location": f"{API}/photographs/{added.id}"}
    return JSONResponse(content, HTTPStatus.ACCEPTED, headers=place)


def _colored(darkroom: Darkroom, source: Path, wanted: Adjustments, name: str) -> Path:
    try:
        with told(source):
            if is_left(darkroom.plate(source).picture, wanted):
                raise InputError("it is in color already; recolor=true colors it all the same")
            return darkroom.save(source, wanted, name=name, folder=source.parent)
    finally:
        darkroom.forget(source)
