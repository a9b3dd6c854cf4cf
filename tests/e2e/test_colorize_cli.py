"""`photochrom colorize` on single pictures and streams, as a person would use it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.photographs import save_color, save_gray, save_sepia

from photochrom.engine.colorizer import Colorizer
from photochrom.errors import InputError
from photochrom.picture import Tone

Colorize = Callable[..., int]

pytestmark = pytest.mark.usefixtures("here")


def photochrom(
    *words: str | Path, data: bytes | None = None
) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "photochrom", *map(str, words)]
    return subprocess.run(command, input=data, capture_output=True, check=False)


def is_colored(path: Path) -> bool:
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    return bool(np.ptp(pixels, axis=-1).max() > 20)


def kind_of(path: Path) -> str | None:
    with Image.open(path) as picture:
        return picture.format


def test_a_file_gets_a_colored_twin_beside_it(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    before = save_gray(here / "a.1.jpg").read_bytes()
    assert colorize("a.1.jpg") == 0
    assert capsys.readouterr().out == "a.1-color.jpg\n"
    assert is_colored(here / "a.1-color.jpg")
    assert (here / "a.1.jpg").read_bytes() == before
    assert sorted(path.name for path in here.iterdir()) == ["a.1-color.jpg", "a.1.jpg"]


def test_nothing_is_overwritten_without_force(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    save_gray(here / "a.png")
    (here / "a-color.png").write_text("mine")
    assert colorize("a.png") == 1
    assert (here / "a-color.png").read_text() == "mine"
    assert "there already: --force replaces it" in capsys.readouterr().err
    assert colorize("a.png", "--force") == 0
    assert is_colored(here / "a-color.png")


def test_out_with_a_known_suffix_is_a_file_of_that_kind(here: Path, colorize: Colorize) -> None:
    save_gray(here / "a.jpg")
    assert colorize("a.jpg", "-o", "deep/er/b.png") == 0
    assert kind_of(here / "deep/er/b.png") == "PNG"


def test_out_without_a_known_suffix_is_a_folder(here: Path, colorize: Colorize) -> None:
    save_gray(here / "a.jpg")
    assert colorize("a.jpg", "-o", "results.d") == 0
    assert is_colored(here / "results.d" / "a.jpg")


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["gone.jpg"], 1, "gone.jpg: there is no such file or folder"),
        (["a.jpg", "-o", "a.jpg"], 1, "is an input and is never written to"),
        (["a.jpg", "-o", "."], 1, "is an input and is never written to"),
        (["a.jpg", "-o", "b.png", "--format", "jpeg"], 1, "does not fit the name"),
        (["a.jpg", "--format", "gif"], 2, "format must be one of jpeg, png"),
        (["a.jpg", "--quality", "101"], 2, "quality must be from 1 to 100, not 101"),
        (["a.jpg", "--saturation", "3"], 2, "saturation must be from 0 to 2"),
        (["a.jpg", "--saturation", "much"], 2, "'much' is not a valid float"),
        (["a.jpg", "--jobs", "0"], 2, "jobs must be at least 1"),
        (["a.jpg", "--max-pixels", "100"], 1, "--max-pixels raises it"),
        (["a.jpg", "--model", "notes.txt"], 1, "notes.txt"),
        (["a.jpg", "--report"], 2, "--report needs one folder of results"),
        (["a.jpg", "-", "-o", "out"], 2, "there can be no other PATH"),
        (["notes.txt"], 1, "notes.txt: this is not a picture"),
        (["empty.jpg"], 1, "empty.jpg: the file is empty"),
        (["scan.jpg"], 1, "scan.jpg: this is an SVG"),
        (["cut.jpg"], 1, "cut.jpg: damaged or truncated"),
        ([], 2, "Missing argument"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    here: Path,
    colorize: Colorize,
    capsys: pytest.CaptureFixture[str],
    *,
    words: list[str],
    status: int,
    text: str,
) -> None:
    whole = save_gray(here / "a.jpg").read_bytes()
    (here / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (here / "empty.jpg").touch()
    (here / "scan.jpg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (here / "notes.txt").write_text("not a picture")
    before = sorted(here.rglob("*"))
    assert colorize(*words) == status
    told = capsys.readouterr()
    assert text in told.err
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == (1 if status == 1 else 4)
    assert sorted(here.rglob("*")) == before


def test_a_picture_in_color_is_skipped_and_named(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    save_color(here / "c.png")
    assert colorize("c.png") == 0
    assert "skipped: c.png: already in color (--recolor" in capsys.readouterr().err
    assert not (here / "c-color.png").exists()
    assert colorize("c.png", "--recolor") == 0
    assert (here / "c-color.png").exists()


def test_why_a_picture_was_skipped_and_how_sure_that_is_stands_everywhere(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    save_color(here / "album" / "c.png")
    save_gray(here / "album" / "g.png")
    why = r"color that is no tint of its grays on \d+ % of it, 99 % sure"
    assert colorize("album/c.png") == 0
    assert re.search(rf"already in color \(--recolor .*\); {why}\n", capsys.readouterr().err)
    for _ in range(2):  # a run, and a look at what it left
        assert colorize("album") == 0
        assert re.search(rf"  album/c.png: {why}\n", capsys.readouterr().err)
    assert colorize("album", "--json") == 0
    in_color, gray = json.loads(capsys.readouterr().out)["results"]
    assert re.fullmatch(why, in_color["notes"][0])
    assert gray["in_color"] < 0.3
    assert in_color["in_color"] > 0.9
    lines = (here / "album-color" / "photochrom.jsonl").read_text().splitlines()
    told = {line["input"]: line for line in map(json.loads, lines)}
    assert told["../album/c.png"]["in_color"] == in_color["in_color"]
    assert told["../album/c.png"]["notes"] == in_color["notes"]
    with pytest.raises(InputError, match=why):
        Colorizer()(here / "album" / "c.png")


def test_what_may_be_in_color_is_colorized_and_named(
    here: Path,
    colorize: Colorize,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unsure = Tone("toned", (2.0, 8.0), 0.05, 0.57)
    monkeypatch.setattr("photochrom.picture.reading.read.detect_tone", lambda _: unsure)
    save_sepia(here / "album" / "a.png")
    assert colorize("album") == 0
    told = capsys.readouterr()
    assert told.out.startswith("1 colorized\n")
    assert "perhaps in color already (about 50 %): it was colorized; the photograph is" in told.err


def test_what_an_earlier_version_took_for_color_is_looked_at_again(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    save_color(here / "album" / "c.png")
    assert colorize("album") == 0
    manifest = here / "album-color" / "photochrom.jsonl"
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    for line in lines:
        line.pop("in_color", None)
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    save_gray(here / "album" / "g.png")
    assert colorize("album", "--json") == 0
    again, _ = json.loads(capsys.readouterr().out.splitlines()[-1])["results"]
    assert (again["status"], again["in_color"] > 0.9) == ("skipped", True)


def test_a_toned_print_is_colored_and_its_tint_reported(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    save_sepia(here / "s.jpg")
    assert colorize("s.jpg") == 0
    assert "tint" in capsys.readouterr().err


def test_content_decides_and_the_result_gets_the_right_suffix(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    save_gray(here / "a.png").rename(here / "a.jpg")
    assert colorize("a.jpg") == 0
    told = capsys.readouterr()
    assert told.out == "a-color.jpg.png\n"
    assert "its name does not tell what it is" in told.err
    assert kind_of(here / "a-color.jpg.png") == "PNG"


def test_confidence_is_a_gray_picture_beside_the_result(here: Path, colorize: Colorize) -> None:
    save_gray(here / "a.jpg")
    assert colorize("a.jpg", "--confidence") == 0
    shown = np.asarray(Image.open(here / "a-confidence.png").convert("RGB"))
    assert np.ptp(shown, axis=-1).max() == 0
    assert sorted(path.name for path in here.iterdir()) == [
        "a-color.jpg",
        "a-confidence.png",
        "a.jpg",
    ]


def test_json_is_one_object(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    save_gray(here / "a.jpg")
    assert colorize("a.jpg", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    (result,) = told["results"]
    assert result["input"] == "a.jpg"
    assert result["output"] == "a-color.jpg"
    assert result["status"] == "colorized"
    assert 0 <= result["confidence"] <= 1
    assert told["counts"]["colorized"] == 1


def test_a_control_character_in_a_name_does_not_reach_the_terminal(
    here: Path, colorize: Colorize, capsys: pytest.CaptureFixture[str]
) -> None:
    save_gray(here / "a\x1b[2Jb.png")
    assert colorize("a\x1b[2Jb.png") == 0
    assert capsys.readouterr().out == "a\\x1b[2Jb-color.png\n"


def test_a_name_that_is_not_unicode_works(here: Path, colorize: Colorize) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    save_gray(here / "a.png").rename(here / name)
    assert colorize(name) == 0
    assert (here / os.fsdecode(b"caf\xe9-color.png")).exists()


def test_a_stream_comes_back_as_a_stream(here: Path, tiny_model: Path) -> None:
    source = save_gray(here / "a.jpg").read_bytes()
    words = ["colorize", "--model", tiny_model, "-"]
    piped = photochrom(*words, "--format", "png", data=source)
    assert piped.returncode == 0, piped.stderr
    assert piped.stdout.startswith(b"\x89PNG")
    failed = photochrom(*words, data=b"no picture")
    assert (failed.returncode, failed.stdout) == (1, b"")
    assert failed.stderr.startswith(b"photochrom: the picture: this is not a picture")


def test_a_stream_can_end_in_a_file_and_begin_in_one(here: Path, tiny_model: Path) -> None:
    source = save_gray(here / "a.jpg")
    words = ["colorize", "--model", tiny_model]
    written = photochrom(*words, "-", "-o", here / "b.jpg", data=source.read_bytes())
    assert written.returncode == 0, written.stderr
    assert is_colored(here / "b.jpg")
    again = photochrom(*words, "-", "-o", here / "b.jpg", data=source.read_bytes())
    assert again.returncode == 1
    piped = photochrom(*words, save_sepia(here / "s.jpg"), "-o", "-")
    assert b"tint" in piped.stderr
    assert piped.stdout.startswith(b"\xff\xd8\xff")
    assert photochrom(*words, source, "-o", "-", "--json").returncode == 2
