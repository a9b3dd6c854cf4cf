"""Flicker: zero for what does not change, and what the papers' definitions give by hand."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from photochrom.metrics.flicker import Calmness, color_histograms, warp_error

LIGHT = np.full((4, 4), 50, np.float32)
GRAY = np.zeros((2, 4, 4), np.float32)
U8 = np.uint8


def test_frames_that_are_the_same_are_calm() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (4, 4, 3)).astype(U8)
    calmness = Calmness()
    for _ in range(6):
        calmness.add(frame, LIGHT, GRAY + 9)
    assert calmness.cdc == 0
    assert calmness.trembling == 0
    assert color_histograms(frame).sum(axis=1) == pytest.approx([1, 1, 1])


def test_divergence_agrees_with_scipy_and_crosses_no_cut() -> None:
    rng = np.random.default_rng(1)
    frames = [rng.integers(0, 256, (4, 4, 3)).astype(U8) for _ in range(6)]
    every = [color_histograms(each) for each in frames]
    steps = []
    for step in (1, 2, 4):
        pairs = zip(every[:-step], every[step:], strict=True)
        steps.append(np.mean([jensenshannon(one, two, axis=1) ** 2 for one, two in pairs]))
    calmness = Calmness()
    for each in frames:
        calmness.add(each, LIGHT, GRAY)
    assert calmness.cdc == pytest.approx(np.mean(steps))
    calmness.cut()
    calmness.add(frames[0], LIGHT, GRAY)
    assert calmness.cdc == pytest.approx(np.mean(steps))


def test_too_few_frames_have_no_flicker() -> None:
    calmness = Calmness()
    for _ in range(4):
        calmness.add(np.zeros((4, 4, 3), U8), LIGHT, GRAY)
    assert np.isnan([calmness.cdc, calmness.trembling, calmness.warp_error]).all()


def test_the_motion_is_followed_from_the_last_frame_but_one() -> None:
    calmness = Calmness()
    for number in range(3):
        calmness.add(np.zeros((4, 4, 3), U8), LIGHT, GRAY + number)
    calmness.follow(GRAY + 3, np.ones((4, 4), bool))  # the last but one has 1
    calmness.follow(GRAY, np.zeros((4, 4), bool))
    assert calmness.warp_error == 8


def test_only_what_is_seen_in_both_frames_counts() -> None:
    chroma = np.zeros((2, 2, 2), np.float32)
    followed = chroma.copy()
    followed[0, 0, 0] = 4
    seen = np.ones((2, 2), bool)
    assert warp_error(chroma, followed, seen) == 4
    assert warp_error(chroma, followed, seen & (followed[0] == 0)) == 0
    assert warp_error(chroma, followed, ~seen) == 0


def test_what_moves_does_not_count_as_trembling() -> None:
    rng = np.random.default_rng(2)
    calmness = Calmness()
    for number in range(8):
        light, chroma = LIGHT.copy(), GRAY.copy()
        light[0] += 3 * number
        chroma[:, 0] = rng.normal(0, 9, (2, 4))
        calmness.add(np.zeros((4, 4, 3), U8), light, chroma)
    assert calmness.trembling == 0
