"""The studio's page and its API: HTTP in front of the album and the darkroom."""

import asyncio
import hmac
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from photochrom.color.names import color_name, color_names
from photochrom.engine.hints import Hint
from photochrom.errors import InputError, PhotochromError
from photochrom.picture.reading.formats import HEAD_BYTES, describe_stranger, sniff_kind
from photochrom.studio.adjustments import MOST_HINTS, VARIANTS, Adjustments
from photochrom.studio.album import ORIGINALS, Album, NoPhotographError, Photograph, State
from photochrom.studio.darkroom import SCREEN, Darkroom, encoded, is_left, reason_of
from photochrom.studio.names import shown_name
from photochrom.studio.zipped import zipped
from photochrom.web.guard import Allowance, Guard, Rules, client_of
from photochrom.web.pages import CSS, HTML, SCRIPT, SVG, add_pages

API: Final = "/api/v1"
UPLOADS: Final = f"{API}/photographs"
MOST_BYTES: Final = 2 * 2**30  # of one photograph
_SPARE_BYTES: Final = 256 * 2**20  # of the disk, which stay free
_INCOMPLETE: Final = "open the whole address, with what follows #"
_FULL: Final = "the disk of the studio is full"
_MOST_NAME: Final = 1000
_STREAM_S: Final = 90.0  # after which a page asks anew for news
_PING_S: Final = 15.0
_JPEG: Final = "image/jpeg"
_PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "/": ("studio.html", HTML),
    "/style.css": ("style.css", CSS),
    "/icon.svg": ("icon.svg", SVG),
    "/studio.js": ("studio.js", SCRIPT),
    "/server.js": ("server.js", SCRIPT),
    "/compare.js": ("compare.js", SCRIPT),
    "/arrivals.js": ("arrivals.js", SCRIPT),
    "/album.js": ("album.js", SCRIPT),
    "/bench.js": ("bench.js", SCRIPT),
    "/hints.js": ("hints.js", SCRIPT),
}

