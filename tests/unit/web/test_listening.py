"""The server's connections: those who never finish a request, never read, or open hundreds."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from photochrom.web import listening
from photochrom.web.listening import Line

PATIENCE_S = 60.0  # a connection that the server never cuts fails here
BIG = bytes(1 << 22)


async def app(scope: object, receive: Callable[[], object], send: Callable[..., object]) -> None:
    """Answer after the whole body, with more than the buffers of a connection hold."""
    body = {"more_body": True}
    while body.get("more_body"):
        body = await receive()  # type: ignore[misc]
    size = str(len(BIG)).encode()
    head = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", size)]}
    await send(head)  # type: ignore[misc]
    await send({"type": "http.response.body", "body": BIG})  # type: ignore[misc]


@contextmanager
def serving() -> Iterator[int]:
    """Serve in a thread; gives the port."""
    settings = uvicorn.Config(
        app, http=Line, ws="none", lifespan="off", log_level="error", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(settings)
    with socket.create_server(("", 0), backlog=100) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def connect(port: int, *, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE_S, source_address=(source, 0))


def is_cut(line: socket.socket) -> bool:
    """Wait for the other side to cut a connection; no whole answer may come before."""
    read = 0
    try:
        while part := line.recv(1 << 16):
            read += len(part)
    except ConnectionError:
        return True
    return read < len(BIG)


def fetch(line: socket.socket) -> bool:
    """Ask for something, and read all of it."""
    line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    with line.makefile("rb") as reply:
        while reply.readline() != b"\r\n":
            pass
        return reply.read(len(BIG)) == BIG


@pytest.mark.parametrize(
    "opening",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
    ],
)
def test_an_unfinished_request_is_cut(opening: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_REQUEST_S", 0.1)
    with serving() as port, connect(port) as line:
        line.sendall(opening)
        assert is_cut(line)


def test_an_unfinished_second_request_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uvicorn stops its clock at the first byte of it."""
    with serving() as port, connect(port) as line:
        assert fetch(line)
        monkeypatch.setattr(listening, "_REQUEST_S", 0.1)
        monkeypatch.setattr(listening, "_RESPONSE_S", 0.1)
        assert fetch(line)
        line.sendall(b"G")
        assert is_cut(line)


def test_an_answer_that_nobody_reads_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_RESPONSE_S", 0.1)
    lost = threading.Event()
    real = Line.connection_lost

    def noted(line: Line, error: Exception | None) -> None:
        real(line, error)
        lost.set()

    monkeypatch.setattr(Line, "connection_lost", noted)
    with serving() as port, connect(port) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 8)
        assert lost.wait(PATIENCE_S)


@pytest.mark.skipif(os.name == "nt", reason="a second address of this machine")
@pytest.mark.parametrize(
    "opening",
    [
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",  # and nobody reads the answer
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
)
def test_who_opens_hundreds_cuts_their_own(opening: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_most_lines", lambda: 20)
    with serving() as port:
        try:
            first = connect(port, source="127.0.0.2")
        except OSError:
            pytest.skip("this machine has one address")
        flood = []
        try:
            for _ in range(100):
                flood.append(connect(port))
                flood[-1].sendall(opening)
                if opening.endswith(b"\r\n\r\n"):
                    flood[-1].recv(1)  # of an answer that is not read any further
            assert all(map(is_cut, flood[:80]))
            assert fetch(first)  # has waited longest, and is not cut
            with connect(port, source="127.0.0.2") as second:
                assert fetch(second)
        finally:
            for line in (first, *flood):
                line.close()
