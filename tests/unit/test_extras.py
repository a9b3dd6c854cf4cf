"""What is missing is named with a line that installs it here."""

import ast
import json
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from photochrom import extras
from photochrom.errors import InputError
from photochrom.extras import LAB, install_line, need

ROOT = Path(__file__).parents[2]


class Installed:
    """A distribution that was installed from somewhere."""

    def __init__(self, origin: dict[str, object] | None) -> None:
        self._origin = origin

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return None if self._origin is None else json.dumps(self._origin)


def words(monkeypatch: pytest.MonkeyPatch, extra: str, origin: dict[str, object] | None) -> str:
    monkeypatch.setattr(metadata, "distribution", lambda name: Installed(origin))
    return install_line(extra)


def pip(*rest: str) -> str:
    return "run: " + shlex.join([sys.executable, "-m", "pip", "install", *rest])


def test_what_came_from_a_copy_is_added_from_that_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "my copy"
    copy.mkdir()
    origin: dict[str, object] = {"url": copy.as_uri(), "dir_info": {}}
    assert words(monkeypatch, "heic", origin) == pip(f"{copy}[heic]")
    origin["dir_info"] = {"editable": True}
    assert words(monkeypatch, "heic", origin) == pip("-e", f"{copy}[heic]")


def test_a_copy_that_is_gone_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin: dict[str, object] = {"url": (tmp_path / "gone").as_uri(), "dir_info": {}}
    line = words(monkeypatch, "heic", origin)
    assert line == f"in a copy of photochrom, {pip('.[heic]')}"


def test_what_came_from_a_file_an_index_or_a_repository_is_found_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wheel = "https://example.org/photochrom-0.1.0-py3-none-any.whl"
    asked = f"photochrom[study] @ {wheel}"
    assert words(monkeypatch, "study", {"url": wheel, "archive_info": {}}) == pip(asked)
    assert words(monkeypatch, "study", None) == pip("photochrom[study]")
    repository = {"url": "https://example.org/p", "vcs_info": {"vcs": "git"}}
    asked = "photochrom[study] @ git+https://example.org/p"
    assert words(monkeypatch, "study", repository) == pip(asked)


def test_torch_comes_without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    index = ("--extra-index-url", "https://download.pytorch.org/whl/cpu")
    assert words(monkeypatch, "train", None) == pip(*index, "photochrom[train]")


def test_an_environment_without_pip_is_told_of_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    start = f"run: uv pip install --python {shlex.quote(sys.executable)} "
    assert words(monkeypatch, "heic", None) == f"{start}'photochrom[heic]'"
    assert words(monkeypatch, "train", None) == f"{start}--torch-backend cpu 'photochrom[train]'"


def test_what_was_never_installed_is_added_from_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", nothing)
    assert install_line("heic") == f"in a copy of photochrom, {pip('.[heic]')}"


def test_all_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two", "three"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(extras, "install_line", lambda extra: f"run: {extra}")
    with pytest.raises(InputError, match=r"^it needs one, two and three; run: all$"):
        need("all", "one", "two", "sys", "three", what="it")
    need("all", "sys", what="it")


def calls_of_need() -> Iterator[tuple[str, list[str]]]:
    """List every call in the sources: the extra, and the packages it is to bring."""
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "need":
                names = [each.value for each in node.args if isinstance(each, ast.Constant)]
                yield str(names[0]), [str(name) for name in names[1:]]


def imported_as(package: str) -> str:
    return {"scikit-image": "skimage"}.get(package, package.replace("-", "_"))


def test_an_extra_brings_what_is_asked_of_it() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    brought = {
        extra: {imported_as(re.split(r"[>=<\[]", line)[0]) for line in lines}
        for extra, lines in told.items()
    }
    calls = list(calls_of_need())
    with_packages = {"cloud", "evaluate", "film", "heic", "scale", "studio", "study", "train"}
    assert {extra for extra, _ in calls} == with_packages
    for extra, packages in [*calls, ("train", list(LAB))]:
        assert set(packages) <= brought[extra]


def test_nothing_else_tells_how_to_install() -> None:
    for path in (ROOT / "src").rglob("*.py"):
        if path.name != "extras.py":
            assert "pip install" not in path.read_text(), path
