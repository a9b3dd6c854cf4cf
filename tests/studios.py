"""A studio for the tests, in this process or in one of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn
from starlette.testclient import TestClient

from photochrom.engine.colorizer import Colorizer
from photochrom.studio.album import Album
from photochrom.studio.darkroom import Darkroom
from photochrom.studio.developer import Developer
from photochrom.studio.models import Models
from photochrom.studio.server.app import Premises, create_app
from photochrom.studio.teaching import Teacher
from photochrom.web.listening import listen

API = "/api/v1"
HERE = "http://127.0.0.1:8100"


# Tells what `photochrom adapt --events` tells, in no time; one for "slow" waits to be stopped.
LESSON = """
import json, pathlib, shutil, sys, time
def tell(**told):
    print(json.dumps(told), flush=True)
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
photos, out, report = (pathlib.Path(given[flag]) for flag in ("--photos", "-o", "--report"))
tell(told=f"{len(list(photos.iterdir()))} photographs: about 4 minutes on this machine")
tell(doing="step 1 of 2, looking", done=3, total=12, unit="looks")
if out.stem == "broken":
    sys.exit("photochrom: there is not enough memory for this")
time.sleep(60 * (out.stem == "slow"))
out.parent.mkdir(exist_ok=True)
shutil.copyfile(given["--base"], out)
report.mkdir(exist_ok=True)
(report / "report.html").write_text("<!doctype html><title>Adapted</title>")
tell(verdict="gain", plain="The new model colors photographs like yours better.", is_written=True)
"""


class Studio:
    """A studio whose worker works when it is told to."""

    def __init__(self, folder: Path, model: Path, **place: Any) -> None:
        self.album = Album(folder)
        models = Models(Colorizer(model), folder / "models")
        self.darkroom = Darkroom(models, most_pixels=1_000_000)
        self.teacher = Teacher(self.album, models, model, command=(sys.executable, "-c", LESSON))
        self.app = create_app(self.album, self.darkroom, self.teacher, Premises(**place))
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
def hosted(studio: Studio) -> Iterator[str]:
    """Serve a studio from this process, with its worker; gives its address."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(studio.app, lifespan="off", log_level="error"))
        thread = Thread(target=server.run, args=[[listener]])
        thread.start()
        studio.developer.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            studio.developer.stop()
            studio.teacher.stop()
            server.should_exit = server.force_exit = True
            thread.join()
            studio.album.close()


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
