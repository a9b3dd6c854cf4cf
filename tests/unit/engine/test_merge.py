import threading
from collections.abc import Iterator

import numpy as np
import pytest

from photochrom.color.gamut import fit_to_srgb
from photochrom.color.lab import gray_to_lightness, srgb_to_lab
from photochrom.engine.merge import StripMerger, merge_strips
from photochrom.engine.resample import resample


def _merge(
    codes: np.ndarray, chroma: np.ndarray, *, bits: int = 8, rows: int = 7, threads: int = 2
) -> np.ndarray:
    merger = StripMerger(chroma.astype(np.float32), *codes.shape, bits=bits)
    strips = (codes[row : row + rows] for row in range(0, len(codes), rows))
    return np.concatenate(list(merge_strips(strips, merger, threads=threads)))


def test_every_8_bit_gray_survives_neutral_chroma() -> None:
    """8-bit Lab, as OpenCV's, keeps 234 of 256 grays."""
    gray = np.arange(256, dtype=np.uint16).reshape(16, 16)
    colored = _merge(gray * np.uint16(257), np.zeros((2, 3, 3)))
    assert colored.dtype == np.uint8
    assert np.array_equal(colored, np.repeat(gray[..., None], 3, axis=2))


def test_every_16_bit_gray_survives_neutral_chroma() -> None:
    gray = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    colored = _merge(gray, np.zeros((2, 3, 3)), bits=16)
    assert np.array_equal(colored, np.repeat(gray[..., None], 3, axis=2))


@pytest.mark.parametrize("bits", [8, 16])
def test_agrees_with_the_plain_path(bits: int) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 65536, (60, 90)).astype(np.uint16)
    chroma = rng.uniform(-60, 60, (2, 6, 9)).astype(np.float32)
    lightness = gray_to_lightness(codes / 65535).astype(np.float32)
    plain = fit_to_srgb(lightness, resample(chroma, 60, 90)) * (2**bits - 1)
    difference = np.abs(_merge(codes, chroma, bits=bits) - plain)
    assert difference.mean() < 0.5
    assert difference.max() < (0.7 if bits == 8 else 200)  # one step of the bisection


def test_colors_that_are_looked_up_are_a_code_or_two_beside() -> None:
    rng = np.random.default_rng(0)
    ramp = np.add.outer(np.linspace(9000, 60000, 200), rng.normal(0, 900, 300))
    codes, chroma = ramp.astype(np.uint16), rng.uniform(-30, 30, (2, 6, 9)).astype(np.float32)
    pictures = [
        StripMerger(chroma, *codes.shape, bits=8, is_quick=is_quick).merge(codes, 0).astype(int)
        for is_quick in (False, True)
    ]
    difference = np.abs(pictures[0] - pictures[1])
    assert difference.mean() < 0.5
    assert np.quantile(difference, 0.99) <= 2


def test_strips_of_any_height_give_the_same() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 65536, (50, 40)).astype(np.uint16)
    chroma = rng.uniform(-80, 80, (2, 5, 4))
    one = _merge(codes, chroma, rows=50)
    assert np.array_equal(one, _merge(codes, chroma, rows=1))
    assert np.array_equal(one, _merge(codes, chroma, rows=13))
    assert np.array_equal(one, _merge(codes, chroma, rows=13, threads=1))


@pytest.mark.parametrize(("threads", "ahead"), [(1, 1), (2, 4)])
def test_order_is_kept_and_little_is_read_ahead(threads: int, ahead: int) -> None:
    codes = np.repeat(np.arange(40, dtype=np.uint16)[:, None] * 1000, 8, axis=1)
    read = []

    def strips() -> Iterator[np.ndarray]:
        for row in range(40):
            read.append(row)
            yield codes[row : row + 1]

    merger = StripMerger(np.zeros((2, 1, 1), np.float32), 40, 8, bits=16)
    for row, strip in enumerate(merge_strips(strips(), merger, threads=threads)):
        assert np.array_equal(strip[..., 0], codes[row : row + 1])
        assert len(read) <= row + ahead


def test_failure_while_reading_reaches_the_caller_and_leaves_no_thread() -> None:
    def strips() -> Iterator[np.ndarray]:
        yield np.zeros((1, 4), np.uint16)
        raise ValueError("the scan ends here")

    before = set(threading.enumerate())
    merger = StripMerger(np.zeros((2, 1, 1), np.float32), 2, 4, bits=8)
    with pytest.raises(ValueError, match="ends here"):
        list(merge_strips(strips(), merger))
    assert set(threading.enumerate()) <= before


def test_abandoned_merge_leaves_no_thread() -> None:
    merger = StripMerger(np.zeros((2, 1, 1), np.float32), 100, 4, bits=8)
    before = set(threading.enumerate())
    colored = merge_strips((np.zeros((1, 4), np.uint16) for _ in range(100)), merger)
    next(colored)
    colored.close()  # type: ignore[attr-defined]
    assert set(threading.enumerate()) <= before


def test_chroma_lands_where_it_was_predicted() -> None:
    codes = np.full((8, 320), 33000, np.uint16)
    chroma = np.zeros((2, 1, 32))
    chroma[0] = np.linspace(-31, 31, 32)
    a = srgb_to_lab(_merge(codes, chroma, bits=16) / 65535)[0, :, 1]
    crossing = np.interp(0, a[100:220], np.arange(100, 220) + 0.5)
    assert abs(crossing - 160) < 0.5


def test_one_very_wide_row() -> None:
    codes = np.random.default_rng(0).integers(0, 65536, (2, 200_000)).astype(np.uint16)
    assert _merge(codes, np.zeros((2, 1, 50)), rows=1).shape == (2, 200_000, 3)
