import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from skimage.metrics import structural_similarity

from photochrom.metrics.ssim import ssim


@pytest.mark.parametrize("shape", [(64, 48), (11, 11), (23, 90)])
def test_agrees_with_scikit_image_set_to_the_original_definition(shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(7)
    truth = generator.integers(0, 256, (*shape, 3), dtype=np.uint8)
    noise = generator.integers(-30, 31, truth.shape)
    shown = np.clip(truth + noise, 0, 255).astype(np.uint8)
    expected = structural_similarity(
        shown,
        truth,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
        channel_axis=-1,
    )
    assert ssim(shown, truth) == pytest.approx(expected, abs=1e-10)


@given(arrays(np.uint8, (12, 13, 3)), arrays(np.uint8, (12, 13, 3)))
def test_identity_symmetry_bounds(first: np.ndarray, second: np.ndarray) -> None:
    assert ssim(first, first) == pytest.approx(1)
    assert ssim(first, second) == pytest.approx(ssim(second, first))
    assert -1 <= ssim(first, second) <= 1 + 1e-9


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (10, 11)])
def test_pictures_smaller_than_the_window(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert ssim(picture, picture) == pytest.approx(1)
    assert ssim(255 - picture, picture) < 1