Clock = Callable[[], float]
Content = dict[str, Any]
Side = Annotated[int, Query(ge=16, le=SCREEN)]
Pixel = Annotated[int, Query(ge=0, le=1_000_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """Where a studio runs.

    Attributes:
        host: the address listened at.
        port: the port listened at.
        machine: what people call this machine; empty when nobody else can reach it.
        token: what browsers must show; empty when nobody else can reach it.
        most_bytes: of one photograph; more is refused.
    """

    host: str = "127.0.0.1"
    port: int = 0
    machine: str = ""
    token: str = ""
    most_bytes: int = MOST_BYTES


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class HintBody(_Strict):
    """A color at a point, in pixels of the upright photograph at its full size."""

    x: Annotated[int, Field(ge=0, le=1_000_000)]
    y: Annotated[int, Field(ge=0, le=1_000_000)]
    color: Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")]


class AdjustmentsBody(_Strict):
    """How a photograph is colored; what is left out is as the model advises."""

    saturation: Annotated[float, Field(ge=0, le=2)] | None = None
    warmth: Annotated[float, Field(ge=-1, le=1)] = 0.0
    temperature: Annotated[float, Field(ge=0.01, le=10)] | None = None
    variant: Annotated[int, Field(ge=0, le=VARIANTS)] = 0
    hints: Annotated[list[HintBody], Field(max_length=MOST_HINTS)] = []
    recolor: bool = False

    def as_adjustments(self) -> Adjustments:
        """Give them as the studio takes them."""
        hints = tuple(Hint(**each.model_dump()) for each in self.hints)
        return Adjustments(**{**self.model_dump(), "hints": hints})


class TokenBody(_Strict):
    """What the address holds that the person was given."""

    token: Annotated[str, Field(max_length=200)]


class ProblemError(Exception):
    """What a request is answered with when it cannot be met (RFC 9457)."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def create_app(
    album: Album, darkroom: Darkroom, premises: Premises, *, clock: Clock = time.monotonic
) -> FastAPI:
    """Make the app of one studio.

    Args:
        album: its photographs.
        darkroom: colors them.
        premises: where it runs.
        clock: seconds, by which is counted how often a token may be tried.
    """
    app = FastAPI(
        title="photochrom studio",
        version="1",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # the docs pages load a CDN
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.add_middleware(
        Guard,
        rules=Rules(streamed=frozenset((UPLOADS,)), host=premises.host),
    )
    _add_errors(app)
    add_pages(app, "photochrom.studio", _PAGES)
    cookie = f"photochrom-studio-{premises.port}"
    _add_door(app, premises, cookie, clock)
    router = APIRouter(prefix=API, dependencies=[Depends(_door(premises, cookie))])
    _add_album(router, album, darkroom, premises)
    _add_photograph(router, album, darkroom)
    _add_views(router, album, darkroom)
    _add_guesses(router, album, darkroom)
    app.include_router(router)
    return app


def _add_errors(app: FastAPI) -> None:
    """Word refusals as problems."""

    @app.exception_handler(ProblemError)
    def refused(_: Request, error: ProblemError) -> JSONResponse:
        return _problem(error.status, str(error))

    @app.exception_handler(NoPhotographError)
    def missing(_: Request, error: NoPhotographError) -> JSONResponse:
        return _problem(HTTPStatus.NOT_FOUND, "there is no such photograph")

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        where = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"not understood: {where}")


def _problem(status: HTTPStatus, detail: str) -> JSONResponse:
    content = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return JSONResponse(content, status, media_type="application/problem+json")


def _add_door(app: FastAPI, premises: Premises, cookie: str, clock: Clock) -> None:
    """Let a browser in that shows the token once, and remember it there."""
    wrong = Allowance(at_once=20, each_s=6, clock=clock)

    @app.post(f"{API}/enter", include_in_schema=False)
    def enter(body: TokenBody, request: Request, response: Response) -> Content:
        client = client_of(request.client)
        if not wrong.take(client):
            raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, "too many tokens were wrong; wait")
        if premises.token and not hmac.compare_digest(body.token.encode(), premises.token.encode()):
            raise ProblemError(HTTPStatus.UNAUTHORIZED, _INCOMPLETE)
        wrong.give_back(client)
        if premises.token:
            response.set_cookie(cookie, premises.token, httponly=True, samesite="strict")
        return {}


def _door(premises: Premises, cookie: str) -> Callable[[Request], None]:
    """Make the check that every request of the API passes."""

    def check(request: Request) -> None:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        shown = request.cookies.get(cookie, "") or bearer
        if premises.token and not hmac.compare_digest(shown.encode(), premises.token.encode()):
            raise ProblemError(
                HTTPStatus.UNAUTHORIZED, "open the whole address, with what follows #"
            )

    return check


def _result(album: Album, photograph: Photograph) -> Path | None:
    path = album.folder / photograph.saved
    return path if photograph.saved and path.is_file() else None


def _content(photograph: Photograph) -> Content:
    return {
        "id": photograph.id,
        "name": photograph.name,
        "state": photograph.state,
        "reason": photograph.reason,
        "saved": photograph.saved,
        "changed": photograph.changed,
        "adjustments": photograph.adjustments.as_content(),
        "names": {hint.color: color_name(hint.color) for hint in photograph.adjustments.hints},
        **photograph.facts,
    }


def _add_album(router: APIRouter, album: Album, darkroom: Darkroom, premises: Premises) -> None:
    """The album as a whole: what is in it, what comes in, what changes."""

    @router.get("/studio")
    def studio() -> Content:
        card = darkroom.colorizer.card
        return {
            "private": not premises.machine,
            "machine": premises.machine,
            "folder": str(album.folder) if not premises.machine else album.folder.name,
            "saturation": card.saturation,
            "temperature": card.temperature,
            "hints": darkroom.has_hints,
            "model": card.name,
            "variants": VARIANTS if darkroom.has_variants else 0,
            "most_bytes": premises.most_bytes,
        }

    @router.get("/photographs")
    def photographs(since: Annotated[int, Query(ge=0)] = 0) -> Content:
        version, ids, changed = album.since(since)
        return {"version": version, "ids": ids, "photographs": [_content(p) for p in changed]}

    @router.post("/photographs", status_code=HTTPStatus.CREATED)
    async def add(
        request: Request, name: Annotated[str, Query(max_length=_MOST_NAME)] = ""
    ) -> Content:
        """Add a photograph: the body is the file, of any kind that can be colorized."""
        original = await _spool(request, album.folder / ORIGINALS, premises.most_bytes)
        try:
            return _content(album.add(shown_name(name), original=original))
        except InputError as error:
            raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, str(error)) from error
        finally:
            original.unlink(missing_ok=True)

    @router.post("/example", status_code=HTTPStatus.CREATED)
    def example() -> Content:
        """Add the photograph that comes with the studio."""
        content = files("photochrom.studio").joinpath("browser", "example.jpg").read_bytes()
        original = album.folder / ORIGINALS / f".{secrets.token_hex(8)}"
        original.write_bytes(content)
        return _content(album.add("Grace Hopper.jpg", original=original))

    @router.get("/results.zip")
    def results(ids: Annotated[str, Query(max_length=40_000)] = "") -> StreamingResponse:
        """Fetch what was saved, of some photographs or of all, as a ZIP."""
        wanted = ids.split(",") if ids else album.since(0)[1]
        files = [_result(album, album.find(each)) for each in wanted]
        found = [path for path in files if path is not None]
        if not found:
            raise ProblemError(HTTPStatus.NOT_FOUND, "nothing is saved yet")
        headers = {"Content-Disposition": 'attachment; filename="photochrom.zip"'}
        return StreamingResponse(zipped(found), media_type="application/zip", headers=headers)

    @router.get("/events")
    async def events(request: Request) -> StreamingResponse:
        """Tell, as server-sent events, whenever the album has another version."""
        known = request.headers.get("last-event-id", "")
        stream = _news(album, int(known) if known.isdecimal() else -1)
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _news(album: Album, known: int) -> AsyncIterator[str]:
    """Give an event per change, many at once as one, and a comment now and then."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(changed.set)

    silence = album.listen(wake)
    end = loop.time() + _STREAM_S
    try:
        yield "retry: 500\n\n"
        while loop.time() < end:
            changed.clear()
            version = album.version
            if version != known:
                known = version
                yield f"id: {version}\nevent: album\ndata: {version}\n\n"
            try:
                await asyncio.wait_for(changed.wait(), _PING_S)
            except TimeoutError:
                yield ": still here\n\n"
    finally:
        silence()


async def _spool(request: Request, folder: Path, most_bytes: int) -> Path:
    """Write a body to a hidden file, piece by piece; refuse what is too large or no picture."""
    announced = request.headers.get("content-length", "")
    expected = int(announced) if announced.isdecimal() else 0
    _check_size(expected, most_bytes)
    if shutil.disk_usage(folder).free < expected + _SPARE_BYTES:
        raise ProblemError(HTTPStatus.INSUFFICIENT_STORAGE, _FULL)
    written = 0
    descriptor, name = tempfile.mkstemp(prefix=".", dir=folder)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            async for piece in request.stream():
                if not written and len(piece) >= HEAD_BYTES:
                    _check_kind(piece)
                written += len(piece)
                _check_size(written, most_bytes)
                await asyncio.to_thread(file.write, piece)
        with path.open("rb") as file:
            _check_kind(file.read(HEAD_BYTES))
    except OSError as error:
        path.unlink(missing_ok=True)
        raise ProblemError(HTTPStatus.INSUFFICIENT_STORAGE, _FULL) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _check_size(size: int, most_bytes: int) -> None:
    if size > most_bytes:
        what = f"a photograph of {most_bytes >> 20} MB is the largest that is taken"
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, what)


def _check_kind(head: bytes) -> None:
    if sniff_kind(head[:HEAD_BYTES]) is None:
        what = describe_stranger(head[:HEAD_BYTES]) if head else "an empty file"
        kinds = "JPEG, PNG, TIFF, WebP, AVIF and HEIC can be read"
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"this is {what}; {kinds}")


