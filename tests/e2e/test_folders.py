"""`photochrom colorize` on folders: resumed, interrupted, killed, with bad files in them."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.photographs import save_color, save_gray, save_sepia
from tests.tiny import endless_model

from photochrom.cli.main import run
from photochrom.engine.batch.manifest import MANIFEST_NAME, read_entries
from photochrom.engine.result import Status

Colorize = Callable[..., int]

pytestmark = pytest.mark.usefixtures("here", "clock_stands")


@pytest.fixture
def album(here: Path) -> Path:
    folder = here / "album"
    save_gray(folder / "a.jpg", seed=1)
    save_gray(folder / "a.png", seed=2)
    save_gray(folder / "b.1.tif", seed=3)
    save_gray(folder / "b.2.tif", seed=4)
    save_gray(folder / "deep" / "er" / "c.webp", seed=5)
    return folder


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST_NAME
    }


def test_a_folder_is_mirrored_and_nothing_collides(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hashes(album)
    assert colorize("album", "--recursive") == 0
    assert hashes(album) == before
    assert set(hashes(here / "album-color")) == set(before)
    assert capsys.readouterr().out == "5 colorized\nresults in album-color\n"


def test_one_kind_for_all_does_not_collide(here: Path, album: Path, colorize: Colorize) -> None:
    assert colorize("album", "-o", "out", "--format", "png", "--confidence") == 0
    results = {"a.jpg.png", "a.png", "b.1.png", "b.2.png"}
    maps = {f"{name}-confidence.png" for name in ("a.jpg", "a.png", "b.1", "b.2")}
    assert set(hashes(here / "out")) == results | maps


def test_sub_folders_need_a_word(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    assert colorize("album/deep") == 1
    assert "add --recursive" in capsys.readouterr().err
    assert colorize("album") == 0
    assert "album are left out: add --recursive" in capsys.readouterr().err
    (here / "bare").mkdir()
    assert colorize("bare") == 1
    assert "there are no pictures in bare" in capsys.readouterr().err


def test_the_manifest_tells_everything(here: Path, album: Path, colorize: Colorize) -> None:
    assert colorize("album", "--saturation", "0.5") == 0
    lines = (here / "album-color" / MANIFEST_NAME).read_text().splitlines()
    told = {entry["input"]: entry for entry in map(json.loads, lines)}
    entry = told["../album/a.jpg"]
    assert entry["status"] == "colorized"
    assert entry["output"] == "a.jpg"
    assert entry["input_sha256"] == hashes(album)["a.jpg"]
    assert entry["output_sha256"] == hashes(here / "album-color")["a.jpg"]
    assert entry["options"]["saturation"] == 0.5
    assert len(entry["model_sha256"]) == 64


def test_a_second_run_does_only_what_is_missing_or_changed(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    colorize("album")
    first = hashes(here / "album-color")
    os.utime(album / "a.png")  # touched, not changed
    save_gray(album / "a.jpg", seed=9)
    (here / "album-color" / "b.1.tif").unlink()
    capsys.readouterr()
    assert colorize("album") == 0
    assert capsys.readouterr().out.startswith("2 colorized, 2 already done\n")
    second = hashes(here / "album-color")
    assert {name for name in first if first[name] != second[name]} == {"a.jpg"}


def test_a_changed_photograph_does_not_replace_a_retouched_result(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    colorize("album")
    result = save_color(here / "album-color" / "a.jpg")
    retouched = result.read_bytes()
    assert colorize("album") == 0  # nothing to do: the photograph is the same
    save_gray(album / "a.jpg", seed=9)
    assert colorize("album") == 1
    assert "a.jpg was changed by someone else: --force" in capsys.readouterr().err
    assert result.read_bytes() == retouched


def test_results_of_other_options_are_left_alone_and_named(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    colorize("album")
    first = hashes(here / "album-color")
    capsys.readouterr()
    assert colorize("album", "--saturation", "0.1") == 0
    told = capsys.readouterr()
    assert told.out.startswith("4 left as they are (made with other options)")
    assert "album/b.1.tif" in told.err
    assert hashes(here / "album-color") == first
    assert colorize("album", "--saturation", "0.1", "--force") == 0
    second = hashes(here / "album-color")
    assert not any(first[name] == second[name] for name in first)


def test_one_bad_file_never_stops_the_rest(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    (album / "empty.jpg").touch()
    (album / "scan.jpg").write_text("<svg/>")
    (album / "gone.jpg").symlink_to("nowhere.jpg")
    (album / "notes.txt").write_text("ignored")
    (album / ".hidden.jpg").write_text("ignored")
    save_color(album / "color.png")
    save_sepia(album / "sepia.jpg")
    assert colorize("album") == 1
    told = capsys.readouterr()
    assert told.out.startswith("5 colorized, 1 skipped (already in color), 3 failed\n")
    assert "failed: album/empty.jpg: the file is empty" in told.err
    assert "failed: album/gone.jpg: No such file" in told.err
    assert "album/color.png" in told.err
    assert "tint" in told.err
    assert "notes.txt" not in told.err
    (album / "empty.jpg").unlink()
    save_gray(album / "empty.jpg")
    assert colorize("album") == 1
    told = capsys.readouterr()
    assert told.out.startswith("1 colorized, 5 already done, 1 skipped (already in color), 2 fail")
    assert colorize("album", "--recolor") == 1
    assert capsys.readouterr().out.startswith("1 colorized, 6 already done, 2 failed")


def test_a_file_that_is_not_ours_stays(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "album-color").mkdir()
    (here / "album-color" / "a.jpg").write_text("mine")
    assert colorize("album") == 1
    assert "album-color/a.jpg is there already" in capsys.readouterr().err
    assert colorize("album") == 1  # and it does not become ours by asking twice
    assert (here / "album-color" / "a.jpg").read_text() == "mine"


def test_results_are_not_colorized_again(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    assert colorize("album/a.jpg", "album/b.1.tif", "--confidence") == 0
    files = sorted(path for path in album.iterdir() if path.suffix in {".jpg", ".tif", ".png"})
    capsys.readouterr()
    assert colorize(*files, "--confidence") == 0
    told = capsys.readouterr().out
    assert told.startswith("2 colorized, 2 already done, 4 skipped (results of an earlier run)")
    assert not list(album.glob("*-color-color*"))
    assert colorize("album", "-o", "album/out", "--recursive") == 0
    assert colorize("album", "-o", "album/out", "--recursive") == 0
    assert not (album / "out" / "out").exists()


def test_a_confidence_map_is_made_anew_with_its_picture_and_others_are_left_alone(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    assert colorize("album", "--confidence") == 0
    out = here / "album-color"
    before = hashes(out)
    (out / "b.1.tif").unlink()
    (out / "a.png").unlink()
    (out / "a.png-confidence.png").unlink()
    assert colorize("album", "--confidence") == 0
    assert hashes(out) == before
    (album / "new.png").write_bytes((album / "a.png").read_bytes())
    (out / "new-confidence.png").write_bytes(b"mine")
    assert colorize("album", "--confidence") == 1
    assert "new-confidence.png is there already" in capsys.readouterr().err
    assert (out / "new-confidence.png").read_bytes() == b"mine"
    assert not (out / "new.png").exists()


def test_links_in_circles_end(here: Path, album: Path, colorize: Colorize) -> None:
    (album / "deep" / "round").symlink_to(album, target_is_directory=True)
    (album / "again").symlink_to(album / "deep" / "er", target_is_directory=True)
    assert colorize("album", "--recursive") == 0
    assert set(hashes(here / "album-color")) == {
        "a.jpg",
        "a.png",
        "b.1.tif",
        "b.2.tif",
        "deep/er/c.webp",
    }


def test_several_folders_share_an_out(here: Path, album: Path, colorize: Colorize) -> None:
    save_gray(here / "other" / "a.jpg")
    save_gray(here / "a.jpg")
    assert colorize("album", "other", "a.jpg", "-o", "out") == 0
    assert {"album/a.jpg", "other/a.jpg", "a.jpg"} <= set(hashes(here / "out"))


def test_the_report_is_a_page_of_all_results(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    assert colorize("album", "--report") == 0
    assert "gallery: album-color/index.html" in capsys.readouterr().out
    page = (here / "album-color" / "index.html").read_text()
    assert "b.1.tif" in page


def test_the_report_leaves_a_page_of_others_alone(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    (album / "index.html").write_text("mine")
    assert colorize("album/a.jpg", "album/a.png", "--report") == 1
    assert "is no gallery: --force" in capsys.readouterr().err
    assert colorize("album/a.jpg", "-o", "out", "--report") == 0
    assert colorize("album", "-o", "out", "--report") == 1  # a.jpg came from another kind of run
    assert colorize("album", "-o", "out", "--report", "--force") == 0
    assert (album / "index.html").read_text() == "mine"


def test_json_lists_every_picture(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    (album / "empty.jpg").touch()
    assert colorize("album", "gone", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert Counter(result["status"] for result in told["results"]) == {"colorized": 4, "failed": 2}
    assert told["counts"]["failed"] == 2
    assert told["folders"] == ["album-color"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_place_is_one_line(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    here.chmod(0o500)
    assert colorize("album") == 1
    here.chmod(0o700)
    assert "cannot write to album-color" in capsys.readouterr().err


def test_an_out_that_is_a_file_is_one_line(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "out").write_text("mine")
    assert colorize("album", "-o", "out") == 1
    assert capsys.readouterr().err == "photochrom: cannot write to out: File exists\n"


def start(folder: Path, model: Path, *words: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "photochrom", "colorize", "--model", model, folder, *words]
    quiet = subprocess.DEVNULL
    return subprocess.Popen([*map(str, command)], stdout=quiet, stderr=quiet)


def wait_for_work(results: Path, process: "subprocess.Popen[bytes]", *, beyond: int) -> None:
    """Wait until the run has begun something new, or has ended."""
    manifest = results / MANIFEST_NAME
    while process.poll() is None:
        if manifest.exists() and manifest.stat().st_size > beyond:
            return
        time.sleep(0.002)


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_killed_again_and_again_then_finished_all_is_whole(here: Path, tiny_model: Path) -> None:
    album, results = here / "album", here / "album-color"
    for number in range(24):
        save_gray(album / f"{number:02}.png", seed=number, size=(300, 400))
    before = hashes(album)
    moments = np.random.default_rng(7)
    words = ("-o", str(results), "--variants", "1")
    for turn in range(5):
        manifest = results / MANIFEST_NAME
        size = manifest.stat().st_size if manifest.exists() else 0
        process = start(album, tiny_model, *words)
        wait_for_work(results, process, beyond=size)
        time.sleep(moments.uniform(0, 0.1))
        process.kill()
        process.wait()
        for result in results.glob("*.png"):
            with Image.open(result) as picture:
                picture.load()
        if turn == 2:  # what is done is known by its content
            album = album.rename(here / "renamed")
    process = start(album, tiny_model, *words)
    assert process.wait() == 0
    assert hashes(album) == before
    finished = hashes(results)
    variants = {name.replace(".", "-variant-1.") for name in before}
    assert set(finished) == set(before) | variants  # and no leftover beside them
    recorded = {entry.output: entry.output_sha256 for entry in read_entries(results)}
    assert {name: recorded[name] for name in before} == {name: finished[name] for name in before}
    again = hashes(results)
    assert start(album, tiny_model, *words).wait() == 0
    assert hashes(results) == again
    begun = [entry for entry in read_entries(results) if entry.status is Status.STARTED]
    assert len(begun) <= len(before) + 5 * 2  # at most what was in work at each kill is redone
    fresh = here / "fresh"
    command = ["colorize", "--model", str(tiny_model), str(album), "-o", str(fresh)]
    assert run([*command, "--variants", "1"]) == 0
    assert pixels_of(fresh) == pixels_of(results)


def pixels_of(folder: Path) -> dict[str, str]:
    """Hash the pixels alone: the metadata holds the time of the run."""
    found = {}
    for path in folder.glob("*.png"):
        with Image.open(path) as picture:
            found[path.name] = hashlib.sha256(picture.tobytes()).hexdigest()
    return found


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another thing there")
def test_ctrl_c_leaves_no_half_file_and_says_130(here: Path, tiny_model: Path) -> None:
    album, results = here / "album", here / "album-color"
    count = 12  # enough work for the interrupt to come in the middle of it
    for number in range(count):
        save_gray(album / f"{number:02}.png", seed=number, size=(900, 1200))
    process = start(album, tiny_model)
    wait_for_work(results, process, beyond=0)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert not list(results.glob(".*"))
    with contextlib.suppress(FileNotFoundError):
        assert len(hashes(results)) < count
    assert start(album, tiny_model).wait() == 0
    assert len(hashes(results)) == count


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another thing there")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_a_model_that_never_ends(here: Path, jobs: str, tiny_model: Path) -> None:
    album, results = here / "album", here / "album-color"
    for number in range(3):
        save_gray(album / f"{number}.png", seed=number)
    process = start(album, endless_model(here / "endless.onnx"), "--jobs", jobs)
    wait_for_work(results, process, beyond=0)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert hashes(results) == {}
    assert start(album, tiny_model).wait() == 0  # nothing was recorded as failed
    assert len(hashes(results)) == 3


def test_a_list_is_colorized_like_the_paths_in_it(
    here: Path, album: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "lists").mkdir()
    (here / "lists" / "worst.txt").write_text(f"../album/a.jpg\n{album / 'deep/er/c.webp'}\n")
    assert colorize("--list", "lists/worst.txt", "album/b.1.tif", "-o", "again") == 0
    assert set(hashes(here / "again")) == {"a.jpg", "b.1.tif", "c.webp"}
    capsys.readouterr()
    assert colorize("--list", "lists/none.txt") == 1
    assert "none.txt: No such file" in capsys.readouterr().err
    assert colorize("-o", "again") == 2
    assert "Missing argument" in capsys.readouterr().err
