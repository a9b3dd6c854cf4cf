"""Each detector on what it is for, on what it must leave alone, and on its formula."""

import numpy as np
import pytest
from tests.scenes import scene, with_cast, with_gray_patch, with_moved_chroma

from photochrom.audit.detectors.alike import blotches, gray_patches, look_around
from photochrom.audit.detectors.bleeding import LEAST_SIDE, bleeding
from photochrom.audit.detectors.cast import cast, lean, neutral_point
from photochrom.audit.detectors.detector import DETECTORS, NAMES, Detection, by_name
from photochrom.audit.detectors.opinion import disagreement, implausible

SEEDS = range(6)


def flat(lightness: float, a: float, b: float, side: int = 64) -> np.ndarray:
    return np.full((side, side, 3), (lightness, a, b), np.float32)


def test_the_neutral_point_follows_a_cast_and_not_a_red_coat() -> None:
    gray = flat(50, 0, 0)
    coat = gray.copy()
    coat[:20, :20, 1:] = (60, 40)
    assert np.linalg.norm(neutral_point(coat[..., 1:])) < 0.1
    leaning = neutral_point(with_cast(gray, 4, -3)[..., 1:])
    assert leaning.tolist() == pytest.approx([4, -3], abs=1e-4)


def test_a_cast_is_a_distance_from_the_collection() -> None:
    found = cast(with_cast(flat(50, 0, 0), 6, 8)[..., 1:], np.array([3.0, 4.0]))
    assert found.score == pytest.approx(5, abs=1e-3)
    assert found.map.shape == (64, 64)


def test_leaning_away_from_truth_is_the_mean_difference_and_where() -> None:
    truth = scene()[..., 1:]
    half = truth.copy()
    half[:, 48:] += (0, 10)
    found = lean(half, truth)
    assert found.score == pytest.approx(5, abs=0.01)
    assert found.map[:, :40].max() < 1e-4
    assert found.map[:, 56:].min() == pytest.approx(10, abs=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_gray_patch_is_found_where_it_is(seed: int) -> None:
    lab = scene(seed)
    lab[..., 1:] = np.where(np.abs(lab[..., 1:]).sum(-1, keepdims=True) < 6, 8, lab[..., 1:])
    clean = gray_patches(look_around(lab))
    planted = gray_patches(look_around(with_gray_patch(lab, 0.3, 0.7)))
    assert planted.score > clean.score + 2
    assert np.hypot(planted.place[0] - 0.3, planted.place[1] - 0.7) < 0.12


def test_a_gray_thing_of_its_own_lightness_is_no_gray_patch() -> None:
    lab = flat(40, 20, 20)
    rows, columns = np.mgrid[:64, :64]
    stone = np.hypot(rows - 32, columns - 32) < 6
    alike, apart = lab.copy(), lab.copy()
    alike[stone, 1:] = 0
    apart[stone] = (85, 0, 0)
    assert gray_patches(look_around(apart)).score < 0.2 * gray_patches(look_around(alike)).score


def test_a_gray_thing_within_an_edge_is_less_of_a_patch_than_one_without() -> None:
    lab = np.full((96, 96, 3), (50, 20, 20), np.float32)
    rows, columns = np.mgrid[:96, :96]
    lab[..., 0] += np.where((rows // 24 + columns // 24) % 2, 30, 0)  # light and dark tiles
    within, across = lab.copy(), lab.copy()
    within[24:48, 24:48, 1:] = 0  # one tile
    across[36:60, 36:60, 1:] = 0  # parts of four
    scores = [gray_patches(look_around(each)).map.max() for each in (within, across)]
    assert scores[0] < 0.8 * scores[1]


def test_a_gray_picture_has_no_gray_patches() -> None:
    assert gray_patches(look_around(flat(50, 1, 1))).score == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("pixels", [6, -6])
def test_moved_chroma_bleeds(seed: int, pixels: int) -> None:
    lab = scene(seed)
    clean, moved = bleeding(lab), bleeding(with_moved_chroma(lab, pixels))
    assert clean.score < 0 < moved.score
    assert moved.map.max() > clean.map.max()


def test_flat_color_and_gray_do_not_bleed() -> None:
    assert bleeding(flat(50, 20, 0)).score == pytest.approx(0, abs=1e-3)
    assert bleeding(flat(50, 0, 0, LEAST_SIDE)).map.shape == (LEAST_SIDE // 2,) * 2


def test_a_blotch_is_strong_and_unlike_its_surroundings() -> None:
    rows, columns = np.mgrid[:64, :64]
    inside = np.hypot(rows - 20, columns - 44) < 7
    strong, weak = flat(50, 5, 5), flat(50, 5, 5)
    strong[inside, 1:] = (50, -30)
    weak[inside, 1:] = (8, 6)
    found = blotches(look_around(strong))
    assert found.score > 2.5
    assert np.hypot(found.place[0] - 20 / 64, found.place[1] - 44 / 64) < 0.1
    assert blotches(look_around(weak)).score < 1.5
    assert blotches(look_around(flat(50, 50, -30))).score < 1e-3


def test_what_a_model_expects_is_not_implausible_and_the_rest_is() -> None:
    bins = np.array([[0, 0], [40, 0], [0, 40]], np.float32)
    sure = np.zeros((3, 8, 8), np.float32)
    sure[1] = 1
    right, wrong = np.full((8, 8, 2), (38, 3), np.float32), np.zeros((8, 8, 2), np.float32)
    assert implausible(right, sure, bins).score == pytest.approx(0, abs=1e-5)
    assert implausible(wrong, sure, bins).score == pytest.approx(np.log(1e4), abs=1e-3)
    doubtful = np.full((3, 8, 8), 1 / 3, np.float32)
    assert implausible(wrong, doubtful, bins).score == pytest.approx(0, abs=1e-5)


def test_two_paintings_disagree_by_their_mean_distance() -> None:
    large, small = np.zeros((2, 4, 4), np.float32), np.zeros((2, 4, 4), np.float32)
    small[:, :, 2:] = np.array([3, 4], np.float32)[:, None, None]
    found = disagreement(large, small)
    assert found.score == pytest.approx(2.5)
    assert found.map[0].tolist() == [0, 0, 5, 5]


def test_a_place_is_the_middle_of_the_strongest_cell() -> None:
    where = np.zeros((4, 5), np.float32)
    where[3, 0] = 1
    assert Detection(1.0, where).place == (0.875, 0.1)


def test_every_detector_has_a_level_and_explains_itself() -> None:
    assert len(set(NAMES)) == len(DETECTORS)
    for detector in DETECTORS:
        assert by_name(detector.name) is detector
        assert detector.level.of(detector.level.alarm) == 1
        assert detector.level.of(detector.level.usual) == 0
        assert detector.meaning.endswith(".")
