"""Luma stays, chroma fits: Cb and Cr that no player has to clip."""

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photochrom.color.lab import gray_to_lightness, srgb_to_gray, srgb_to_lab
from photochrom.errors import InputError
from photochrom.film.planes import (
    Layout,
    as_codes,
    in_planes,
    kept_lightness_planes,
    kept_luma_chroma,
    layout_of,
    plane_of,
    small_lightness,
    spread,
)

KR_KB = {1: (0.2126, 0.0722), 5: (0.299, 0.114)}


def layout(**changes: object) -> Layout:
    values: dict[str, object] = {
        "bits": 8,
        "rows": 2,
        "columns": 2,
        "matrix": 5,
        "is_full": False,
        "is_gray": False,
        "converted": "",
    }
    return Layout(**(values | changes))  # type: ignore[arg-type]


def to_rgb(luma: np.ndarray, cb: np.ndarray, cr: np.ndarray, of: Layout) -> np.ndarray:
    """Decode as a player does: chroma repeated, nothing clipped."""
    kr, kb = KR_KB[of.matrix]
    height, width = luma.shape
    blue, red = (
        np.repeat(np.repeat(each, of.rows, 0), of.columns, 1)[:height, :width].astype(float)
        for each in (cb, cr)
    )
    middle = 1 << (of.bits - 1)
    blue, red = (blue - middle) / of.chroma_span, (red - middle) / of.chroma_span
    y = (luma - of.black) / of.span
    r, b = y + 2 * (1 - kr) * red, y + 2 * (1 - kb) * blue
    return np.stack([r, (y - kr * r - kb * b) / (1 - kr - kb), b], axis=-1)


@pytest.mark.parametrize("matrix", [1, 5])
@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize("bits", [8, 10])
def test_flat_gray_gets_the_color_that_was_asked_for(matrix: int, is_full: bool, bits: int) -> None:
    of = layout(matrix=matrix, is_full=is_full, bits=bits)
    luma = np.full((8, 12), of.black + of.span // 2, of.dtype)
    chroma = np.stack([np.full((4, 6), 8.0), np.full((4, 6), -6.0)]).astype(np.float32)
    lab = srgb_to_lab(to_rgb(luma, *kept_luma_chroma(luma, chroma, of), of))
    assert np.abs(lab[..., 1] - 8).max() < 1.2
    assert np.abs(lab[..., 2] + 6).max() < 1.2


@pytest.mark.parametrize("halves", [(1, 1), (1, 2), (2, 2)])
@pytest.mark.parametrize("bits", [8, 10])
def test_lightness_can_be_kept_instead(halves: tuple[int, int], bits: int) -> None:
    of = layout(rows=halves[0], columns=halves[1], bits=bits)
    rng = np.random.default_rng(3)
    luma = rng.integers(of.black + 20, of.black + of.span - 20, (13, 18)).astype(of.dtype)
    chroma = rng.normal(0, 25, (2, 6, 8)).astype(np.float32)
    planes = kept_lightness_planes(luma, chroma, of)
    shown = np.clip(to_rgb(*planes, of), 0, 1)
    wanted = gray_to_lightness((luma - of.black) / of.span)
    strayed = np.abs(gray_to_lightness(srgb_to_gray(shown)) - wanted)
    assert np.median(strayed) < 0.3
    assert np.quantile(strayed, 0.95) < 1.5
    kept = np.clip(to_rgb(luma, *kept_luma_chroma(luma, chroma, of), of), 0, 1)
    other = np.abs(gray_to_lightness(srgb_to_gray(kept)) - wanted)
    assert strayed.mean() < other.mean() / 2  # which is why there are two ways


def test_chroma_moves_between_layouts_and_depths() -> None:
    quarter = np.array([[10, 20], [30, 40]], np.uint8)
    halves, full = layout(), layout(rows=1, columns=1, bits=10)
    assert spread(quarter, halves, full, (4, 3)).tolist() == [
        [40, 40, 80],
        [40, 40, 80],
        [120, 120, 160],
        [120, 120, 160],
    ]
    wide = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert spread(wide, layout(rows=1, columns=1), halves, (3, 4)).tolist() == [[0, 2], [8, 10]]


def test_no_chroma_is_the_middle_code() -> None:
    luma = np.random.default_rng(0).integers(0, 256, (6, 8)).astype(np.uint8)
    cb, cr = kept_luma_chroma(luma, np.zeros((2, 3, 4), np.float32), layout())
    assert (cb == 128).all()
    assert (cr == 128).all()


@settings(max_examples=30)
@given(
    seed=st.integers(0, 999),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    halves=st.sampled_from([(1, 1), (1, 2), (2, 2)]),
)
def test_nothing_leaves_srgb_whatever_the_luma(
    seed: int, height: int, width: int, halves: tuple[int, int]
) -> None:
    of = layout(rows=halves[0], columns=halves[1])
    rng = np.random.default_rng(seed)
    luma = rng.integers(of.black, of.black + of.span + 1, (height, width)).astype(np.uint8)
    chroma = rng.normal(0, 60, (2, 4, 4)).astype(np.float32)
    cb, cr = kept_luma_chroma(luma, chroma, of)
    assert cb.shape == (-(-height // of.rows), -(-width // of.columns))
    rgb = to_rgb(luma, cb, cr, of)
    assert rgb.min() > -0.006  # a rounded code
    assert rgb.max() < 1.006


def test_what_network_sees_is_the_gray_of_the_luma() -> None:
    luma = np.full((8, 8), 16 + 219 // 2, np.uint8)
    seen = small_lightness(luma, layout(), (4, 4))
    assert seen.shape == (4, 4)
    assert seen == pytest.approx(srgb_to_lab(np.full(3, 109 / 219))[0], abs=0.01)


def test_ends_of_chroma_stay_codes() -> None:
    ends = np.array([-0.6, -0.5, 0, 0.5, 0.6], np.float32)
    assert as_codes(ends, layout(is_full=True)).tolist() == [0, 0, 128, 255, 255]


@pytest.mark.parametrize(
    ("pixels", "converted", "bits"),
    [
        ("gray", "", 8),
        ("yuv420p10le", "", 10),
        ("nv12", "yuv420p", 8),
        ("rgb24", "yuv444p", 8),
        ("yuyv422", "yuv444p", 8),
    ],
)
def test_any_kind_of_pixels_has_planes(pixels: str, converted: str, bits: int) -> None:
    ramp = np.arange(256, dtype=np.uint8) // 2 + 100  # of frames of 8 px FFmpeg fills some wrongly
    gray = ramp.repeat(3).reshape(16, 16, 3)
    frame = av.VideoFrame.from_ndarray(gray, format="rgb24").reformat(format=pixels)
    told = layout_of(frame, "rawvideo")
    assert (told.converted, told.bits) == (converted, bits)
    luma = plane_of(in_planes(frame, told), 0, told)
    shown = np.clip((luma - told.black) / told.span, 0, 1) * 255
    assert np.abs(shown - gray[..., 0]).max() < 2


def test_gray_of_video_codecs_has_the_range_of_video() -> None:
    frame = av.VideoFrame(8, 8, "gray")
    assert layout_of(frame, "ffv1").is_full
    assert not layout_of(frame, "h264").is_full


def test_unknown_matrices_are_refused() -> None:
    frame = av.VideoFrame(8, 8, "yuv420p")
    frame.colorspace = 8  # YCgCo
    with pytest.raises(InputError, match="matrix 8"):
        layout_of(frame, "h264")
