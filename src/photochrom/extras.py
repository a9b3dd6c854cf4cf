"""What only some commands need, and the line that adds it to this very installation."""

import json
import shlex
import subprocess
import sys
from importlib import metadata, util
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from photochrom.errors import InputError

LAB: Final = ("lightning", "onnx", "onnxscript", "torch")
CPU_TORCH: Final = "https://download.pytorch.org/whl/cpu"  # PyPI's for Linux brings CUDA, 5 GB
_OURS: Final = "photochrom"


def missing(*packages: str) -> list[str]:
    """List the packages that are not installed, without importing any."""
    return [name for name in packages if util.find_spec(name) is None]


def need(extra: str, *packages: str, what: str) -> None:
    """Refuse work whose packages are not installed.

    Args:
        extra: of `pyproject.toml`, which brings them.
        packages: as they are imported.
        what: is about to be done, the subject of "needs".

    Raises:
        InputError: when one is missing; the text says which line installs it.
    """
    if absent := missing(*packages):
        names = " and ".join(filter(None, [", ".join(absent[:-1]), absent[-1]]))
        raise InputError(f"{what} needs {names}; {install_line(extra)}")


def need_lab(what: str) -> None:
    """Refuse, as `need` does, what the lab does where it is not installed."""
    need("train", *LAB, what=what)


def install_line(extra: str) -> str:
    """Say what to run to add an extra to this installation, wherever it came from.

    The package may have been installed from a copy, from a file, or from an index; pip has noted
    which (PEP 610). The interpreter is named, so that no environment needs to be active.
    """
    has_pip = not missing("pip")
    words = [sys.executable, "-m", "pip", "install"]
    if not has_pip:  # as `uv tool install` leaves it
        words = ["uv", "pip", "install", "--python", sys.executable]
    if extra == "train":
        words += ["--extra-index-url", CPU_TORCH] if has_pip else ["--torch-backend", "cpu"]
    origin = _origin(extra)
    words += origin or [f".[{extra}]"]
    line = subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
    return f"run: {line}" if origin else f"in a copy of {_OURS}, run: {line}"


def _origin(extra: str) -> list[str]:
    """Name this package with an extra, as pip is to find it again; empty when that is not known."""
    try:
        noted = metadata.distribution(_OURS).read_text("direct_url.json")
    except metadata.PackageNotFoundError:  # run from a folder that was never installed
        return []
    if noted is None:
        return [f"{_OURS}[{extra}]"]
    origin = json.loads(noted)
    if "dir_info" not in origin:
        system = origin.get("vcs_info", {}).get("vcs")
        return [f"{_OURS}[{extra}] @ {f'{system}+' if system else ''}{origin['url']}"]
    folder = Path(url2pathname(urlsplit(origin["url"]).path))
    if not folder.is_dir():
        return []
    return [*(["-e"] if origin["dir_info"].get("editable") else []), f"{folder}[{extra}]"]
