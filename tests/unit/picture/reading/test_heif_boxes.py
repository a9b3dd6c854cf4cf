import io

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photochrom.picture.geometry.turn import upright
from photochrom.picture.reading.codings import is_lossless
from photochrom.picture.reading.heif_boxes import orientation_of, picture_properties

STORED = np.zeros((24, 40, 3), np.uint8)
STORED[:8, :8], STORED[16:, :8] = 255, 128


def avif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    Image.fromarray(STORED).save(buffer, "avif", quality=100, exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_turns_of_the_decoder_are_known(orientation: int) -> None:
    data = avif(orientation)
    properties = picture_properties(lambda at, size: data[at : at + size])
    assert orientation_of(properties) == orientation
    decoded = pyvips.Image.new_from_buffer(data, "").numpy()
    assert np.abs(decoded.astype(int) - upright(STORED, orientation)).max() < 9


WHOLE = avif(7)


@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_damaged_boxes_are_survived(at: int, bad: bytes) -> None:
    data = WHOLE[:at] + bad + WHOLE[at + len(bad) :]
    for damaged in (data, data[: at + 20]):
        orientation_of(picture_properties(lambda at, size, d=damaged: d[at : at + size]))
        for kind in ("avif", "webp"):
            is_lossless(kind, lambda at, size, d=damaged: d[at : at + size])
