from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photochrom.errors import InputError
from photochrom.report.files import write_whole
from photochrom.report.preview import file_preview


def test_writes_into_a_new_folder_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.json"
    write_whole(target, "äöü\n")
    write_whole(target, "again\n")
    assert target.read_bytes() == b"again\n"
    assert list(target.parent.iterdir()) == [target]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_whole(tmp_path / "file" / "a.json", "x")


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
