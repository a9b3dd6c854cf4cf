"""A studio for the tests, in this process or in one of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from photochrom.engine.colorizer import Colorizer
from photochrom.studio.album import Album
from photochrom.studio.darkroom import Darkroom
from photochrom.studio.developer import Developer
from photochrom.studio.models import Models
from photochrom.studio.server.app import Premises, create_app

API = "/api/v1"
HERE = "http://127.0.0.1:8100"


class Studio:
    """A studio whose worker works when it is told to."""

    def __init__(self, folder: Path, model: Path, **place: Any) -> None:
        self.album = Album(folder)
        self.darkroom = Darkroom(Models(Colorizer(model), folder / "models"), most_pixels=1_000_000)
        self.app = create_app(self.album, self.darkroom, Premises(**place))
        self.developer = Developer(self.album, self.darkroom)
        self.page = self.browser()

    def browser(self) -> TestClient:
        """Another browser."""
        return TestClient(self.app, base_url=HERE)

    def develop(self) -> None:
        """Color all that waits."""
        while photograph := self.album.next_waiting():
            self.developer.develop(photograph)

    def bring(self, file: Path, name: str | None = None) -> str:
        """Drop a file on the page and color it; gives its id."""
        address = f"{API}/photographs"
        reply = self.page.post(
            address, params={"name": name or file.name}, content=file.read_bytes()
        )
        assert reply.status_code == 201, reply.text
        self.develop()
        return str(reply.json()["id"])

    def one(self, identity: str) -> Any:
        """What the page knows of a photograph."""
        return self.page.get(f"{API}/photographs/{identity}").json()


@contextmanager
def serving(
    folder: Path, model: Path, *words: str | Path, port: int = 0
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Serve a studio as a user would; gives its address and the process."""
    command = [sys.executable, "-m", "photochrom", "studio", "--no-open", "--port", str(port)]
    command += ["--folder", str(folder), "--model", str(model), *map(str, words)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as run:
        try:
            assert run.stdout is not None
            line = run.stdout.readline()
            assert line.startswith("studio:"), line + (run.stderr.read() if run.stderr else "")
            yield line.split()[1], run
        finally:
            run.terminate()
            run.communicate()
