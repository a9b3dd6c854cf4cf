"""What holds for every request: strict headers, small bodies, no other site's pages.

Beside it the counting of what may be tried only so often.
"""

import socket
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import Any, Final

from photochrom.texts import json_line

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES: Final = 4096  # of a request's body: an answer of a study has about 300
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_ENCODED: Final = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]


_READING: Final = ("GET", "HEAD")
_LOCAL: Final = ("localhost", "127.0.0.1", "[::1]")
_MOST_CLIENTS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a server lets in.

    Attributes:
        streamed: paths whose bodies, of any size, the app reads and limits by itself.
        host: the address listened at; then no other page may ask for anything but the page itself,
            and a name that is not this machine's is refused, which a page of a stranger may have
            made its own (DNS rebinding). None lets in every name, as servers behind others need.
        most_bytes: of all other bodies, which are held in memory.
    """

    streamed: frozenset[str] = frozenset()
    host: str | None = None
    most_bytes: int = MOST_BYTES

    def knows(self, host: bytes) -> bool:
        """Say whether a request's host may be this machine: its name, or a bare address."""
        if self.host is None:
            return True
        name = host.decode("latin-1").lower()
        name = name if name.endswith("]") else name.rpartition(":")[0] or name
        if name in (*_LOCAL, self.host.lower(), socket.gethostname().lower()):
            return True
        try:
            ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True


class Guard:
    """Wraps the app: headers on every response; large bodies and other sites' pages refused."""

    def __init__(self, app: App, rules: Rules | None = None) -> None:
        self._app = app
        self._rules = rules or Rules()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_ENCODED]
            await send(message)

        headers = dict(scope["headers"])
        if not self._rules.knows(headers.get(b"host", b"")):
            await _refuse(send_guarded, 421, "host", "this is not the address of this server")
            return
        is_asking = scope["method"] not in _READING
        is_private = self._rules.host is not None and scope["path"] != "/"
        if (is_asking or is_private) and _is_foreign(scope):
            await _refuse(send_guarded, 403, "foreign", "another site's page has sent this")
            return
        if is_asking and scope["path"] in self._rules.streamed:
            await self._app(scope, receive, send_guarded)
            return
        body = await _read(receive, self._rules.most_bytes)
        if body is None:
            most = f"this takes {self._rules.most_bytes >> 10} kB at most"
            await _refuse(send_guarded, 413, "large", most)
            return
        await self._app(scope, _replay(body, receive), send_guarded)


async def _read(receive: Receive, most_bytes: int) -> bytes | None:
    """Read a small body; None when it is larger, whatever its headers say."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > most_bytes:
            return None
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the app the body that was read, and after it whatever comes."""
    waiting = [body]

    async def replayed() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replayed


def _is_foreign(scope: Scope) -> bool:
    """Tell whether a browser says that the page which asks is of another site.

    What browsers compute themselves holds behind a server that changes the host as well; plain HTTP
    has only the origin.
    """
    headers = {name: value.decode("latin-1").lower() for name, value in scope["headers"]}
    if site := headers.get(b"sec-fetch-site"):
        return site not in ("same-origin", "none")
    origin = headers.get(b"origin")
    return origin is not None and origin.partition("://")[2] != headers.get(b"host")


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    """Answer with a problem (RFC 9457), whose ``error`` and ``message`` pages read, and close."""
    about = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    text = json_line({**about, "detail": message, "error": code, "message": message}).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def client_of(address: tuple[str, int] | None) -> str:
    """Name the household that an address belongs to: one of IPv4, or a /64 network of IPv6.

    >>> client_of(("2001:db8:1:2:3::4", 5)), client_of(("::ffff:192.0.2.7", 5))
    ('2001:db8:1:2::', '192.0.2.7')
    """
    host = address[0].partition("%")[0] if address else ""
    try:
        parsed = ip_address(host)
    except ValueError:
        return host
    if not isinstance(parsed, IPv6Address):
        return host
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))


class Allowance:
    """How often each client may do something: a number of times at once, then at a steady pace.

    Safe from many threads.

    Args:
        at_once: how often without a pause.
        each_s: seconds after which one more is allowed.
        clock: seconds, never running backwards.
    """

    def __init__(self, at_once: int, each_s: float, clock: Callable[[], float]) -> None:
        self._lead_s = (at_once - 1) * each_s
        self._each_s = each_s
        self._clock = clock
        self._lock = Lock()
        self._free_at: dict[str, float] = {}  # when each has all of its allowance again

    def take(self, client: str) -> bool:
        """Take one; False when there is none left."""
        now = self._clock()
        with self._lock:
            free_at = max(now, self._free_at.pop(client, now))
            is_left = free_at - now <= self._lead_s
            self._free_at[client] = free_at + self._each_s * is_left
            if len(self._free_at) > _MOST_CLIENTS:
                self._free_at = {c: at for c, at in self._free_at.items() if at > now}
                for oldest in list(self._free_at)[: len(self._free_at) - _MOST_CLIENTS]:
                    del self._free_at[oldest]
        return is_left

    def give_back(self, client: str) -> None:
        """Give one back that was taken."""
        with self._lock:
            if client in self._free_at:
                self._free_at[client] -= self._each_s
