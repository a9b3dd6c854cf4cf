"""A server on this machine that plays the publisher of weights."""

import hashlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from photochrom.models.registry import Checkpoint, ModelRow

WEIGHTS = bytes(range(256)) * 5000  # 1.28 MB: several chunks
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()

Answer = Callable[[BaseHTTPRequestHandler], None]


def send(body: bytes, *, status: int = 200, length: int | None = None) -> Answer:
    """Answer with a body; a length larger than the body is a broken connection."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        if length != -1:
            handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def send_parts(body: bytes) -> Answer:
    """Answer as servers do that know ranges."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range", "")
        start = int(asked.removeprefix("bytes=").removesuffix("-") or 0)
        if start >= len(body):
            send(b"", status=416)(handler)
            return
        handler.send_response(206 if asked else 200)
        if asked:
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        handler.send_header("Content-Length", str(len(body) - start))
        handler.end_headers()
        handler.wfile.write(body[start:])

    return answer


def redirect(url: str) -> Answer:
    """Answer that the file is elsewhere."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", url)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


class Server:
    """A server on this machine that gives one answer and counts its requests."""

    def __init__(self) -> None:
        self.answer: Answer = send(WEIGHTS)
        self.requests = 0
        self.ranges: list[str | None] = []  # that were asked for
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.requests += 1
                owner.ranges.append(self.headers.get("Range"))
                owner.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def url(self, sha256: str = SHA256) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/weights-{sha256[:8]}.pth"

    def row(
        self,
        sha256: str = SHA256,
        size_bytes: int | None = len(WEIGHTS),
        mirrors: tuple[str, ...] = (),
    ) -> ModelRow:
        checkpoint = Checkpoint(
            url=self.url(sha256), sha256=sha256, size_bytes=size_bytes, mirrors=mirrors
        )
        return ModelRow(name="far", license="", description="", checkpoint=checkpoint)

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def vanish(self) -> None:
        """Close the door, so that nobody can connect."""
        self._http.server_close()