def _add_photograph(router: APIRouter, album: Album, darkroom: Darkroom) -> None:
    """One photograph: how it is colored, saved, tried again, taken out."""

    @router.get("/photographs/{identity}")
    def one(identity: str) -> Content:
        return _content(album.find(identity))

    @router.put("/photographs/{identity}/adjustments")
    def adjust(identity: str, body: AdjustmentsBody) -> Content:
        try:
            wanted = body.as_adjustments()
        except InputError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        return _content(album.update(identity, adjustments=wanted, state=State.WAITING))

    @router.post("/photographs/{identity}/retry")
    def retry(identity: str) -> Content:
        darkroom.forget(album.original(album.find(identity)))
        return _content(album.update(identity, state=State.WAITING, reason=""))

    @router.post("/photographs/{identity}/save")
    def save(identity: str) -> Content:
        """Write it in color, at its full size, into the studio's folder."""
        found = album.find(identity)
        source = album.original(found)
        with _told(source):
            target = darkroom.save(source, found.adjustments, name=found.name, folder=album.folder)
        return _content(album.note_saved(found, target.name))

    @router.get("/photographs/{identity}/result")
    def result(identity: str) -> Response:
        """Fetch what was saved with the adjustments of now."""
        path = _result(album, album.find(identity))
        if path is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "it is not saved yet")
        return FileResponse(path, filename=path.name, media_type="application/octet-stream")

    @router.delete("/photographs/{identity}", status_code=HTTPStatus.NO_CONTENT)
    def remove(identity: str) -> None:
        darkroom.forget(album.original(album.find(identity)))
        album.remove(identity)


