"""The web app of a study: HTTP in front of the desk."""

import hmac
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from photochrom.study.server.desk import Content, Desk, RefusedError
from photochrom.study.server.desk import Response as Said
from photochrom.study.server.store import StoreFullError
from photochrom.web.guard import Allowance, Guard, client_of
from photochrom.web.pages import CSS, HTML, SCRIPT, SVG, add_pages

_MONTH_S: Final = 30 * 24 * 3600
_DAY_MS: Final = 24 * 3600 * 1000.0
_PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "/": ("study.html", HTML),
    "/admin": ("admin.html", HTML),
    "/style.css": ("style.css", CSS),
    "/icon.svg": ("icon.svg", SVG),
    "/admin.js": ("admin.js", SCRIPT),
    "/study.js": ("study.js", SCRIPT),
    "/server.js": ("server.js", SCRIPT),
    "/screens.js": ("screens.js", SCRIPT),
    "/words.js": ("words.js", SCRIPT),
    "/trial.js": ("trial.js", SCRIPT),
    "/pictures.js": ("pictures.js", SCRIPT),
    "/jspsych.js": ("jspsych/jspsych.js", SCRIPT),
}

Clock = Callable[[], float]
Milliseconds = Annotated[float, Field(ge=0, le=_DAY_MS, allow_inf_nan=False)]
ShortText = Annotated[str, Field(max_length=64)]
Measure = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Code(_Strict):
    """A participant's code, as copied by hand."""

    code: ShortText


class Wanted(_Strict):
    """A picture whose transfer failed."""

    visit: ShortText
    key: ShortText


class Screen(_Strict):
    """Sizes and frame times, for the record."""

    width: Measure
    height: Measure
    pixel_ratio: Measure
    frame_ms: Measure
    longest_frame_ms: Measure


class Answered(_Strict):
    """A page's answer to one trial."""

    visit: ShortText
    trial: Annotated[int, Field(ge=0, le=100_000)]
    choice: ShortText
    reaction_ms: Milliseconds
    exposure_ms: Milliseconds | None
    hidden: bool
    screen: Screen


class Opening(_Strict):
    """Whether the study lets new participants in."""

    open: bool


def create_app(desk: Desk, *, admin_token: str, clock: Clock = time.monotonic) -> FastAPI:
    """Make the app of one study.

    Args:
        desk: of the study.
        admin_token: what the admin page must show.
        clock: seconds, by which is counted what may be tried only so often.
    """
    app = FastAPI(
        openapi_url=None,
        docs_url=None,  # the docs pages load a CDN
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.add_middleware(Guard)
    _add_errors(app)
    add_pages(app, "photochrom.study", _PAGES)
    cookies = Cookies(desk)
    _add_participant(app, desk, cookies, clock)
    _add_trials(app, desk, cookies)
    _add_admin(app, desk, admin_token, clock)
    return app


def _add_errors(app: FastAPI) -> None:
    """Word refusals for the page."""

    @app.exception_handler(RefusedError)
    def refused(_: Request, error: RefusedError) -> JSONResponse:
        return _problem(error.status, error.code, str(error))

    @app.exception_handler(StoreFullError)
    def full(_: Request, error: StoreFullError) -> JSONResponse:
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "full", str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        where = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"not understood: {where}")


def _problem(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": code, "message": message}, status)


class Cookies:
    """The code of a participant on their device; ports share cookies, so studies are told apart."""

    def __init__(self, desk: Desk) -> None:
        self._name = f"photochrom-study-{desk.mark}"

    def code(self, request: Request) -> str | None:
        """Read the code that a request carries."""
        return request.cookies.get(self._name)

    def remember(self, response: Response, code: str) -> Content:
        """Keep the code on the device and tell it to the page."""
        response.set_cookie(self._name, code, max_age=_MONTH_S, httponly=True, samesite="strict")
        return {"code": code}

    def forget(self, response: Response) -> Content:
        """Take the code off the device."""
        response.delete_cookie(self._name, httponly=True, samesite="strict")
        return {}


def _client(request: Request) -> str:
    return client_of(request.client)


def _spend(allowance: Allowance, client: str, what: str) -> None:
    """Refuse what is tried too often; people behind one address share what it may."""
    if not allowance.take(client):
        message = f"{what} from your network in a short time; please try again in a minute"
        raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "often", message)


@contextmanager
def _guessing(wrong: Allowance, client: str) -> Iterator[None]:
    """Count a guess of a secret unless it turns out to be right."""
    _spend(wrong, client, "too many codes were wrong")
    yield
    wrong.give_back(client)


def _add_participant(app: FastAPI, desk: Desk, cookies: Cookies, clock: Clock) -> None:
    """Who somebody is."""
    known = Depends(cookies.code)
    client = Depends(_client)
    starts = Allowance(at_once=100, each_s=6, clock=clock)  # a lecture hall; then 14 000 a day
    wrong = Allowance(at_once=40, each_s=3, clock=clock)

    @app.get("/api/welcome")
    def welcome(code: str | None = known) -> Content:
        return desk.welcome(code)

    @app.post("/api/start")
    def start(response: Response, code: str | None = known, client: str = client) -> Content:
        _spend(starts, client, "too many people have begun")
        return cookies.remember(response, desk.start(code))

    @app.post("/api/resume")
    def resume(response: Response, given: Code, client: str = client) -> Content:
        with _guessing(wrong, client):
            return cookies.remember(response, desk.resume(given.code))

    @app.post("/api/leave")
    def leave(response: Response) -> Content:
        return cookies.forget(response)

    @app.post("/api/forget")
    def forget(response: Response, given: Code, client: str = client) -> Content:
        with _guessing(wrong, client):
            desk.forget(given.code)
        return cookies.forget(response)


def _add_trials(app: FastAPI, desk: Desk, cookies: Cookies) -> None:
    """What is shown and answered."""
    known = Depends(cookies.code)

    @app.post("/api/visit")
    def visit(code: str | None = known) -> Content:
        return desk.begin_visit(code)

    @app.post("/api/picture")
    def picture(wanted: Wanted, code: str | None = known) -> Content:
        return desk.fresh_address(code, wanted.visit, wanted.key)

    @app.get("/img/{address}")
    def image(address: str) -> Response:
        return Response(desk.picture(address), media_type="image/png")

    @app.post("/api/answer")
    def answer(given: Answered, code: str | None = known) -> Content:
        return desk.answer(code, Said(**given.model_dump()))


def _add_admin(app: FastAPI, desk: Desk, admin_token: str, clock: Clock) -> None:
    """What the person sees who runs the study."""
    wrong = Allowance(at_once=20, each_s=6, clock=clock)

    def check(
        authorization: Annotated[str, Header(max_length=200)] = "", client: str = Depends(_client)
    ) -> None:
        expected = f"Bearer {admin_token}".encode()
        with _guessing(wrong, client):
            if not hmac.compare_digest(authorization.encode(), expected):
                raise RefusedError(HTTPStatus.UNAUTHORIZED, "stranger", "this token is not the one")

    @app.get("/api/admin", dependencies=[Depends(check)])
    def progress() -> Content:
        return desk.progress()

    @app.post("/api/admin", dependencies=[Depends(check)])
    def open_or_close(opening: Opening) -> Content:
        desk.set_open(is_open=opening.open)
        return desk.progress()
