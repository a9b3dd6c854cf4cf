"""Flicker: zero for what does not change, and what the papers' definitions give by hand."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from photochrom.metrics.flicker import (
    chroma_trembling,
    color_consistency,
    color_histograms,
    warp_error,
)


def test_frames_that_are_the_same_are_calm() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    assert color_consistency([color_histograms(frame)] * 6) == 0
    assert color_histograms(frame).sum(axis=1) == pytest.approx([1, 1, 1])


def test_divergence_agrees_with_scipy() -> None:
    rng = np.random.default_rng(1)
    frames = [rng.integers(0, 256, (8, 8, 3)).astype(np.uint8) for _ in range(5)]
    every = [color_histograms(each) for each in frames]
    steps = []
    for step in (1, 2, 4):
        pairs = zip(every[:-step], every[step:], strict=True)
        steps.append(np.mean([jensenshannon(one, two, axis=1) ** 2 for one, two in pairs]))
    assert color_consistency(every) == pytest.approx(np.mean(steps))


def test_too_few_frames_have_no_consistency() -> None:
    with pytest.raises(ValueError, match="more than 4 frames"):
        color_consistency([np.eye(256)[[0] * 3]] * 4)


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
    lightness = np.full((4, 4), 50, np.float32)
    frames = []
    for number in range(8):
        light, chroma = lightness.copy(), np.zeros((2, 4, 4), np.float32)
        light[0] += 3 * number
        chroma[:, 0] = rng.normal(0, 9, (2, 4))
        frames.append((light, chroma))
    assert chroma_trembling(frames) == 0
    assert np.isnan(chroma_trembling(frames[:4]))