def _add_views(router: APIRouter, album: Album, darkroom: Darkroom) -> None:
    """What is shown of a photograph, as JPEGs of a size that the page asks for."""

    def respond(shown: Any) -> Response:
        return Response(encoded(shown), media_type=_JPEG)

    @router.get("/photographs/{identity}/thumbnail")
    def thumbnail(identity: str) -> Response:
        data = album.thumbnail(identity)
        if data is None:
            raise NoPhotographError(identity)
        return Response(data, media_type=_JPEG)

    @router.get("/photographs/{identity}/gray")
    def gray(identity: str, side: Side = SCREEN) -> Response:
        found = album.find(identity)
        source = album.original(found)
        with _told(source):
            return respond(darkroom.gray(source, side))

    @router.post("/photographs/{identity}/color")
    def color(
        identity: str, body: AdjustmentsBody, side: Side = SCREEN, draft: bool = False
    ) -> Response:
        """Show it in color, as it would be with these adjustments; nothing is kept.

        A draft may show hints at the strength of before, and is made at once.
        """
        found = album.find(identity)
        source = album.original(found)
        with _told(source):
            wanted = body.as_adjustments()
            if is_left(darkroom.plate(source).picture, wanted):
                return respond(darkroom.original(source, side))
            return respond(darkroom.color(source, wanted, side, draft=draft))


def _add_guesses(router: APIRouter, album: Album, darkroom: Darkroom) -> None:
    """What else the places of a photograph may be."""

    @router.get("/photographs/{identity}/suggestions")
    def suggestions(identity: str, x: Pixel, y: Pixel) -> Content:
        """Suggest colors for a pixel of the photograph, the most probable first."""
        found = album.find(identity)
        source = album.original(found)
        with _told(source):
            picture = darkroom.plate(source).picture
            if x >= picture.width or y >= picture.height:
                raise InputError(f"{x},{y} lies outside the photograph")
            place = (x / picture.width, y / picture.height)
            colors = [each.color for each in darkroom.guesses(source).at(*place)]
        named = zip(colors, color_names(colors), strict=True)
        return {"colors": [{"color": color, "name": name} for color, name in named]}

    @router.get("/photographs/{identity}/doubt")
    def doubt(identity: str) -> Content:
        """Name the pixels about which a person could help most."""
        source = album.original(album.find(identity))
        with _told(source):
            picture = darkroom.plate(source).picture
            places = darkroom.guesses(source).least_sure()
        return {
            "places": [
                {"x": int(x * picture.width), "y": int(y * picture.height)} for x, y in places
            ]
        }

    @router.get("/photographs/{identity}/stripes")
    def stripes(identity: str, side: Side = SCREEN) -> Response:
        """Draw where the model guesses, as a PNG to be laid over the photograph."""
        source = album.original(album.find(identity))
        with _told(source):
            return Response(encoded(darkroom.doubt(source, side)), media_type="image/png")


@contextmanager
def _told(source: Path) -> Iterator[None]:
    """Word what the engine refuses."""
    try:
        yield
    except (PhotochromError, MemoryError) as error:
        reason = reason_of(error, source)
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, reason) from error
