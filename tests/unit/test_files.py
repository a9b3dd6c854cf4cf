from pathlib import Path

import pytest

from photochrom.errors import InputError
from photochrom.files import write_whole


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


def test_a_name_that_is_a_folder_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_whole(tmp_path / "a.json", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
