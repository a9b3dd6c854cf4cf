from pathlib import Path

import pytest

from photochrom.errors import InputError
from photochrom.report.gallery import write_gallery
from photochrom.report.page import is_page_of_ours


def test_pages_of_ours_are_told_from_others(tmp_path: Path) -> None:
    assert is_page_of_ours(write_gallery(tmp_path, [], title="Album"))
    other = tmp_path / "other.html"
    other.write_text("<title>photochrom</title>")
    assert not is_page_of_ours(other)
    with pytest.raises(InputError, match="cannot be read"):
        is_page_of_ours(tmp_path)
