"""The web app of a study: HTTP in front of the session service, run on this machine."""

import hmac
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from photochrom.errors import InputError
from photochrom.study.design.manifest import read_manifest
from photochrom.study.folder import own_picture
from photochrom.study.server.service import (
    Content,
    PageAnswer,
    RefusedError,
    SessionService,
    ShortText,
    Strict,
)
from photochrom.study.server.store import Store, StoreFullError
from photochrom.web.guard import Allowance, Guard, client_of
from photochrom.web.listening import addresses, listen, own_address, run_app
from photochrom.web.pages import CSS, HTML, SCRIPT, SVG, add_pages

_MONTH_S: Final = 30 * 24 * 3600
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


class Code(Strict):
    """A participant's code, as copied by hand."""

    code: ShortText


class Wanted(Strict):
    """A picture whose transfer failed."""

    visit: ShortText
    key: ShortText


class Opening(Strict):
    """Whether the study lets new participants in."""

    open: bool


def create_app(
    service: SessionService, *, admin_token: str, clock: Clock = time.monotonic
) -> FastAPI:
    """Make the app of one study.

    Args:
        service: of the study.
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
    cookies = Cookies(service)
    _add_participant(app, service, cookies, clock)
    _add_trials(app, service, cookies)
    _add_admin(app, service, admin_token, clock)
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

    def __init__(self, service: SessionService) -> None:
        self._name = f"photochrom-study-{service.mark}"

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


def _add_participant(app: FastAPI, service: SessionService, cookies: Cookies, clock: Clock) -> None:
    """Who somebody is."""
    known = Depends(cookies.code)
    client = Depends(_client)
    starts = Allowance(at_once=100, each_s=6, clock=clock)  # a lecture hall; then 14 000 a day
    wrong = Allowance(at_once=40, each_s=3, clock=clock)

    @app.get("/api/welcome")
    def welcome(code: str | None = known) -> Content:
        return service.welcome(code)

    @app.post("/api/start")
    def start(response: Response, code: str | None = known, client: str = client) -> Content:
        _spend(starts, client, "too many people have begun")
        return cookies.remember(response, service.start(code))

    @app.post("/api/resume")
    def resume(response: Response, copied: Code, client: str = client) -> Content:
        with _guessing(wrong, client):
            return cookies.remember(response, service.resume(copied.code))

    @app.post("/api/leave")
    def leave(response: Response) -> Content:
        return cookies.forget(response)

    @app.post("/api/forget")
    def forget(response: Response, copied: Code, client: str = client) -> Content:
        with _guessing(wrong, client):
            service.forget(copied.code)
        return cookies.forget(response)


def _add_trials(app: FastAPI, service: SessionService, cookies: Cookies) -> None:
    """What is shown and answered."""
    known = Depends(cookies.code)

    @app.post("/api/visit")
    def visit(code: str | None = known) -> Content:
        return service.begin_visit(code)

    @app.post("/api/picture")
    def picture(wanted: Wanted, code: str | None = known) -> Content:
        return service.fresh_address(code, wanted.visit, wanted.key)

    @app.get("/img/{address}")
    def image(address: str) -> Response:
        return Response(service.picture(address), media_type="image/png")

    @app.post("/api/answer")
    def answer(content: PageAnswer, code: str | None = known) -> Content:
        return service.answer(code, content)


def _add_admin(app: FastAPI, service: SessionService, admin_token: str, clock: Clock) -> None:
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
        return service.progress()

    @app.post("/api/admin", dependencies=[Depends(check)])
    def open_or_close(opening: Opening) -> Content:
        service.set_open(is_open=opening.open)
        return service.progress()


_SHORTEST_TOKEN: Final = 8


def serve_study(
    study: Path,
    *,
    host: str,
    port: int,
    admin_token: str | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> None:
    """Let people take part until the process is interrupted.

    Args:
        study: its folder.
        host: address to listen at.
        port: to listen at; 0 takes a free one.
        admin_token: of the admin page; made up when None.
        announce: told the addresses, a line each.

    Raises:
        InputError: when the study cannot be opened, a picture is missing or a link, or the address
            is taken.
    """
    token = secrets.token_urlsafe(12) if admin_token is None else admin_token
    if len(token) < _SHORTEST_TOKEN or not token.isascii():
        raise InputError(f"--admin-token must be at least {_SHORTEST_TOKEN} ASCII characters")
    manifest = read_manifest(study)
    for picture in manifest.pictures:
        for file in picture.files:
            if not own_picture(study, file).exists():
                raise InputError(f"{study / file} is missing; restore it from a copy")
    with closing(Store(study, manifest)) as store, listen(host, port) as listener:
        app = create_app(SessionService(manifest, store, study), admin_token=token)
        at = listener.getsockname()[1]
        for address in addresses(host):
            announce(f"participants: http://{address}:{at}/")
        announce(f"you:          http://{own_address(host)}:{at}/admin#{token}")
        run_app(app, listener)
