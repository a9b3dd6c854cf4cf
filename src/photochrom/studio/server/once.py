"""Color one photograph at once, without an album: for programs."""

import shutil
import tempfile
from http import HTTPStatus
from pathlib import Path
from threading import BoundedSemaphore
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse
from pydantic import Field
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from photochrom.engine.hints import Hint
from photochrom.errors import InputError
from photochrom.files import file_sha256
from photochrom.studio.adjustments import MOST_HINTS, VARIANTS, Adjustments
from photochrom.studio.album import ORIGINALS, Album
from photochrom.studio.darkroom import Darkroom, is_left
from photochrom.studio.names import shown_name
from photochrom.studio.server.bodies import Caption, ModelName, ProblemError, StrictBody, told
from photochrom.studio.server.uploads import spool

_MOST_AT_ONCE: Final = 32  # that wait or are being colored


class OnceQuery(StrictBody):
    """How a photograph is colored; what is left out is as the model advises."""

    name: Annotated[str, Field(max_length=1000)] = "photograph"
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
    ) -> FileResponse:
        """Color the photograph that is the body; nothing is kept.

        A hint is written X,Y,#RRGGBB, and may be repeated. The ETag is the SHA-256 of the result.
        """
        if not places.acquire(blocking=False):
            busy = f"{_MOST_AT_ONCE} photographs are waiting already; try again in a while"
            raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, busy)
        folder = Path(tempfile.mkdtemp(prefix=".", dir=album.folder / ORIGINALS))
        try:
            wanted = asked.as_adjustments()
            source = await spool(request, folder, most_bytes)
            target = await run_in_threadpool(
                _colored, darkroom, source, wanted, shown_name(asked.name)
            )
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


def _colored(darkroom: Darkroom, source: Path, wanted: Adjustments, name: str) -> Path:
    try:
        with told(source):
            if is_left(darkroom.plate(source).picture, wanted):
                raise InputError("it is in color already; recolor=true colors it all the same")
            return darkroom.save(source, wanted, name=name, folder=source.parent)
    finally:
        darkroom.forget(source)
