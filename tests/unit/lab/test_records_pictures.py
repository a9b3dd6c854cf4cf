from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from photochrom.color.bins import cic_bins, rebalancing_weights, smoothed_prior
from photochrom.color.lab import srgb_to_lab
from photochrom.lab.data.batches import Batch
from photochrom.lab.training.records.bin_weights import plot_bin_weights
from photochrom.lab.training.records.samples import Samples, sample_strip

GRAY, ORANGE, BLUE = (99, 99, 99), (230, 120, 10), (10, 60, 230)


def opened(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def flat(color: tuple[int, int, int], side: int = 160) -> np.ndarray:
    return np.full((side, side, 3), color, np.uint8)


def places(strip: np.ndarray, color: tuple[int, int, int]) -> tuple[int, int, int]:
    """Rows, first column, and number of the pixels of one color."""
    rows, columns = np.nonzero((strip == color).all(axis=-1))
    return len(set(rows.tolist())), int(columns.min()), len(rows)


def test_a_strip_shows_gray_predicted_and_truth_from_left_to_right() -> None:
    strip = sample_strip([(flat(GRAY), flat(ORANGE), flat(BLUE))], caption="after 5 batches")
    lefts = [places(strip, color)[1] for color in (GRAY, ORANGE, BLUE)]
    assert lefts == sorted(lefts)
    assert all(places(strip, color)[2] == 160 * 160 for color in (ORANGE, BLUE))


def test_pixels_of_small_pictures_are_repeated_not_blurred() -> None:
    small = np.random.default_rng(0).integers(0, 255, (80, 80, 3)).astype(np.uint8)
    strip = sample_strip([(small, small, small)])
    large = small.repeat(2, axis=0).repeat(2, axis=1)
    corner = strip[-14 - 160 : -14, 14 : 14 + 160]
    assert np.array_equal(corner, large)


def test_eight_rows_stand_in_two_blocks() -> None:
    row = (flat(GRAY), flat(ORANGE), flat(BLUE))
    strip = sample_strip([row] * 8)
    assert places(strip, ORANGE)[0] == 4 * 160
    assert places(strip, ORANGE)[2] == 8 * 160 * 160


def test_pictures_of_several_sizes_keep_theirs() -> None:
    rows = [(flat(GRAY, side), flat(ORANGE, side), flat(BLUE, side)) for side in (160, 200)]
    assert places(sample_strip(rows), BLUE)[2] == 160**2 + 200**2


def test_a_strip_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        sample_strip([])


def colorful_pixels(count: int, side: int, seed: int = 0) -> torch.Tensor:
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 4, 4, 3), np.uint8)
    return torch.from_numpy(coarse.repeat(side // 4, axis=1).repeat(side // 4, axis=2))


def batch_of(pixels: torch.Tensor) -> Batch:
    lab = srgb_to_lab(pixels.float() / 255).movedim(-1, 1)
    labels = torch.full((len(pixels),), -1)
    return Batch(lab[:, :1], lab[:, 1:], lab[:, :1], labels, None, len(pixels))


class Painter:
    """Predicts one color everywhere, at a quarter of the size."""

    batches_done = 500

    def predict(self, lightness: torch.Tensor) -> Any:
        count, _, height, width = lightness.shape
        chroma = torch.tensor([40.0, 30.0]).reshape(1, 2, 1, 1)
        return SimpleNamespace(chroma=chroma.expand(count, 2, height // 4, width // 4))


def validate(samples: Samples, batches: list[Batch], *, is_first: bool = True) -> None:
    trainer: Any = SimpleNamespace(is_global_zero=is_first)
    samples.on_validation_start(trainer, Painter())
    for number, batch in enumerate(batches):
        samples.on_validation_batch_end(trainer, Painter(), None, batch, number)
    samples.on_validation_end(trainer, Painter())


def test_each_validation_leaves_a_strip_of_the_same_pictures(tmp_path: Path) -> None:
    batches = [batch_of(colorful_pixels(5, 160, seed)) for seed in range(3)]
    samples = Samples(tmp_path)
    validate(samples, batches)
    first = (tmp_path / "samples" / "last.png").read_bytes()
    validate(samples, batches)
    assert (tmp_path / "samples" / "last.png").read_bytes() == first
    assert (tmp_path / "samples" / "step-000500.png").read_bytes() == first
    strip = opened(tmp_path / "samples" / "last.png")
    truth = colorful_pixels(5, 160, seed=0)[0].numpy().astype(int)
    top = strip.shape[0] - 14 - 4 * 160 - 3 * 6
    left = 14 + 2 * (160 + 6)
    shown = strip[top : top + 160, left : left + 160].astype(int)
    assert np.abs(shown - truth).max() <= 1
    predicted = strip[top : top + 160, left - 166 : left - 6].astype(int)
    gray = strip[top : top + 160, 14 : 14 + 160].astype(int)
    assert (predicted[..., 0] >= predicted[..., 2]).all()
    assert np.ptp(gray, axis=-1).max() <= 1


def test_the_largest_pictures_are_shown_first(tmp_path: Path) -> None:
    small, large = (batch_of(colorful_pixels(9, side)) for side in (80, 200))
    samples = Samples(tmp_path)
    validate(samples, [small, large])
    assert opened(tmp_path / "samples" / "last.png").shape[1] == 2 * (3 * 200 + 2 * 6) + 30 + 2 * 14


def test_other_processes_and_empty_validations_write_nothing(tmp_path: Path) -> None:
    validate(Samples(tmp_path), [batch_of(colorful_pixels(2, 64))], is_first=False)
    validate(Samples(tmp_path), [])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("power", [0.0, 1.0])
def test_bin_weights_are_drawn_even_when_all_are_equal(tmp_path: Path, power: float) -> None:
    counts = np.zeros(313)
    counts[150:160] = 100
    prior = smoothed_prior(counts, cic_bins(), sigma=0)
    weights = rebalancing_weights(prior, 0.5, power)
    plot_bin_weights(weights, prior, cic_bins(), tmp_path / "bins.png")
    picture = opened(tmp_path / "bins.png")
    right = picture[:, picture.shape[1] // 2 :].reshape(-1, 3)
    _, counts = np.unique(right, axis=0, return_counts=True)
    filled = (counts > 2000).sum() - 1  # areas of one color, without the white
    assert filled == (1 if power == 0 else 2)
