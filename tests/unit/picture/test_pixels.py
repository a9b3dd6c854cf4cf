import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from photochrom.picture.pixels import resize, to_gray


def test_whole_factors_are_block_means() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)
    means = picture.reshape(3, 4, 5, 4, 3).mean(axis=(1, 3))
    np.testing.assert_array_equal(resize(picture, 3, 5), np.floor(means + 0.5))


@pytest.mark.parametrize("size", [(7, 13), (29, 5), (1, 1)])
def test_shrinking_agrees_with_pillow_box(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (40, 31, 3), dtype=np.uint8)
    theirs = Image.fromarray(picture).resize(size[::-1], Image.Resampling.BOX)
    same_weights = 40 % size[0] == 0 and 31 % size[1] == 0
    difference = np.abs(resize(picture, *size).astype(int) - np.asarray(theirs))
    assert difference.mean() < (1 if same_weights else 12)  # Pillow's box is not exact in between


def test_growing_agrees_with_pillow_bilinear() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    theirs = Image.fromarray(picture).resize((30, 31), Image.Resampling.BILINEAR)
    difference = np.abs(resize(picture, 31, 30).astype(int) - np.asarray(theirs))
    assert difference.max() <= 1


@given(arrays(np.uint8, (5, 6, 3)), st.integers(1, 12), st.integers(1, 12))
def test_stays_within_the_range_of_the_picture(picture: np.ndarray, high: int, wide: int) -> None:
    scaled = resize(picture, high, wide)
    assert scaled.shape == (high, wide, 3)
    assert scaled.min() >= picture.min()
    assert scaled.max() <= picture.max()


@given(st.integers(0, 255), st.integers(1, 40), st.integers(1, 40))
def test_flat_stays_flat(code: int, high: int, wide: int) -> None:
    assert np.unique(resize(np.full((17, 3, 3), code, np.uint8), high, wide)).tolist() == [code]


@given(st.integers(0, 255))
def test_gray_codes_stay(code: int) -> None:
    assert to_gray(np.full((1, 1, 3), code, np.uint8)).tolist() == [[code]]


def test_gray_is_luminance_and_not_luma() -> None:
    red = np.uint8([[[255, 0, 0]]])
    assert to_gray(red).item() == 127  # Rec. 601 luma would be 76
