"""What a place may be, and where a person is asked."""

import numpy as np
import pytest

from photochrom.color.bins import cic_bins
from photochrom.color.lab import srgb_to_lab
from photochrom.engine.guesses import Guesses

BINS = cic_bins()


def at_bin(a: float, b: float) -> int:
    return int(np.hypot(BINS[:, 0] - a, BINS[:, 1] - b).argmin())


def made(lightness: float = 55.0) -> Guesses:
    """Two cells: the left one is blue or perhaps red, the right one is anything."""
    distribution = np.full((len(BINS), 1, 2), 1 / len(BINS), np.float32)
    distribution[:, 0, 0] = 0
    distribution[at_bin(0, -40), 0, 0] = 0.7
    distribution[at_bin(50, 30), 0, 0] = 0.3
    return Guesses(distribution, BINS, np.full((8, 16), lightness, np.float32), (8, 16))


def lab_of(color: str) -> np.ndarray:
    return srgb_to_lab(np.frombuffer(bytes.fromhex(color[1:]), np.uint8) / 255)


@pytest.mark.parametrize("lightness", [30.0, 55.0, 80.0])
def test_the_most_likely_color_comes_first_and_all_are_possible(lightness: float) -> None:
    found = made(lightness).at(0.2, 0.5)
    assert len(found) == 7
    first, second = (lab_of(each.color) for each in found[:2])
    assert first[2] < -20
    assert second[1] > 20
    assert [each.probability for each in found[:2]] == pytest.approx([0.7, 0.3], abs=1e-6)
    for each in found:
        assert lab_of(each.color)[0] == pytest.approx(lightness, abs=0.6)


def test_black_and_white_leave_no_choice() -> None:
    assert len(made(100.0).at(0.2, 0.5)) == 1
    assert made(100.0).least_sure() == []


def test_the_least_sure_place_comes_first() -> None:
    (x, y), *_ = made().least_sure()
    assert x > 0.5
    assert 0 < y < 1


def test_what_pads_a_picture_is_not_asked_about() -> None:
    guesses = made()
    padded = Guesses(guesses.distribution, BINS, guesses.lightness[:, :8], guesses.padded)
    assert all(x < 1 and y < 1 for x, y in padded.least_sure())
    assert lab_of(padded.at(0.9, 0.5)[0].color)[2] < -20  # still the left cell
