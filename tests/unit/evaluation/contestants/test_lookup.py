from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.unit.evaluation.photographs import Folder

from photochrom.collection import open_collection
from photochrom.errors import InputError
from photochrom.evaluation import evaluate
from photochrom.evaluation.contestants.baselines import LightnessLookup, OthersLookup
from photochrom.evaluation.findings.summary import summarize
from photochrom.evaluation.originals import Originals
from photochrom.evaluation.protocol import PROTOCOLS
from photochrom.evaluation.tally import Truth
from photochrom.picture.pixels import to_gray

SEA, SAND = (40, 70, 140), (225, 190, 120)


def beach(path: Path) -> Path:
    """Save dark blue water above bright sand."""
    picture = np.full((20, 30, 3), SEA, np.uint8)
    picture[12:] = SAND
    path.mkdir()
    Image.fromarray(picture).save(path / "beach.png")
    return path


def test_each_lightness_gets_the_color_it_had_elsewhere(tmp_path: Path) -> None:
    table = LightnessLookup(open_collection(beach(tmp_path / "other")))
    sea, sand = (to_gray(np.array([[color]], np.uint8)) for color in (SEA, SAND))
    assert np.abs(table(sea)[0, 0].astype(int) - SEA).max() <= 1
    assert np.abs(table(sand)[0, 0].astype(int) - SAND).max() <= 1


def test_the_mean_is_over_pixels_of_all_photographs(tmp_path: Path) -> None:
    place = beach(tmp_path / "other")
    dull = np.full((20, 30, 3), to_gray(np.array([[SEA]], np.uint8))[0, 0], np.uint8)
    dull[0, 0] = (255, 0, 0)
    Image.fromarray(dull).save(place / "dull.png")
    table = LightnessLookup(open_collection(place))
    level = int(to_gray(np.array([[SEA]], np.uint8))[0, 0])
    truths = [Truth(item.read()) for item in open_collection(place)]
    pixels = np.concatenate([truth.lab[truth.gray == level] for truth in truths])
    np.testing.assert_allclose(table.chroma[level], pixels[:, 1:].mean(axis=0), atol=1e-3)


def test_levels_never_seen_lie_between_their_neighbors(tmp_path: Path) -> None:
    chroma = LightnessLookup(open_collection(beach(tmp_path / "other"))).chroma
    sea, sand = (int(to_gray(np.array([[color]], np.uint8))[0, 0]) for color in (SEA, SAND))
    np.testing.assert_array_equal(chroma[0], chroma[sea])
    np.testing.assert_array_equal(chroma[255], chroma[sand])
    middle = (sea + sand) / 2
    between = (chroma[int(np.floor(middle))] + chroma[int(np.ceil(middle))]) / 2
    np.testing.assert_allclose(between, (chroma[sea] + chroma[sand]) / 2, atol=1e-3)


def test_it_beats_gray_where_lightness_tells_the_color(tmp_path: Path) -> None:
    table = LightnessLookup(open_collection(beach(tmp_path / "other")))
    rows = summarize(evaluate({"lookup": table}, beach(tmp_path / "mine")))
    assert rows[0].value("auc") > rows[1].value("auc") + 5
    assert rows[0].value("lightness_error") < 0.3


def test_gray_photographs_teach_nothing(folder: Folder) -> None:
    both = open_collection(folder(color=2, gray=2))
    color = [item for item in both if item.name.startswith("color")]
    np.testing.assert_array_equal(LightnessLookup(both).chroma, LightnessLookup(color).chroma)


def test_a_damaged_photograph_is_named(folder: Folder) -> None:
    both = open_collection(folder(color=2, broken=1))
    with pytest.raises(InputError, match=r"broken\S*\.(png|jpg)"):
        LightnessLookup(both)


def test_nothing_to_learn_from_is_one_line(folder: Folder) -> None:
    with pytest.raises(InputError, match="none of the 2 pictures has color"):
        LightnessLookup(open_collection(folder(color=0, gray=2)))


def test_the_lookup_of_the_others_leaves_each_picture_out(tmp_path: Path) -> None:
    for name, code in (("a", (200, 40, 40)), ("b", (40, 40, 200))):
        Image.fromarray(np.full((9, 9, 3), code, np.uint8)).save(tmp_path / f"{name}.png")
    originals = Originals(open_collection(tmp_path), PROTOCOLS["whole-256"])
    painted = OthersLookup(originals)(0, np.full((9, 9), 90, np.uint8))
    assert painted[0, 0, 2] > painted[0, 0, 0] + 50


def test_a_lone_picture_stays_gray(tmp_path: Path) -> None:
    Image.fromarray(np.full((9, 9, 3), (200, 40, 40), np.uint8)).save(tmp_path / "a.png")
    originals = Originals(open_collection(tmp_path), PROTOCOLS["whole-256"])
    painted = OthersLookup(originals)(0, np.full((9, 9), 90, np.uint8))
    assert np.ptp(painted) == 0
