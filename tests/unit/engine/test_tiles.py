from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.engine.tiles import (
    Window,
    blend_windows,
    fade,
    pad_to_multiple,
    plan_windows,
    working_shape,
)

sides = st.integers(1, 30_000)


@given(sides, sides, st.integers(16, 512))
def test_working_shape_keeps_aspect_and_area_and_never_enlarges(h: int, w: int, size: int) -> None:
    height, width = working_shape(h, w, size)
    assert 1 <= height <= h
    assert 1 <= width <= w
    if max(h, w) <= 4 * min(h, w):
        assert height * width <= 1.1 * size**2 + height + width
    assert abs(height * w / h - width) <= 0.5 * (w / h + 1) + 1e-6 or height == 1 or width == 1


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (3000, 4000, (222, 296)),
        (4000, 3000, (296, 222)),
        (256, 256, (256, 256)),
        (1, 1, (1, 1)),
        (3, 20_000, (3, 20_000)),
        (1000, 4000, (128, 512)),
        (1000, 8000, (128, 1024)),
    ],
)
def test_pictures_are_not_squashed_to_a_square(
    height: int, width: int, expected: tuple[int, int]
) -> None:
    assert working_shape(height, width, 256) == expected


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 8, 32]))
def test_padding_reaches_the_multiple_and_keeps_the_picture(h: int, w: int, multiple: int) -> None:
    lightness = np.random.default_rng(0).uniform(0, 100, (h, w)).astype(np.float32)
    padded = pad_to_multiple(lightness, multiple)
    assert padded.shape[0] % multiple == padded.shape[1] % multiple == 0
    assert np.array_equal(padded[:h, :w], lightness)
    assert padded.shape[0] < h + multiple
    assert set(np.unique(padded)) <= set(np.unique(lightness))


def test_padding_mirrors_without_doubling_the_edge() -> None:
    padded = pad_to_multiple(np.arange(5, dtype=np.float32)[None].repeat(4, axis=0), 4)
    assert padded[0].tolist() == [0, 1, 2, 3, 4, 3, 2, 1]


@given(st.integers(1, 8), st.integers(1, 300), st.sampled_from([16, 64, 256]), st.booleans())
def test_windows_cover_everything_and_align(
    short: int, long: int, size: int, is_upright: bool
) -> None:
    multiple = 8
    shape = (short * multiple, long * multiple)
    height, width = shape[::-1] if is_upright else shape
    windows = plan_windows(height, width, size=size, multiple=multiple)
    covered = np.zeros((height, width), bool)
    for window in windows:
        covered[window.rows, window.columns] = True
        assert window.rows.start % multiple == window.columns.start % multiple == 0
        assert max(window.shape) <= max(2 * size, 4 * min(height, width))
    assert covered.all()


def test_neighbors_overlap() -> None:
    windows = plan_windows(32, 20_000, size=256, multiple=32)
    for left, right in pairwise(windows):
        assert left.columns.stop - right.columns.start >= 96


def test_fade_is_never_zero() -> None:
    assert fade(Window(slice(0, 8), slice(0, 512))).min() > 0


def test_blend_gives_back_what_windows_agree_on() -> None:
    truth = np.random.default_rng(0).standard_normal((3, 8, 640)).astype(np.float32)
    windows = plan_windows(8, 640, size=32, multiple=8)
    blended = blend_windows(lambda w: truth[:, w.rows, w.columns], windows)
    assert len(windows) > 5
    assert np.abs(blended - truth).max() < 1e-5


def test_blend_leaves_no_seam_where_windows_disagree() -> None:
    windows = plan_windows(8, 640, size=32, multiple=8)
    levels = iter(range(len(windows)))
    blended = blend_windows(lambda w: np.full((1, *w.shape), next(levels), np.float32), windows)
    assert np.abs(np.diff(blended[0, 4])).max() < 0.2


def test_failed_window_is_never_filled_with_the_one_before() -> None:
    """Real-ESRGAN pastes the previous tile when one fails."""
    windows = plan_windows(8, 640, size=32, multiple=8)

    def fail_in_the_middle(window: Window) -> np.ndarray:
        if window.columns.start > 300:
            raise MemoryError
        return np.zeros((1, *window.shape), np.float32)

    with pytest.raises(MemoryError):
        blend_windows(fail_in_the_middle, windows)
