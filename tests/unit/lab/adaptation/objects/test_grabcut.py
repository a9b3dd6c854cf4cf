"""Objects are cut out of their boxes."""

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("scipy")

from photochrom.lab.adaptation.objects.grabcut import Box, cut_out

BLUE, GREEN = (40, 60, 170), (90, 140, 60)


def disk(height: int, width: int, row: int, column: int, radius: int) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:height, :width]
    return np.asarray(np.hypot(rows - row, columns - column) < radius)


def painted(is_object: NDArray[np.bool_], color: tuple[int, int, int]) -> NDArray[np.uint8]:
    """A noisy object on a noisy meadow."""
    noise = np.random.default_rng(0).normal(0, 8, (*is_object.shape, 3))
    picture = np.where(is_object[..., None], color, GREEN) + noise
    return np.clip(picture, 0, 255).astype(np.uint8)


def overlap(found: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> float:
    """Intersection over union."""
    return float((found & wanted).sum() / (found | wanted).sum())


@pytest.mark.parametrize("scale", [1, 4])
def test_a_disk_is_cut_out_of_its_box(scale: int) -> None:
    bird = disk(90 * scale, 120 * scale, 45 * scale, 60 * scale, 22 * scale)
    box = Box(38 * scale, 23 * scale, 44 * scale, 44 * scale)
    found = cut_out(painted(bird, BLUE), [box])
    assert found.shape == bird.shape
    assert overlap(found, bird) > 0.93  # the box alone: 0.79


def test_two_boxes_hold_two_objects() -> None:
    birds = disk(100, 140, 30, 30, 18) | disk(100, 140, 70, 105, 14)
    boxes = [Box(12, 12, 36, 36), Box(91, 56, 28, 28)]
    assert overlap(cut_out(painted(birds, BLUE), boxes), birds) > 0.9


def test_nothing_outside_the_boxes_is_an_object() -> None:
    birds = disk(100, 140, 30, 30, 18) | disk(100, 140, 70, 105, 14)
    found = cut_out(painted(birds, BLUE), [Box(12, 12, 36, 36)])
    assert found[:50, :60].any()
    assert not found[:, 60:].any()


@pytest.mark.parametrize("code", [0, 128, 255])
def test_a_picture_of_one_color_keeps_the_box(code: int) -> None:
    found = cut_out(np.full((60, 80, 3), code, np.uint8), [Box(10, 20, 30, 20)])
    assert found[20:40, 10:40].all()
    assert found.sum() == 600


def test_a_box_over_the_whole_picture_finds_what_is_in_the_middle() -> None:
    bird = disk(60, 80, 30, 40, 20)
    assert overlap(cut_out(painted(bird, BLUE), [Box(0, 0, 80, 60)]), bird) > 0.9


def test_a_tiny_box_is_kept() -> None:
    picture = painted(disk(300, 400, 150, 200, 60), BLUE)
    found = cut_out(picture, [Box(100, 40, 2, 2)])
    assert found.sum() == 4
    assert found[40:42, 100:102].all()


def test_the_same_picture_gives_the_same_object() -> None:
    picture = painted(disk(90, 120, 45, 60, 22), BLUE)
    box = Box(38, 23, 44, 44)
    assert np.array_equal(cut_out(picture, [box]), cut_out(picture, [box]))
