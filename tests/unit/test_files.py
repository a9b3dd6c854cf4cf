import subprocess
import sys
from pathlib import Path

import pytest

from photochrom.errors import InputError
from photochrom.files import make_folder, sweep_leftovers, unfinished, write_whole


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


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    code = """if True:
        import os, pathlib, sys
        from photochrom.files import unfinished
        with unfinished(pathlib.Path(sys.argv[1]) / "index.html") as temporary:
            temporary.write_text("half")
            os._exit(9)  # as kill -9 does: nothing is cleaned up
    """
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == 9
    assert len(list(tmp_path.iterdir())) == 1
    (tmp_path / ".of-others.part").write_text("")
    sweep_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".of-others.part"]


def test_what_is_being_written_is_not_swept(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 250)
    with unfinished(target) as temporary:
        sweep_leftovers(tmp_path)
        temporary.write_text("whole")
        temporary.replace(target)
    assert target.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [target]


def test_new_files_have_the_usual_rights(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.json", "")
    (tmp_path / "b.json").write_text("")
    assert (tmp_path / "a.json").stat().st_mode == (tmp_path / "b.json").stat().st_mode


def test_a_folder_is_made_however_deep(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a"] * 1200)
    make_folder(deep)
    make_folder(deep)
    for _ in range(1200):  # deepest first, as whoever cleans up after tests would give up
        deep.rmdir()
        deep = deep.parent
    assert deep == tmp_path
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="exists"):
        make_folder(tmp_path / "file")
