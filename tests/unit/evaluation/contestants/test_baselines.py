from pathlib import Path

import numpy as np
from PIL import Image
from tests.unit.evaluation.photographs import Folder, colorful

from photochrom.collection import open_collection
from photochrom.evaluation.contestants.baselines import RandomColors, colorize_gray
from photochrom.evaluation.originals import Originals
from photochrom.evaluation.protocol import PROTOCOLS
from photochrom.evaluation.tally import Truth
from photochrom.picture.pixels import to_gray

PLAN = PROTOCOLS["whole-256"]


def test_gray_repeats_the_codes() -> None:
    gray = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert (colorize_gray(gray) == gray[..., None]).all()


def test_random_colors_keep_the_lightness_and_come_from_another_picture(folder: Folder) -> None:
    items = open_collection(folder(color=2))
    truth = Truth(items[0].read())
    painted = RandomColors(Originals(items, PLAN))(0, truth.gray)
    assert np.abs(to_gray(painted).astype(int) - truth.gray).max() <= 1
    other = Truth(items[1].read()).lab[..., 1:]
    shown = Truth(painted).lab[..., 1:]
    cosine = (shown * other).sum() / np.linalg.norm(shown) / np.linalg.norm(other)
    assert cosine > 0.8


def test_partners_are_the_same_every_time_and_never_oneself(folder: Folder) -> None:
    items = open_collection(folder(color=4, gray=3, broken=2))
    grays = [to_gray(colorful(number)) for number in range(4)]
    first, again = (RandomColors(Originals(items, PLAN)) for _ in range(2))
    positions = [n for n, item in enumerate(items) if item.name.startswith("color")]
    for position, gray in zip(positions, grays, strict=True):
        painted = first(position, gray)
        np.testing.assert_array_equal(painted, again(position, gray))
        assert not Truth(painted).is_gray


def test_a_lone_picture_gets_its_own_colors_upside_down(folder: Folder) -> None:
    items = open_collection(folder(color=1))
    truth = Truth(items[0].read())
    painted = RandomColors(Originals(items, PLAN))(0, truth.gray)
    assert not np.array_equal(painted, truth.rgb)
    assert not Truth(painted).is_gray


def test_partner_of_another_shape_is_resized(tmp_path: Path) -> None:
    Image.fromarray(colorful(1, 8, 30)).save(tmp_path / "wide.png")
    Image.fromarray(colorful(2, 30, 8)).save(tmp_path / "tall.png")
    items = open_collection(tmp_path)
    gray = np.full((8, 30), 120, np.uint8)
    assert RandomColors(Originals(items, PLAN))(1, gray).shape == (8, 30, 3)
