"""What docs/api.md shows works as it stands, against a studio as a person starts it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.photographs import save_gray
from tests.studios import serving
from tests.tiny import tiny_model

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
SHOWN = "http://127.0.0.1:8100/"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("api")
    with serving(place / "out", tiny_model(place / "tiny.onnx", hints=True)) as (address, _):
        yield address


def block(language: str, address: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    assert SHOWN in found
    return str(found.replace(SHOWN, address))


NODE = """import { openAsBlob } from "node:fs"; import { writeFile } from "node:fs/promises";"""
RUNNERS = {"sh": ("sh", "-c"), "python": (sys.executable, "-c"), "js": ("node", "-e")}


@pytest.mark.parametrize("language", RUNNERS)
def test_the_examples_run(language: str, address: str, tmp_path: Path) -> None:
    save_gray(tmp_path / "grandmother.jpg", size=(200, 300))
    needed = {"sh": "curl", "js": "node"}.get(language)
    if needed and not shutil.which(needed):
        pytest.skip(f"{needed} is not installed")
    code = (NODE if language == "js" else "") + block(language, address)
    more = ["--input-type=module"] if language == "js" else []
    subprocess.run([*RUNNERS[language], code, *more], check=True, cwd=tmp_path)
    assert (tmp_path / "grandmother-color.jpg").read_bytes().startswith(b"\xff\xd8\xff")


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_ends_it_without_a_word(tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "tiny.onnx")
    photo = save_gray(tmp_path / "aunt.png")
    with serving(tmp_path / "out", model, photo) as (_, server):
        assert server.stdout is not None
        assert server.stdout.readline() == f"results: {tmp_path / 'out'}\n"
        while "Ctrl-C" not in server.stdout.readline():
            pass
        server.send_signal(signal.SIGINT)
        _, err = server.communicate(timeout=60)
    assert server.returncode in (0, 130)
    assert "Traceback" not in err
