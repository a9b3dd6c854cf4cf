"""Nothing is sent, and nothing is left at home: commands in a network and a home of their own."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from tests.photographs import save_gray
from tests.studies import make_desk
from tests.taught import save_taught
from tests.tiny import tiny_model

ROOT = Path(__file__).parents[2]
DOCUMENTED = (".cache/photochrom", "Library/Caches/photochrom")  # below home, in docs/privacy.md
COUNTERS = "cat /proc/net/snmp /proc/net/snmp6"
# Linux counts for each network of its own, even what fails for want of any way out; an address
# of IPv6 alone is missed, but whoever has a name for one asks for it by IPv4 first
TRIED = ("Ip OutRequests", "Ip OutNoRoutes", "Tcp ActiveOpens", "Udp OutDatagrams")
SEPARATE = ("unshare", "--map-root-user", "--net")

pytestmark = pytest.mark.slow


def can_separate() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*SEPARATE, "true"], capture_output=True, check=False).returncode == 0


needs_network = pytest.mark.skipif(not can_separate(), reason="no network of its own to be had")


@dataclass
class Room:
    """An empty home and an empty folder for temporary files, with nothing else to be known."""

    folder: Path
    tried: dict[str, int] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """No `CI`, which would hide what users see, and no switch that is ours to set."""
        for name in ("home", "temporary"):
            (self.folder / name).mkdir(exist_ok=True)
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "SYSTEMROOT") if key in os.environ}
        source = {"PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        home = {"HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "temporary")}
        return {**kept, **source, **home, "OMP_NUM_THREADS": "1"}

    @property
    def left(self) -> list[str]:
        """What lies in home and among temporary files, beside what is documented."""
        found = []
        for name in ("home", "temporary"):
            place = self.folder / name
            paths = (path for path in place.rglob("*") if not path.is_dir())
            found += [path.relative_to(place).as_posix() for path in paths]
        return [path for path in found if not path.startswith(DOCUMENTED)]

    @contextmanager
    def running(self, *words: str) -> Iterator["subprocess.Popen[str]"]:
        """Run Python, in a network of its own where that can be had, and count what it tries."""
        counters = self.folder / "counters.txt"
        script = f'trap : INT; "$@"; status=$?; {COUNTERS} > "{counters}"; exit $status'
        command = [sys.executable, *words]
        if can_separate():
            command = [*SEPARATE, "sh", "-c", script, "sh", *command]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=pipe,
            stderr=pipe,
            text=True,
            start_new_session=True,
        )
        with process:
            yield process
        if counters.exists():
            self.tried = read_counters(counters.read_text())

    def run(self, *words: str) -> None:
        with self.running(*words) as process:
            out, err = process.communicate()
        assert process.returncode == 0, out + err

    def photochrom(self, *words: str | Path) -> None:
        self.run("-m", "photochrom", *map(str, words))


def read_counters(text: str) -> dict[str, int]:
    """Read what was sent or tried, of Linux's counters: names in one line, numbers in the next."""
    lines = [line.split() for line in text.splitlines()]
    found = {line[0]: int(line[1]) for line in lines if line[0].startswith(("Ip6Out", "Udp6Out"))}
    for names, numbers in pairwise(lines):
        if names[0] == numbers[0] and not names[1].isdecimal():
            group = names[0].rstrip(":")
            found |= {f"{group} {n}": int(v) for n, v in zip(names[1:], numbers[1:], strict=True)}
    watched = (*TRIED, "Ip6OutRequests", "Ip6OutNoRoutes", "Udp6OutDatagrams")
    return {name: found[name] for name in watched if found[name]}


def colorize(room: Room) -> None:
    for seed in range(3):
        save_gray(room.folder / "album" / f"{seed}.jpg", seed=seed)
    room.photochrom("colorize", "album", "--report", "--jobs", "2")


def by_way_of_the_engine(room: Room) -> None:
    """The library, entered by another door than its front one."""
    code = "import sys; from photochrom.engine.colorizer import Colorizer; import numpy as np"
    call = "Colorizer()(np.zeros((8, 8), np.uint8)); assert 'onnxruntime' in sys.modules"
    room.run("-c", f"{code}; {call}")


def study(room: Room) -> None:
    pytest.importorskip("fastapi")
    made = make_desk(room.folder / "desk").create()
    words = ("-m", "photochrom", "study", "serve", str(made), "--port", "0")
    with room.running(*words) as server:
        assert server.stdout is not None
        first = server.stdout.readline()
        os.killpg(server.pid, signal.SIGINT)
        out, err = server.communicate()
    assert first.startswith("participants: "), out + err


def studio(room: Room) -> None:
    """A photograph is colored in it, as the album tells, and it ends by Ctrl-C."""
    pytest.importorskip("fastapi")
    photo = save_gray(room.folder / "aunt.png")
    words = ("-m", "photochrom", "studio", str(photo), "--no-open", "--port", "0")
    with room.running(*words, "--folder", str(room.folder / "out")) as server:
        assert server.stdout is not None
        first = server.stdout.readline()
        database = room.folder / "out" / "studio.sqlite"
        for _ in range(600):
            with closing(sqlite3.connect(database)) as album:
                if album.execute("SELECT 1 FROM photographs WHERE state = 'done'").fetchone():
                    break
            time.sleep(0.1)
        os.killpg(server.pid, signal.SIGINT)
        out, err = server.communicate()
    assert first.startswith("studio:"), out + err


def adapt(room: Room) -> None:
    pytest.importorskip("torch")
    base = tiny_model(room.folder / "tiny.onnx")
    photos = save_taught(room.folder / "photos", base, 8)
    words = ("--base", base, "--photos", photos, "-o", "adapted.onnx", "--report", "report")
    room.photochrom("adapt", *words)


def train(room: Room) -> None:
    pytest.importorskip("torch")
    from tests.training import make_photos, words_for  # noqa: PLC0415  (needs torch)

    photos = make_photos(room.folder / "photos")
    words = words_for("plain", photos, room.folder / "run", "steps=2")
    exporting = ["export", "run", "-o", "trained.onnx"]
    code = "import sys; from photochrom.cli.main import run"  # both in one process: torch is slow
    room.run("-c", f"{code}; sys.exit(run({words}) or run({exporting}))")


COMMANDS = (colorize, by_way_of_the_engine, study, studio, adapt, train)


@pytest.fixture(scope="module", params=COMMANDS, ids=[command.__name__ for command in COMMANDS])
def room(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Room:
    used = Room(tmp_path_factory.mktemp("room"))
    request.param(used)
    return used


def test_nothing_is_left_but_what_is_documented(room: Room) -> None:
    assert room.left == []


@needs_network
def test_no_network_is_touched(room: Room) -> None:
    assert room.tried == {}


@needs_network
@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('192.0.2.1', 443))",
        "socket.getaddrinfo('photochrom.invalid', 443)",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    ],
)
def test_whoever_tries_to_send_is_seen(attempt: str, tmp_path: Path) -> None:
    used = Room(tmp_path)
    used.run("-c", f"import contextlib, socket\nwith contextlib.suppress(OSError): {attempt}")
    assert used.tried


def test_whoever_writes_to_the_home_folder_is_seen(tmp_path: Path) -> None:
    used = Room(tmp_path)
    used.run("-c", "import pathlib; (pathlib.Path.home() / '.trace').touch()")
    assert used.left == [".trace"]


def test_the_places_are_documented() -> None:
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert all(f"~/{place}" in page for place in DOCUMENTED)
    assert "](docs/privacy.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
