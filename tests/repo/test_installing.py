"""Guides tell install lines that work today."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def installs(page: Path) -> Iterator[tuple[str, str]]:
    """List the commands of a page that install this package, and the extras they ask for."""
    line = r"(?:pip|pipx|uv tool|uv pip) install [^`\n|]*"
    for command in re.findall(line, page.read_text(encoding="utf-8")):
        if asked := re.search(r"(?:photochrom|\.)(?:\[([\w,]+)\])?(?=[\"\s,]|$)", command):
            yield command, asked.group(1) or ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_install_lines_name_a_copy_and_extras_that_exist(page: Path) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    known = {"", *extras["optional-dependencies"]}
    for command, asked in installs(page):
        assert "photochrom" not in command, f"{command}: the package is on no index"
        assert set(asked.split(",")) <= known, command


def test_the_lines_are_found() -> None:
    found = [command for page in PAGES for command, _ in installs(page)]
    assert len(found) > 10
    assert 'pip install ".[heic]"' in found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_where_training_is_installed_torch_comes_without_cuda(page: Path) -> None:
    for command, asked in installs(page):
        if asked == "train" and page.stem != "install":
            assert "--extra-index-url https://download.pytorch.org/whl/cpu" in command


def test_every_extra_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    assert not [extra for extra in project["optional-dependencies"] if f"| `{extra}` |" not in page]


def test_the_lowest_versions_are_those_of_the_project() -> None:
    script = [sys.executable, ROOT / ".ci" / "lowest"]
    told = subprocess.run(script, capture_output=True, check=True, text=True)
    assert "click==8.4\n" in told.stdout
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert len(told.stdout.splitlines()) == len(project["dependencies"])
