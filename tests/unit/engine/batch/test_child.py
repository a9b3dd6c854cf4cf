"""Worker processes: what kills them, holds them up or ends them costs one picture at most."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest
from tests.photographs import save_gray

from photochrom.engine.batch.child import _SERVE, Child, process_chunk
from photochrom.engine.batch.chunk import ChunkItem, ChunkOptions
from photochrom.engine.batch.ledger import Outcome
from photochrom.engine.batch.manifest import MANIFEST_NAME
from photochrom.engine.batch.plan import Planner
from photochrom.engine.batch.run import colorize_many
from photochrom.engine.batch.settings import BatchOptions
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.result import Status
from photochrom.errors import ModelError
from photochrom.work.parallel import stoppable_pool

POISON = """
import os, threading
from photochrom.engine.colorizer import Colorizer

color = Colorizer.colorize_file

def poisoned(self, source, target, **options):
    if "fatal" in source.name:
        os._exit(139)
    if "endless" in source.name:
        threading.Event().wait()
    return color(self, source, target, **options)

Colorizer.colorize_file = poisoned
"""

LOADING_FOREVER = """
import sys, threading
from photochrom.engine.colorizer import Colorizer

def load(self, *_, **__):
    print("loading", file=sys.stderr, flush=True)
    while True:
        threading.Event().wait(0.01)

Colorizer.__init__ = load
"""


@pytest.fixture
def poison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let child processes die of pictures called fatal, and never end with those called endless."""
    (tmp_path / "poison").mkdir()
    (tmp_path / "poison" / "sitecustomize.py").write_text(POISON)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "poison"), prepend=os.pathsep)


@pytest.fixture
def options(tiny_model: Path) -> ChunkOptions:
    return ChunkOptions(model=str(tiny_model), has_sums=True, is_repeatable=True, made_at=0)


@pytest.fixture
def child(options: ChunkOptions) -> Iterator[Child]:
    with Child(options) as child:
        yield child


def item(folder: Path, name: str, **changes: object) -> ChunkItem:
    source = save_gray(folder / "in" / name, seed=len(name))
    return ChunkItem(source=str(source), target=str(folder / "out" / name), **changes)  # type: ignore[arg-type]


@pytest.mark.usefixtures("poison")
def test_a_picture_that_kills_costs_itself_alone(tmp_path: Path, options: ChunkOptions) -> None:
    items = [item(tmp_path, name) for name in ("a.png", "fatal.png", "b.jpg")]
    Path(items[0].source).write_bytes(b"no picture")
    records = process_chunk(items, options)
    assert [record.trouble for record in records] == ["error", "crash", ""]
    assert "twice" in records[1].result.reason
    assert records[0].error == "InputError"
    assert len(records[2].output_sha256) == 64
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.jpg"]


@pytest.mark.usefixtures("poison")
def test_a_picture_that_takes_too_long_is_given_up(tmp_path: Path, tiny_model: Path) -> None:
    limited = ChunkOptions(model=str(tiny_model), longest_s=1.0)
    records = process_chunk([item(tmp_path, "endless.png")], limited)
    assert records[0].trouble == "timeout"
    assert records[0].result.reason == "it took longer than 1 s and was stopped"


def test_a_killed_child_is_replaced_and_the_same_bytes_come(tmp_path: Path, child: Child) -> None:
    first = child.color(item(tmp_path, "a.png"))
    assert first.result.pixels == 48 * 64
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    again = child.color(item(tmp_path, "a.png"))  # is there: made again, and compared
    assert again.result.status is Status.COLORIZED
    assert again.output_sha256 == first.output_sha256
    Path(first.item.target).write_bytes(b"somebody's")
    refused = child.color(item(tmp_path, "a.png"))
    assert "is not what this scan gives now: delete it, and run again" in refused.result.reason
    assert Path(first.item.target).read_bytes() == b"somebody's"
    replaced = child.color(item(tmp_path, "a.png", overwrite=True))
    assert replaced.output_sha256 == first.output_sha256
    source = Path(first.item.source).rename(tmp_path / "in" / "b.jpg")
    wrong = ChunkItem(source=str(source), target=str(tmp_path / "out" / "b.jpg"))
    assert Path(child.color(wrong).item.target).name == "b.jpg.png"


def test_a_model_that_is_none_is_refused_in_the_words_of_here(tmp_path: Path) -> None:
    (tmp_path / "none.onnx").write_bytes(b"")
    with pytest.raises(ModelError):
        process_chunk([item(tmp_path, "a.png")], ChunkOptions(model=str(tmp_path / "none.onnx")))


@pytest.mark.usefixtures("poison")
def test_a_child_nobody_waits_for_gives_up_and_leaves_nothing(
    tmp_path: Path, options: ChunkOptions
) -> None:
    with Child(options) as child:
        child.color(item(tmp_path, "a.png"))
        with stoppable_pool(1) as pool:
            waiting = pool.submit(child.color, item(tmp_path, "endless.png"))
        with pytest.raises((KeyboardInterrupt, CancelledError)):
            waiting.result()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]


@pytest.mark.skipif(os.name == "nt", reason="needs SIGTERM")
@pytest.mark.parametrize("end", ["driver", "worker"])
def test_a_child_that_is_ended_while_it_loads_prints_nothing(
    tmp_path: Path, options: ChunkOptions, end: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(LOADING_FOREVER)
    with subprocess.Popen(
        [sys.executable, "-P", "-c", _SERVE],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        pickle.dump(options, process.stdin)
        process.stdin.flush()
        assert process.stderr.readline() == b"loading\n"
        if end == "driver":
            process.stdin.close()  # as when it is killed
        else:
            process.terminate()
        assert process.stderr.read() == b""
        assert process.wait() == 0


@pytest.mark.usefixtures("poison")
def test_a_folder_done_by_processes_is_as_one_done_by_threads(
    tmp_path: Path, tiny_model: Path, options: ChunkOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    for number in range(4):
        save_gray(tmp_path / "album" / f"{number}.png", seed=number)
    colorizer = Colorizer(tiny_model, threads=1)
    both = {}
    for name, children_by in (("threads", None), ("processes", options)):
        jobs = Planner(out=tmp_path / name).plan([tmp_path / "album"]).jobs
        seen: list[Outcome] = []
        report = colorize_many(
            jobs,
            colorizer,
            options=BatchOptions(jobs=1),
            progress=seen.append,
            children_by=children_by,
        )
        assert report.count(Status.COLORIZED) == len(seen) == 4
        both[name] = {
            path.name: path.read_bytes()
            for path in (tmp_path / name).iterdir()
            if path.name != MANIFEST_NAME
        }
    assert both["threads"] == both["processes"]
    save_gray(tmp_path / "album" / "fatal.png", seed=9)
    jobs = Planner(out=tmp_path / "processes").plan([tmp_path / "album"]).jobs
    report = colorize_many(jobs, colorizer, options=BatchOptions(jobs=1), children_by=options)
    assert (report.count(Status.KEPT), report.count(Status.FAILED)) == (4, 1)


def test_processes_are_for_large_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photochrom.engine.batch.settings.available_cores", lambda: 2)
    assert BatchOptions().takes_children(200)
    assert not BatchOptions().takes_children(31)
    assert not BatchOptions(jobs=1).takes_children(200)


def test_a_child_with_nothing_to_do_ends_of_itself(tmp_path: Path, child: Child) -> None:
    assert child.color(item(tmp_path, "a.png")).trouble == ""
    process = child._process
    assert process is not None
    child.close()
    assert process.returncode == 0  # 1 when it gives up waiting for its own end
