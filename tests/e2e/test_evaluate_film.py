"""`photochrom evaluate --film`: how right and how calm, in a table and on a page."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.films import colored, waves, write_film
from tests.tiny import tiny_model as write_tiny

from photochrom.cli.main import run


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("evaluated") / "tiny.onnx", strength=25.0)


@pytest.fixture
def measure(here: Path, model: Path) -> Callable[..., int]:
    return lambda *words: run(["evaluate", *map(str, words), "--model", f"tiny={model}"])


def flickering(number: int) -> np.ndarray:
    """A thing that stands still in color, under an exposure that flickers."""
    grain = np.random.default_rng(number).normal(0, 6, (64, 96, 1))
    return np.clip(colored(0) * 0.6 + 40 + grain, 0, 255).astype(np.uint8)


def test_calm_colors_flicker_less_and_are_as_strong(
    measure: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    film = write_film(Path("day.mkv"), frames=14, look=flickering, codec="ffv1", sound=None)
    assert measure("--film", film, "--out", "report", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads(Path("report/report.json").read_text())
    assert (told["films"][0]["film"], told["films"][0]["frames"]) == ("day.mkv", 14)
    rows = {row.pop("way"): row for row in told["films"][0]["rows"]}
    assert list(rows) == ["truth", "gray", "tiny, frame by frame", "tiny"]
    single, calm = rows["tiny, frame by frame"], rows["tiny"]
    assert rows["truth"]["ab_error"] == rows["gray"]["warp_error"] == 0
    assert rows["gray"]["colorfulness"] == 0
    assert calm["warp_error"] < single["warp_error"] / 3
    assert calm["colorfulness"] > 0.9 * single["colorfulness"]  # grain in a*b* is color, too
    page = Path("report/report.html").read_text()
    assert page.count("data:video/mp4;base64,") == 1
    assert page.count("data:image/webp;base64,") == 4
    assert measure("--film", film, "--out", "report") == 1
    assert "holds a report already" in capsys.readouterr().err


def test_of_several_films_the_one_that_cannot_be_measured_is_named(
    measure: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    write_film(Path("day.mp4"), frames=6, look=colored, sound=None)
    write_film(Path("night.mp4"), frames=6, look=waves, sound=None)
    assert measure("--film", "night.mp4", "--film", "day.mp4", "--limit", 5) == 1
    told = capsys.readouterr()
    assert "day.mp4, 5 frames" in told.out
    assert "trembling" in told.out
    assert told.err.count("\n") == 1
    assert "night.mp4 is not in color" in told.err


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (["--film", "short.mp4"], 1, "has 3 frames"),
        (["--film", "still.png"], 1, "is a still picture"),
        (["--film", "none.mp4"], 1, "No such file"),
        (["--film", "short.mp4", "--probe", "intensity"], 2, "--probe says nothing of films"),
        (["--film", "short.mp4", "--photos", "."], 2, "--photos says nothing of films"),
        ([], 2, "give --photos COLLECTION, or --film CLIP"),
    ],
)
def test_what_cannot_be_measured_is_told_in_one_line(
    measure: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    status: int,
    reason: str,
) -> None:
    write_film(Path("short.mp4"), frames=3, look=colored, sound=None)
    Image.fromarray(colored(0)).save("still.png")
    assert measure(*words, "--out", "report") == status
    assert reason in capsys.readouterr().err
    assert not Path("report").exists()
