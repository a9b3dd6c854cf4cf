from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photochrom.errors import InputError
from photochrom.report.preview import file_preview


def test_previews_shrink_and_are_the_same_bytes_twice(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 300, 4), dtype=np.uint8)
    path = tmp_path / "a[1].png"
    Image.fromarray(noise).save(path)
    small = file_preview(path, side_px=64)
    assert small == file_preview(path, side_px=64)
    assert len(small) < 12_000


@pytest.mark.parametrize("content", [b"", b"no picture", b"<svg xmlns='x'><rect/></svg>"])
def test_what_is_no_picture_cannot_be_previewed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "scan.jpg"
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be shown"):
        file_preview(path)


def test_floats_are_shown_as_colorize_reads_them(tmp_path: Path) -> None:
    """An original of floats from 0 to 1 stood black beside its result."""
    codes = np.tile(np.arange(256, dtype=np.uint8), (40, 1))
    Image.fromarray(codes).save(tmp_path / "codes.tif")
    Image.fromarray(codes.astype(np.float32) / 255).save(tmp_path / "floats.tif")
    assert file_preview(tmp_path / "floats.tif") == file_preview(tmp_path / "codes.tif")
