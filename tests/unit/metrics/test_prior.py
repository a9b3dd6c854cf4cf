"""A reference set counted by hand, and only once: all 16.7 million colors are converted."""

import io
import json
import runpy
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photochrom.color.bins import cic_bins

main = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks" / "prior.py"))["main"]

Color = tuple[int, int, int]

ROSE, FERN = (200, 90, 90), (60, 120, 70)  # in the cells (40, 20) and (-30, 20)
TONED = (53, 44, 48)  # a* is 4.96
WARM, COOL = (103, 91, 92), (185, 185, 195)  # a* is 5.04; b* is -5.04

# what a Gaussian of sigma 5 leaves in its own cell, of side 10, and puts into the next one
KEPT = 1 / (1 + 2 * np.exp(-(10**2) / 50) + 2 * np.exp(-(20**2) / 50)) ** 2
NEXT = KEPT * np.exp(-(10**2) / 50)


def save(path: Path, color: Color, pixels: int) -> None:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.full((1, pixels, 3), color, np.uint8)).save(path)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    place = tmp_path_factory.mktemp("reference")
    save(place / "one" / "a-rose.png", ROSE, 10)
    for number in range(600):
        save(place / "one" / f"b-{number}.png", TONED, 50)
    save(place / "one" / "c-fern.png", FERN, 30)
    save(place / "two" / "warm.png", WARM, 4)
    save(place / "two" / "cool.png", COOL, 6)
    with redirect_stdout(io.StringIO()) as printed:
        main([str(place / "one"), str(place / "two")])
    return json.loads(printed.getvalue())


def share(measured: dict[str, object], a: int, b: int) -> float:
    return measured["shares"][cic_bins().tolist().index([a, b])]


def test_pictures_without_a_or_b_beyond_5_are_left_out(measured: dict[str, object]) -> None:
    assert (measured["pictures"], measured["gray_left_out"]) == (4, 600)


def test_pixels_are_shared_over_313_cells(measured: dict[str, object]) -> None:
    assert len(measured["shares"]) == 313
    assert sum(measured["shares"]) == pytest.approx(1, abs=1e-5)


def test_a_share_is_that_of_pixels_and_smoothed(measured: dict[str, object]) -> None:
    assert measured["sigma"] == 5
    assert share(measured, 40, 20) == pytest.approx(KEPT * 10 / 50, rel=1e-5)
    assert share(measured, -30, 20) == pytest.approx(KEPT * 30 / 50, rel=1e-5)
    assert share(measured, -30, 30) == pytest.approx(NEXT * 30 / 50, rel=1e-5)
