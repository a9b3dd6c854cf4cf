"""Large archives: listed, shared out, killed, resumed; every picture once, whoever did it."""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.photographs import save_color, save_gray

import photochrom
from photochrom.archive.listing import Listing
from photochrom.archive.status import status_of
from photochrom.cli.main import run
from photochrom.cli.photos import open_photos
from photochrom.engine.batch.manifest import MANIFEST_NAME, read_entries
from photochrom.engine.batch.shard import Shard, turn_in

Colorize = Callable[..., int]

pytestmark = pytest.mark.usefixtures("here", "clock_stands")


@pytest.fixture
def archive(here: Path) -> Path:
    """Six pictures of which one is in color, one broken and two the same."""
    root = here / "archive"
    for number in range(3):
        save_gray(root / "1923" / f"{number}.jpg", seed=number)
    shutil.copy(root / "1923" / "1.jpg", root / "1923" / "twin.jpg")
    save_color(root / "color.png")
    (root / "broken.tif").write_bytes(b"II*\0")
    assert run(["list", "archive", "-o", "all.jsonl"]) == 0
    return root


def results(out: Path) -> dict[str, bytes]:
    """Read the results in a folder, by name; nothing half-written may lie there."""
    paths = [path for path in out.rglob("*") if path.is_file() and ".photochrom" not in path.parts]
    assert not [path for path in paths if path.suffix == ".part"]
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in paths
        if path.suffix != ".jsonl"
    }


