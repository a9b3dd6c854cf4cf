"""The studio's page and its API: HTTP in front of the album and the darkroom."""

import hmac
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.exceptions import HTTPException

from photochrom.studio.adjustments import VARIANTS
from photochrom.studio.album import Album, NoPhotographError
from photochrom.studio.darkroom import Darkroom
from photochrom.studio.models import Models, OfferedModel, facts_of
from photochrom.studio.server.albums import add_album, add_arrivals, add_photograph
from photochrom.studio.server.bodies import API, Content, ProblemError, StrictBody, problem
from photochrom.studio.server.once import add_once
from photochrom.studio.server.sharing import add_sharing
from photochrom.studio.server.teaching import add_teaching
from photochrom.studio.server.views import add_guesses, add_views
from photochrom.studio.teaching import Teacher
from photochrom.web.guard import Allowance, Guard, Rules, client_of
from photochrom.web.pages import CSS, HTML, SCRIPT, SVG, add_pages

_STREAMED: Final = frozenset((f"{API}/photographs", f"{API}/archives", f"{API}/colorize"))
MOST_BYTES: Final = 2 * 2**30  # of one photograph
_MOST_BODY: Final = 1 << 18  # of other requests: some 6000 dabs of a brush
_INCOMPLETE: Final = "open the whole address, with what follows #"
_PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "/": ("studio.html", HTML),
    "/style.css": ("style.css", CSS),
    "/icon.svg": ("icon.svg", SVG),
    "/studio.js": ("studio.js", SCRIPT),
    "/server.js": ("server.js", SCRIPT),
    "/compare.js": ("compare.js", SCRIPT),
    "/arrivals.js": ("arrivals.js", SCRIPT),
    "/album.js": ("album.js", SCRIPT),
    "/lesson.js": ("lesson.js", SCRIPT),
    "/bench.js": ("bench.js", SCRIPT),
    "/hints.js": ("hints.js", SCRIPT),
    "/formats.js": ("formats.js", SCRIPT),
    "/api": ("api.html", HTML),
    "/api.js": ("api.js", SCRIPT),
    "/eyedropper.js": ("eyedropper.js", SCRIPT),
}

Clock = Callable[[], float]


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


class TokenBody(StrictBody):
    """What the address holds that the person was given."""

    token: Annotated[str, Field(max_length=200)]


def create_app(
    album: Album,
    darkroom: Darkroom,
    teacher: Teacher,
    premises: Premises,
    *,
    clock: Clock = time.monotonic,
) -> FastAPI:
    """Make the app of one studio.

    Args:
        album: its photographs.
        darkroom: colors them.
        teacher: teaches a model their colors.
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
        rules=Rules(streamed=_STREAMED, host=premises.host, most_bytes=_MOST_BODY),
    )
    _add_errors(app)
    add_pages(app, "photochrom.studio", _PAGES)
    cookie = f"photochrom-studio-{premises.port}"
    app.get("/healthz")(lambda: {"status": "ok"})
    _add_door(app, premises, cookie, clock)
    router = APIRouter(prefix=API, dependencies=[Depends(_door(premises, cookie))])
    _add_studio(router, album, darkroom, premises)
    add_album(router, album, teacher)
    add_arrivals(router, album, most_bytes=premises.most_bytes)
    add_photograph(router, album, darkroom)
    add_sharing(router, album, darkroom)
    add_views(router, album, darkroom)
    add_guesses(router, album, darkroom)
    add_once(router, album, darkroom, most_bytes=premises.most_bytes)
    add_teaching(router, album, teacher)
    app.include_router(router)
    return app


def _add_errors(app: FastAPI) -> None:
    """Word refusals as problems."""

    @app.exception_handler(ProblemError)
    def refused(_: Request, error: ProblemError) -> JSONResponse:
        return problem(error.status, str(error))

    @app.exception_handler(NoPhotographError)
    def missing(_: Request, error: NoPhotographError) -> JSONResponse:
        return problem(HTTPStatus.NOT_FOUND, "there is no such photograph")

    @app.exception_handler(HTTPException)
    def unknown(_: Request, error: HTTPException) -> JSONResponse:
        return problem(HTTPStatus(error.status_code), str(error.detail), error.headers)

    @app.exception_handler(sqlite3.OperationalError)
    def full(_: Request, error: sqlite3.OperationalError) -> JSONResponse:
        return problem(HTTPStatus.INSUFFICIENT_STORAGE, f"the album cannot be written: {error}")

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        where = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"not understood: {where}")


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
            raise ProblemError(HTTPStatus.UNAUTHORIZED, _INCOMPLETE)

    return check


def _add_studio(router: APIRouter, album: Album, darkroom: Darkroom, premises: Premises) -> None:
    """Tell what the page must know of this studio and its model."""

    @router.get("/studio")
    def studio() -> Content:
        return {
            "private": not premises.machine,
            "machine": premises.machine,
            "folder": str(album.folder) if not premises.machine else album.folder.name,
            "model": darkroom.models.first.card.name,
            "most_bytes": premises.most_bytes,
        }

    @router.get("/models")
    def models() -> Content:
        """List the models, from fast to best, then the person's own; and what each can do."""
        return {"models": [_described(each, darkroom.models) for each in darkroom.models.offered()]}


def _described(offered: OfferedModel, models: Models) -> Content:
    told: Content = {"name": offered.name, "title": offered.title, "text": offered.text}
    if offered.path is None:
        return {**told, "installed": False, "way": offered.way}
    facts = facts_of(offered.path)
    if offered.name == models.first.card.name:
        facts = models.first.card, models.first.session.signature
    if facts is None:
        return {**told, "installed": False, "way": "its file is damaged: fetch it again"}
    card, signature = facts
    has_distribution = "distribution" in signature.outputs
    return {
        **told,
        "installed": True,
        "license": card.license,
        "saturation": card.saturation,
        "temperature": card.temperature,
        "hints": "hints" in signature.inputs,
        "variants": VARIANTS if has_distribution else 0,
    }
