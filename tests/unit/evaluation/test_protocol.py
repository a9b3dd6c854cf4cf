import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.errors import InputError
from photochrom.evaluation.protocol import PROTOCOLS, protocol_by_name

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
