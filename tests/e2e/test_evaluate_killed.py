"""An evaluation killed in the middle, without any warning, and started again."""

import io
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.feature_files import pair_file, vector_file
from tests.tiny import painting_model

from photochrom.work.journal import JOURNAL

COUNT = 10
MARKED_S = 1000.0  # seconds that no picture takes: the mark of what was measured before the kill

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for number in range(COUNT):
        coarse = random.integers(0, 256, (5, 6, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((240, 200)).save(folder / f"{number:02}.png")
    return folder


def start(words: Sequence[str], out: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "photochrom", "evaluate", *words, "--out", str(out)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def measured(out: Path) -> int:
    """Count the pictures in the journal of a run that may be at work."""
    if not (out / JOURNAL).exists():
        return 0
    with closing(sqlite3.connect(f"file:{out / JOURNAL}?mode=ro", uri=True)) as base:
        try:
            return int(base.execute("SELECT count(*) FROM picture").fetchone()[0])
        except sqlite3.OperationalError:  # locked, or not laid out yet
            return 0


def mark(out: Path) -> None:
    """Write an impossible time to all that is measured; times are in none of the compared files."""
    with closing(sqlite3.connect(out / JOURNAL)) as base:
        for place, content in base.execute("SELECT place, sums FROM picture").fetchall():
            with np.load(io.BytesIO(content)) as stored:
                arrays = dict(stored)
            arrays["seconds"] = np.full_like(arrays["seconds"], MARKED_S)
            buffer = io.BytesIO()
            np.savez(buffer, **arrays)
            base.execute("UPDATE picture SET sums = ? WHERE place = ?", (buffer.getvalue(), place))
        base.commit()


def timeless(out: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in out.iterdir() if not p.name.startswith("timing.")}


@pytest.mark.slow
def test_a_killed_run_goes_on_and_says_the_same(photos: Path, tmp_path: Path) -> None:
    """All that can be measured at once: what one thing keeps, the others must not lose.

    It is killed twice, once while it measures and once while it writes.
    """
    model = painting_model(tmp_path / "rgb.onnx", 60, 20, -30)
    (tmp_path / "masks").mkdir()
    for number in range(COUNT):
        Image.new("L", (240, 200), number % 2).save(tmp_path / "masks" / f"{number:02}.png")
    words = ["--model", str(model), "--photos", str(photos), "--raw-rgb"]
    words += ["--probe", "intensity", "--masks", str(tmp_path / "masks")]
    words += ["--features", f"lpips={pair_file(tmp_path / 'pair.onnx')}"]
    words += ["--features", f"kid={vector_file(tmp_path / 'vector.onnx')}"]
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = start(words, killed)
    while process.poll() is None and measured(killed) < 1:
        time.sleep(0.002)
    process.kill()
    assert process.wait() < 0, "it was killed before it could end"
    kept = measured(killed)
    assert 1 <= kept < COUNT
    assert [path.name for path in killed.iterdir() if not path.name.startswith(JOURNAL)] == []
    mark(killed)
    process = start(words, killed)
    while process.poll() is None and not (killed / "pictures.csv").exists():
        time.sleep(0.002)
    process.kill()
    assert process.wait() < 0, "it was killed before it could end"
    assert measured(killed) == COUNT
    assert start(words, killed).wait() == 0
    assert start(words, whole).wait() == 0
    assert timeless(killed) == timeless(whole)
    assert not (killed / JOURNAL).exists()
    seconds = json.loads((killed / "timing.json").read_text())["seconds_per_picture"]["gray"]
    assert seconds == pytest.approx(MARKED_S * kept / COUNT, rel=1e-2)
