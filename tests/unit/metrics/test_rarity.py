import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color.bins import cic_bins
from photochrom.color.lab import srgb_to_lab
from photochrom.metrics.rarity import bin_weights, load_prior, nearest_bins, rarity_weights


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_the_table_finds_the_nearest_bin_of_every_srgb_color(code: tuple[int, int, int]) -> None:
    lab = srgb_to_lab(np.array(code, np.float32) / 255)
    distances = np.linalg.norm(cic_bins() - lab[1:], axis=-1)
    assert distances[nearest_bins(lab)] == pytest.approx(distances.min(), abs=1e-4)


def test_shipped_prior_is_that_of_photographs() -> None:
    prior = load_prior()
    neutral = nearest_bins(np.float32([50, 0, 0]))
    assert prior.shares.sum() == pytest.approx(1)
    assert prior.shares.argmax() == neutral
    assert len(prior.sha256) == 64


def test_shipped_prior_is_unchanged() -> None:
    """Every published AuC-rebalanced hangs on it: changing it changes the metric."""
    expected = "ee743bf09bc4ebd0"
    assert load_prior().sha256.startswith(expected)


def test_no_pixel_weighs_more_than_the_floor_allows() -> None:
    weights = bin_weights()
    assert weights.max() / weights.min() == pytest.approx(
        load_prior().shares.max() / 1e-4, rel=1e-4
    )
    assert (load_prior().shares * weights).sum() == pytest.approx(1, abs=1e-5)
    unclipped = bin_weights(0.0)
    assert unclipped.max() / unclipped.min() > 1e6


def test_rare_colors_weigh_more() -> None:
    gray, magenta = rarity_weights(np.float32([[50, 0, 0], [60, 90, -60]]))
    assert magenta > 100 * gray


@pytest.mark.slow  # converts all 16.7 million colors
def test_prior_leaves_gray_originals_out_and_counts_pixels() -> None:
    gray = np.full((8, 8, 3), 90, np.uint8)
    red = np.full((4, 4, 3), (255, 0, 0), np.uint8)
    blue = np.full((4, 12, 3), (0, 0, 255), np.uint8)
    script = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks" / "prior.py"))
    measured = script["measure_prior"]([gray, red, blue])
    assert (measured["pictures"], measured["gray_left_out"]) == (2, 1)
    shares = np.array(measured["shares"])
    red_bin, blue_bin = (nearest_bins(srgb_to_lab(p[0, 0] / 255)) for p in (red, blue))
    assert shares.argmax() == blue_bin
    assert shares[blue_bin] / shares[red_bin] == pytest.approx(3, rel=0.6)
    assert shares.sum() == pytest.approx(1, abs=1e-4)
