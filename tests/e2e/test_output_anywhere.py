"""What commands print and write can be read, whatever names hold and wherever it goes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.photographs import save_color, save_gray

from photochrom.cli.main import run

HOSTILE = "=1+1 [red]\x1b[2J\x9b\u202e"


def printed(*words: str | Path, encoding: str) -> str:
    """Run photochrom with stdout in a pipe of a narrow encoding."""
    done = subprocess.run(
        [sys.executable, "-m", "photochrom", *map(str, words)],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("latin-1")
    return done.stdout.decode(encoding)


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_a_name_that_stdout_cannot_spell_is_escaped(
    encoding: str, here: Path, tiny_model: Path
) -> None:
    save_gray(here / "Дед.jpg")
    out = printed("colorize", "Дед.jpg", "--model", tiny_model, encoding=encoding)
    assert out.strip() == r"\u0414\u0435\u0434-color.jpg"


def test_a_table_goes_into_a_pipe_of_windows(here: Path, tiny_model: Path) -> None:
    for seed in range(3):
        save_color(here / "photos" / f"{seed}.png", seed=seed)
    words = ("evaluate", "--photos", "photos", "--model", f"Дед={tiny_model}")
    out = printed(*words, encoding="cp1252")
    assert r"\u0414" in out
    assert "PSNR" in out


def test_names_steer_no_terminal(
    here: Path, colorize: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in range(3):
        save_gray(here / f"in {HOSTILE}" / f"{seed} {HOSTILE}.png", seed=seed)
    save_color(here / f"in {HOSTILE}" / f"color {HOSTILE}.png")
    (here / f"in {HOSTILE}" / f"bad {HOSTILE}.png").write_bytes(b"no picture")
    folder, other = f"in {HOSTILE}", f"out {HOSTILE}"
    assert colorize(folder, "-o", other, "--report") == 1
    assert colorize(folder, "-o", other, "--json") == 1
    shown = capsys.readouterr()
    assert not [char for char in shown.out + shown.err if char != "\n" and char in "\x1b\x9b\u202e"]
    assert json.loads(shown.out.splitlines()[-1])["folders"] == [other]


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
def test_a_name_that_is_not_utf8_is_told_and_recorded(
    here: Path, colorize: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    save_gray(here / "in" / os.fsdecode(b"caf\xe9.png"))
    save_gray(here / "in" / "b.png", seed=1)
    assert colorize("in", "--report", "--json") == 0
    shown = capsys.readouterr()
    assert "error" not in shown.err
    json.loads(shown.out)
    page = (here / "in-color" / "index.html").read_text(encoding="utf-8")
    assert "caf" in page


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
def test_names_that_are_not_utf8_are_measured(here: Path, tiny_model: Path) -> None:
    for seed, name in enumerate((b"caf\xe9", b"b", b"c")):
        save_color(here / "photos" / os.fsdecode(name + b".png"), seed=seed)
    words = ["evaluate", "--photos", "photos", "--model", str(tiny_model), "--out", "report"]
    assert run(words) == 0
    json.loads((here / "report" / "report.json").read_text(encoding="utf-8"))
    assert r"caf\udce9.png" in (here / "report" / "pictures.csv").read_text(encoding="utf-8")
    assert "caf" in (here / "report" / "report.html").read_text(encoding="utf-8")


def test_no_name_is_a_formula_to_a_spreadsheet(here: Path, tiny_model: Path) -> None:
    for seed in range(3):
        save_color(here / "photos" / "@kind" / f"-{seed}.png", seed=seed)
    words = ["evaluate", "--photos", "photos", "--out", "report"]
    assert run([*words, "--model", f"@1+1={tiny_model}"]) == 0
    rows = (here / "report" / "pictures.csv").read_text().splitlines()
    assert rows[1].startswith("'@kind/-0.png,'@kind,48,64,")
    assert not [cell for row in rows for cell in row.split(",") if cell.startswith(("=", "@"))]