def test_an_archive_from_nothing_to_all_done(
    here: Path,
    archive: Path,
    colorize: Colorize,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capsys.readouterr()
    assert colorize("--listing", "all.jsonl", "-o", "out", "--jobs", 1, "--dedupe") == 1
    told = capsys.readouterr()
    assert "4 colorized, 1 skipped, 1 failed" in told.out
    assert "failed: ../archive/broken.tif: " in told.err
    found = results(here / "out")
    assert set(found) == {f"1923/{name}.jpg" for name in (0, 1, 2, "twin")}
    assert (here / "out/1923/1.jpg").samefile(here / "out/1923/twin.jpg")
    assert run(["status", "out"]) == 0
    assert "6 of 6 pictures done (100.0 %): 4 colorized" in capsys.readouterr().out
    assert run(["status", "out", "--json"]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert counted["counts"] == {"colorized": 4, "skipped": 1, "failed": 1}
    assert counted["megapixels_left"] == 0
    assert list(counted["failures"].values()) == [1]

    (here / "out/1923/0.jpg").unlink()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")  # a machine whose clock is wrong
    assert colorize("--listing", "all.jsonl", "-o", "out", "--jobs", 1) == 1
    again = capsys.readouterr().out
    assert "1 colorized, 4 already done, 1 failed before (--retry tries them again)" in again
    assert results(here / "out") == found
    assert colorize("archive", "-o", "out", "--recursive") == 1  # a run over the folder goes on
    assert "4 already done, 1 skipped (already in color), 1 failed" in capsys.readouterr().out


def test_a_scan_that_changed_is_done_again_when_its_result_was_deleted(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--listing", "all.jsonl", "-o", "out", "--jobs", 1)
    for seed in (1, 2):
        save_gray(here / "one" / "a.png", seed=seed)
        assert run(["list", "one", "-o", "all.jsonl", "--force"]) == 0
        assert colorize(*words) == seed - 1
    told = "a.png is there already, and is not what this scan gives now: delete it, and run again"
    assert f"{told} with --retry" in capsys.readouterr().err
    (here / "out" / "a.png").unlink()
    assert colorize(*words, "--retry") == 0
    (listed,) = open_photos(Path("all.jsonl"))
    assert (listed.name, listed.read().shape) == ("a.png", (48, 64, 3))


def test_a_chunk_that_does_not_fit_on_the_disk_is_not_begun(
    here: Path,
    archive: Path,
    colorize: Colorize,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 0, 9))
    assert colorize("--listing", "all.jsonl", "-o", "out", "--jobs", 1) == 1
    assert "stopped early: the disk is full" in capsys.readouterr().err
    assert not results(here / "out")


@pytest.mark.skipif(os.name == "nt", reason="rights of POSIX")
def test_an_out_that_may_not_be_written_is_one_line(
    archive: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a child which is nobody, where the test runs as root, who may write everywhere."""
    places = (Path(sys.prefix).resolve(), Path(photochrom.__file__).resolve())
    if not all(path.stat().st_mode & 0o001 for place in places for path in place.parents):
        pytest.skip("nobody may read this installation")
    with tempfile.TemporaryDirectory() as folder:
        public = Path(folder)
        public.chmod(0o755)
        (public / "out").mkdir(mode=0o555)
        (public / "file").touch()
        for path in ("all.jsonl", tiny_model):
            shutil.copy(path, public / Path(path).name)
        words = ["colorize", "--model", str(public / tiny_model.name), "--jobs", "1"]
        words += ["--listing", str(public / "all.jsonl"), "-o"]
        assert run([*words, str(public / "file" / "out")]) == 1  # and all that it needs is loaded
        capsys.readouterr()
        child = os.fork()
        if not child:
            status = 99
            try:
                with (public / "told").open("w") as told, contextlib.redirect_stderr(told):
                    if os.geteuid() == 0:
                        os.setuid(65534)
                    status = run([*words, str(public / "out")])
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
        told_words = (public / "told").read_text()
    assert told_words == f"photochrom: cannot write to {public / 'out'}: Permission denied\n"


def test_shards_are_together_what_one_machine_makes(
    here: Path, archive: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    assert colorize("archive", "-o", "folder", "--recursive") == 1
    for number in (1, 2):
        listed = ["--listing", "all.jsonl", "-o", "listed", "--shard", f"{number}/2"]
        assert colorize(*listed, "--jobs", 1) in {0, 1}
        capsys.readouterr()
        assert run(["status", "listed"]) == 0
        assert ("of the shards that have begun" in capsys.readouterr().out) == (number == 1)
        assert colorize("archive", "-o", "parts", "--recursive", "--shard", f"{number}/2") in {0, 1}
    assert results(here / "folder") == results(here / "listed") == results(here / "parts")
    assert len(status_of(here / "listed").shards_begun) == 2
    assert status_of(here / "listed").done == 6
    capsys.readouterr()
    assert colorize("archive", "-o", "parts", "--recursive") == 1
    assert "4 already done" in capsys.readouterr().out
    assert [path.name for path in (here / "parts").glob("*.jsonl")] == [MANIFEST_NAME]


def test_two_drivers_never_do_the_same(
    here: Path, archive: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--listing", "all.jsonl", "-o", "out")
    with turn_in(here / "out", MANIFEST_NAME, Shard(1, 2)):
        for shard in ((), ("--shard", "1/2")):
            assert colorize(*words, *shard) == 1
            assert "another run is writing to out" in capsys.readouterr().err
        assert colorize(*words, "--shard", "2/2", "--jobs", 1) in {0, 1}
    capsys.readouterr()
    assert colorize(*words, "--saturation", "0.5") == 1
    assert "made with other options or another model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--listing", "none.jsonl", "-o", "out"], "No such file"),
        (["--listing", "archive/color.png", "-o", "out"], "is no listing"),
        (["--listing", "torn.jsonl", "-o", "out"], "picture 2 is not an object"),
        (["--listing", "outside.jsonl", "-o", "out"], "is no path below the root"),
        (["--listing", "all.jsonl", "-o", "archive"], "lie in one another"),
        (["--listing", "all.jsonl", "-o", "archive/deep"], "lie in one another"),
        (["--listing", "all.jsonl", "-o", "out", "--variants", "2"], "--variants does not go"),
        (["--listing", "all.jsonl", "-o", "out", "--dedupe", "--force"], "--dedupe keeps"),
        (["--listing", "all.jsonl", "-o", "broken/out"], "cannot write to"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    here: Path,
    archive: Path,
    colorize: Colorize,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    reason: str,
) -> None:
    lines = Path("all.jsonl").read_text().splitlines()
    Path("torn.jsonl").write_text("\n".join([*lines[:2], lines[3][:9]]))
    Path("outside.jsonl").write_text("\n".join([lines[0], '{"path": "../a.jpg", "size": 1}']))
    Path("broken").write_text("a file")
    before = {path: path.stat().st_mtime_ns for path in archive.rglob("*")}
    assert colorize(*words, "--jobs", 1) == 1
    assert reason in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in archive.rglob("*")} == before


@pytest.mark.parametrize(
    "words",
    [
        ["--listing", "all.jsonl"],
        ["--listing", "all.jsonl", "-o", "out", "archive"],
        ["--retry", "archive"],
        ["--shard", "3/2", "archive"],
        ["--shard", "one", "archive"],
        ["--time-limit", "0", "archive"],
    ],
)
def test_wrong_words_are_wrong_usage(archive: Path, colorize: Colorize, words: list[str]) -> None:
    assert colorize(*words) == 2


def test_a_listing_is_never_replaced_unasked_and_leaves_results_out(
    here: Path, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["list", "archive", "-o", "all.jsonl"]) == 1
    assert "--force replaces it" in capsys.readouterr().err
    save_gray(archive / "1923" / "0-color.jpg")
    save_gray(archive / ".hidden" / "a.jpg")
    save_gray(archive / "@eaDir" / "a.jpg")
    (archive / "loop").symlink_to(archive, target_is_directory=True)
    (archive / "nowhere.jpg").symlink_to(here / "nothing")
    assert run(["list", "archive", "-o", "all.parquet"]) == 1
    told = capsys.readouterr()
    assert told.out == "6 pictures in all.parquet\n"
    assert "nowhere.jpg: No such file" in told.err
    assert run(["list", "archive", "-o", "all.jsonl", "--force"]) == 1
    rows = [list(Listing(Path(f"all.{kind}")).rows()) for kind in ("jsonl", "parquet")]
    assert rows[0] == rows[1]
    assert [row.path for row in rows[0]][-2:] == ["1923/2.jpg", "1923/twin.jpg"]
    assert run(["list", "nowhere", "-o", "b.jsonl"]) == 1
    assert run(["status", "archive"]) == 1
    assert "no run over a listing has begun" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_killed_at_random_moments_every_picture_is_there_once(
    here: Path, tiny_model: Path, colorize: Colorize
) -> None:
    for number in range(24):
        save_gray(here / "archive" / f"{number:02}.png", seed=number, size=(96, 128))
    assert run(["list", "archive", "-o", "all.jsonl"]) == 0
    assert colorize("archive", "-o", "whole") == 0
    words = ["colorize", "--listing", "all.jsonl", "-o", "out", "--model", str(tiny_model)]
    moment = random.Random(27)  # noqa: S311 - no secret
    chunks, kills = here / "out/.photochrom/chunks/whole", Counter[str]()
    for victim in ("driver", "worker"):
        awaited = len(list(chunks.glob("*"))) + moment.randrange(1, 6)
        driver = subprocess.Popen([sys.executable, "-m", "photochrom", *words, "--jobs", "1"])
        while driver.poll() is None and len(list(chunks.glob("*"))) < awaited:
            time.sleep(0.01)
        time.sleep(moment.uniform(0, 0.02))  # anywhere in the next picture
        workers = psutil.Process(driver.pid).children() if driver.poll() is None else []
        if workers:
            kills[victim] += 1
            driver.kill() if victim == "driver" else workers[0].kill()
        assert driver.wait() == (0 if victim == "worker" else -9)
    assert kills == {"driver": 1, "worker": 1}
    assert results(here / "out") == results(here / "whole")
    entries = list(read_entries(here / "out"))
    assert len({entry.input for entry in entries}) == len(entries) == 24
    assert {entry.status for entry in entries} == {"colorized"}
