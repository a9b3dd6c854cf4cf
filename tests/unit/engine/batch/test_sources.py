from pathlib import Path

import pytest

from photochrom.engine.batch.manifest import MANIFEST_NAME
from photochrom.engine.batch.sources import FoundPictures, PictureWalk, read_list
from photochrom.errors import InputError


def walk(
    folder: Path, *, recursive: bool = True, leave_out: tuple[Path, ...] = ()
) -> FoundPictures:
    return PictureWalk({".jpg", ".png"}, recursive=recursive, leave_out=leave_out).run(folder)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", "in/c.jpg", ".git/d.jpg"):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "tree"


def test_pictures_are_sorted_and_hidden_ones_passed_over(tree: Path) -> None:
    assert walk(tree).pictures == [tree / "a.PNG", tree / "b.jpg", tree / "in" / "c.jpg"]


def test_sub_folders_are_noticed_even_if_not_asked_for(tree: Path) -> None:
    found = walk(tree, recursive=False)
    assert found.pictures == [tree / "a.PNG", tree / "b.jpg"]
    assert found.has_deeper
    (tree / "in" / "c.jpg").unlink()
    assert not walk(tree, recursive=False).has_deeper


def test_a_link_is_followed_once_and_after_real_folders(tree: Path) -> None:
    (tree / "a-link").symlink_to(tree / "in")
    (tree / "in" / "up").symlink_to(tree)
    assert walk(tree).pictures == [tree / "a.PNG", tree / "b.jpg", tree / "in" / "c.jpg"]


def test_a_link_to_another_place_is_followed(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "e.jpg").touch()
    (tree / "link").symlink_to(tmp_path / "elsewhere")
    assert tree / "link" / "e.jpg" in walk(tree).pictures


def test_the_folder_of_results_is_not_entered(tree: Path) -> None:
    assert tree / "in" / "c.jpg" not in walk(tree, leave_out=(tree / "in",)).pictures


def test_results_in_a_manifest_are_no_pictures(tree: Path) -> None:
    line = '{"input": "x.jpg", "status": "colorized", "output": "in/c.jpg"}\n'
    (tree / MANIFEST_NAME).write_text(line)
    found = walk(tree)
    assert found.results == [tree / "in" / "c.jpg"]
    assert tree / "in" / "c.jpg" not in found.pictures


def test_a_pipe_with_the_name_of_a_picture_is_no_picture(tree: Path) -> None:
    os = pytest.importorskip("os")
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes")
    os.mkfifo(tree / "pipe.jpg")
    assert tree / "pipe.jpg" not in walk(tree).pictures


def test_a_dangling_link_is_kept_so_that_it_gets_named(tree: Path) -> None:
    (tree / "gone.jpg").symlink_to("nowhere.jpg")
    assert tree / "gone.jpg" in walk(tree).pictures


def test_a_list_names_pictures_relative_to_itself_and_each_once(tmp_path: Path) -> None:
    (tmp_path / "worst.txt").write_bytes(b"a.jpg\r\n\n/x/ b\xff.jpg\na.jpg\n")
    named = read_list(tmp_path / "worst.txt")
    assert [str(path) for path in named] == [str(tmp_path / "a.jpg"), "/x/ b\udcff.jpg"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_list_saved_by_notepad_or_powershell_is_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "list.txt").write_bytes("Zoë.jpg\r\nb.jpg\r\n".encode(encoding))
    assert read_list(tmp_path / "list.txt") == [tmp_path / "Zoë.jpg", tmp_path / "b.jpg"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"\n \n", "names no picture"),
        (b"PK\0\1", "is no list of pictures"),
        (b"\xff\xfea", "is no list of pictures"),
    ],
)
def test_a_file_that_is_no_list_is_one_line(tmp_path: Path, content: bytes, line: str) -> None:
    (tmp_path / "worst.txt").write_bytes(content)
    with pytest.raises(InputError, match=line):
        read_list(tmp_path / "worst.txt")
    with pytest.raises(InputError, match="No such file"):
        read_list(tmp_path / "none.txt")
