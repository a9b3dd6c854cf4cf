"""What of measuring a picture is no metric's own: thresholds, means, weights."""

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from photochrom.evaluation.tally import RATIOS, Truth, measure
from photochrom.metrics.rarity import load_prior, nearest_bins

TRUTH = np.uint8([[[200, 90, 90], [60, 120, 70], [90, 90, 180], [128, 128, 128], [90, 60, 40]]])


def measured(shown: np.ndarray, truth: np.ndarray, name: str) -> float:
    numerator, denominator = measure(shown, Truth(truth))[:, RATIOS.index(name)]
    return float(numerator / denominator)


def test_a_difference_at_the_threshold_does_not_count() -> None:
    truth = np.full((1, 10, 3), 100, np.uint8)
    shown = truth.copy()
    shown[0, :, 1] += np.uint8([0, 1, 2, 3, 8, 8, 9, 16, 16, 17])
    shares = [measured(shown, truth, f"percent_different_{limit}") for limit in (0, 2, 8, 16)]
    assert shares == [90, 70, 40, 10]


def test_noticeable_begins_at_2_3() -> None:
    """By scikit-image the pairs are 2.284, 2.277 and 2.322 apart."""
    truth = np.uint8([[[38, 153, 187], [138, 160, 73], [80, 150, 178]]])
    shown = np.uint8([[[35, 155, 183], [133, 155, 78], [75, 153, 177]]])
    assert measured(shown, truth, "percent_noticeable") == pytest.approx(100 / 3)


def test_delta_e_is_a_mean() -> None:
    shown = TRUTH[:, ::-1].copy()
    expected = deltaE_ciede2000(rgb2lab(shown), rgb2lab(TRUTH)).mean()
    assert measured(shown, TRUTH, "delta_e") == pytest.approx(expected, abs=1e-2)


@pytest.mark.parametrize(
    ("color", "is_gray"),
    [
        ((53, 44, 48), True),  # a* is 4.96
        ((83, 74, 68), True),  # b* is 4.96
        ((103, 91, 92), False),  # a* is 5.04
        ((168, 182, 181), False),  # a* is -5.04
        ((173, 166, 158), False),  # b* is 5.04
        ((185, 185, 195), False),  # b* is -5.04
    ],
)
def test_one_pixel_beyond_5_is_a_color(color: tuple[int, int, int], is_gray: bool) -> None:
    picture = np.full((2, 3, 3), 128, np.uint8)
    picture[1, 2] = color
    assert Truth(picture).is_gray is is_gray


def test_a_pixel_weighs_what_its_true_color_is_rare() -> None:
    """Scaled so that the pixels of the reference set weigh 1 on average."""
    shares = load_prior().shares
    own = shares[nearest_bins(rgb2lab(TRUTH).astype(np.float32))]
    floored = (shares / np.maximum(shares, 1e-4)).sum()
    expected = 1 / np.maximum(own, 1e-4) / floored
    np.testing.assert_allclose(Truth(TRUTH).weights, expected, rtol=1e-5)
    np.testing.assert_allclose(Truth(TRUTH).weights_unclipped, 1 / own / 313, rtol=1e-5)


def test_every_pixel_is_counted_in_one_of_313_cells() -> None:
    counts = Truth(TRUTH).color_counts
    assert (counts.shape, counts.sum(), counts.max()) == ((313,), 5, 1)
