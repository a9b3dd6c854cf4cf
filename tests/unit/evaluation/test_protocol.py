import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.errors import InputError
from photochrom.evaluation.protocol import PROTOCOLS, protocol_by_name, to_gray

SIDES = st.integers(1, 20_000)


@given(SIDES, SIDES)
def test_whole_256_keeps_aspect_and_area_and_never_enlarges(height: int, width: int) -> None:
    high, wide = PROTOCOLS["whole-256"].size(height, width)
    assert 1 <= high <= height
    assert 1 <= wide <= width
    if height * width <= 256**2:
        assert (high, wide) == (height, width)
    elif max(height, width) < 100 * min(height, width):
        assert high * wide == pytest.approx(256**2, rel=0.05)


def test_the_other_protocols() -> None:
    assert PROTOCOLS["stretch-256"].size(10, 900) == (256, 256)
    assert PROTOCOLS["original"].size(10, 900) == (10, 900)


def test_an_unknown_protocol_is_named_beside_those_there_are() -> None:
    with pytest.raises(InputError, match="'square' is unknown; there are whole-256"):
        protocol_by_name("square")


@given(st.integers(0, 255))
def test_gray_codes_stay(code: int) -> None:
    assert to_gray(np.full((1, 1, 3), code, np.uint8)).tolist() == [[code]]


def test_gray_is_luminance_and_not_luma() -> None:
    red = np.uint8([[[255, 0, 0]]])
    assert to_gray(red).item() == 127  # Rec. 601 luma would be 76
