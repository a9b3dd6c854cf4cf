"""The README tells the truth: its commands run, its Python block runs, its links lead somewhere."""

import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photochrom.cli.main import run

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the README speaks of."""
    photographs = ROOT / "examples" / "photographs"
    shutil.copy(photographs / "hopper.jpg", tmp_path / "grandmother.jpg")
    (tmp_path / "album" / "1950").mkdir(parents=True)
    shutil.copy(photographs / "cat.jpg", tmp_path / "album" / "1950" / "cat.jpg")
    Image.fromarray(np.full((60, 80), 100, np.uint8)).save(tmp_path / "scan.tif")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    first = next(block for block in blocks("") if block.startswith("make")).split("\n")
    assert first[:2] == ["make demo", "make test"]
    makefile = (ROOT / "Makefile").read_text()
    assert all(f"\n{command.split()[1]}:" in makefile for command in first[:2])


def test_the_commands_on_photographs_run(desk: Path) -> None:
    lines = [line for block in blocks("") for line in block.splitlines()]
    commands = [line for line in lines if line.startswith("photochrom colorize")][:3]
    assert len(commands) == 3
    for command in commands:
        assert run(shlex.split(command, comments=True)[1:]) == 0, command
    for result in ("grandmother-color.jpg", "album-color/1950/cat.jpg", "album-color/index.html"):
        assert (desk / result).stat().st_size > 0


def test_the_python_block_runs(desk: Path) -> None:
    names: dict[str, object] = {"gray_array": np.full((40, 50), 128, np.uint8)}
    exec(blocks("python")[0], names)  # noqa: S102
    assert (desk / "grandmother-color.jpg").exists()
    colored = names["colored"]
    assert isinstance(colored, np.ndarray)
    assert colored.shape == (40, 50, 3)


def test_links_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", README)
    assert links
    missing = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert not missing
