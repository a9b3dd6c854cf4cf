"""Listen on this machine: an address, patient connections, where others reach it."""

import asyncio
import os
import socket
from collections import Counter
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from photochrom.errors import InputError
from photochrom.web.guard import App, client_of

_REQUEST_S: Final = 15.0  # for a request to arrive, all of it
_RESPONSE_S: Final = 120.0  # for its answer to be taken
_WORK_S: Final = 1800.0  # for large work to be done
_MOST_LINES: Final = 500
_PIECE: Final = 1 << 16  # bytes of an upload, each of which may take as long as a request
_ANYWHERE: Final = ("192.0.2.1", 9)  # a documentation address (RFC 5737); nothing is sent to it


def run_app(app: App, listener: socket.socket, *, line: "type[Line] | None" = None) -> None:
    """Answer requests until the process is interrupted.

    Args:
        app: what answers.
        listener: from `listen`.
        line: how a connection is treated; `Line` by default.
    """
    settings = uvicorn.Config(
        app,
        http=line or Line,
        ws="none",
        lifespan="off",
        access_log=False,  # no addresses of people anywhere
        log_level="error",  # anybody could fill the screen with warnings
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(settings).run(sockets=[listener])


class Line(H11Protocol):
    """One connection, with the patience that uvicorn lacks.

    It is cut when a request, or the reading of an answer, takes too long. When there are too many,
    that one is cut which has waited longest of those from the address that has most: whoever opens
    hundreds cuts their own.
    """

    caller = ""
    since = 0.0
    is_cut = False
    deadline: asyncio.TimerHandle | None = None
    answering: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request; there may be one connection too many now."""
        super().connection_made(transport)
        self.caller = client_of(self.client)
        self._wait(_REQUEST_S)
        lines = [x for x in self.connections if isinstance(x, Line) and not x.is_cut]
        if len(lines) > _most_lines():
            counts = Counter(line.caller for line in lines)
            caller, _ = counts.most_common(1)[0]
            oldest = min((x for x in lines if x.caller == caller), key=lambda line: line.since)
            oldest.is_cut = True  # and gone in the next turn of the loop
            oldest.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        if self.deadline is not None:
            self.deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Look whether this was the end of a request."""
        super().data_received(data)
        self._note_request()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the answer to be taken."""
        self._wait(_RESPONSE_S if self.transport.get_write_buffer_size() else _REQUEST_S)
        super().on_response_complete()
        self._note_request()

    def _note_request(self) -> None:
        cycle: Any = self.cycle  # None before the first request
        is_whole = cycle is not None and not (cycle.more_body or cycle.response_complete)
        if is_whole and cycle is not self.answering:
            self.answering = cycle
            self._wait(_RESPONSE_S)

    def _wait(self, seconds: float) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
        self.since = self.loop.time()
        self.deadline = self.loop.call_later(seconds, self.transport.abort)


class PatientLine(Line):
    """A connection on which large files come and go, as long as they do."""

    arrived = 0

    def data_received(self, data: bytes) -> None:
        """Wait longer when a good piece has arrived."""
        super().data_received(data)
        cycle: Any = self.cycle
        self.arrived += len(data)
        if cycle is not None and cycle.more_body and self.arrived >= _PIECE:
            self.arrived = 0
            self._wait(_REQUEST_S)

    def resume_writing(self) -> None:
        """Wait longer when a good piece was taken."""
        super().resume_writing()
        self._wait(_RESPONSE_S)

    def _note_request(self) -> None:
        before = self.answering
        super()._note_request()
        if self.answering is not before:
            self._wait(_WORK_S)


def _most_lines() -> int:
    """Count the connections to keep: at most half of the files that this process may open."""
    try:
        import resource  # noqa: PLC0415  # not on Windows, which has no such limit
    except ImportError:
        return _MOST_LINES
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MOST_LINES if allowed == resource.RLIM_INFINITY else min(_MOST_LINES, allowed // 2)


def listen(host: str, port: int) -> socket.socket:
    """Take an address; port 0 takes a free one.

    Raises:
        InputError: when it cannot be had.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        remedy = "try another --port" if port else "try another --host"
        raise InputError(f"cannot listen at {host} port {port}: {reason}; {remedy}") from error


def addresses(host: str) -> list[str]:
    """List where others reach this machine."""
    if not _is_everywhere(host):
        return [_bracketed(host)]
    found = ["127.0.0.1"]
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_ANYWHERE)  # chooses a way out; sends nothing
        found.insert(0, probe.getsockname()[0])
    return list(dict.fromkeys(found))


def own_address(host: str) -> str:
    """Give the address by which this machine reaches itself."""
    return "127.0.0.1" if _is_everywhere(host) else _bracketed(host)


def _is_everywhere(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
