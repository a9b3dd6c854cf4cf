"""Folders that people did not make are passed over, and counted."""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.photographs import save_color

from photochrom.cli.photos import open_photos
from photochrom.collection import open_collection
from photochrom.collection.label_maps import label_map_files
from photochrom.collection.walk import is_of_machines, passed_over_note, walk
from photochrom.engine.batch.plan import Planner
from photochrom.errors import InputError

MACHINES = [
    "@eaDir",
    "@Recycle",
    "#recycle",
    "$RECYCLE.BIN",
    "System Volume Information",
    "FOUND.000",
    "lost+found",
    "__MACOSX",
    "Lib.photoslibrary",
    "Cat Previews.lrdata",
]
PEOPLE = ["1923", "recycle", "eaDir", "lost and found", "found", "photoslibrary", "a.lrdata.old"]


@pytest.fixture
def nas(tmp_path: Path) -> Path:
    folder = tmp_path / "nas"
    for name in (*MACHINES, *PEOPLE, ".thumbnails"):
        save_color(folder / name / "x.jpg" / "a.png")
    save_color(folder / "._b.png")
    return folder


@pytest.mark.parametrize("name", MACHINES)
def test_folders_of_machines_are_known_in_any_case(name: str) -> None:
    assert is_of_machines(Path(name))
    assert is_of_machines(Path(name.upper()))


def test_a_collection_holds_what_people_put_there(nas: Path) -> None:
    collection = open_collection(nas)
    assert {item.name.split("/")[0] for item in collection} == set(PEOPLE)
    assert {folder.name for folder in collection.passed_over} == set(MACHINES)
    assert len(label_map_files(nas)) == len(PEOPLE)


def test_commands_say_once_how_many_folders_were_passed_over(
    nas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_photos(nas)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("note: 10 folders of systems or catalogs were passed over: ")
    assert told.err.count("\n") == 1
    open_photos(nas / "1923")
    assert capsys.readouterr().err == ""


def test_a_plan_holds_what_people_put_there_and_says_so(nas: Path) -> None:
    plan = Planner(recursive=True).plan([nas])
    assert {job.source.relative_to(nas).parts[0] for job in plan.jobs} == set(PEOPLE)
    assert [note for note in plan.notes if note.startswith("10 folders")] == plan.notes


def test_a_folder_of_machines_is_entered_when_it_is_asked_for(nas: Path) -> None:
    assert len(open_collection(nas / "@eaDir")) == 1
    assert len(Planner(recursive=True).plan([nas / "Lib.photoslibrary"]).jobs) == 1


def test_nothing_but_thumbnails_is_no_picture_and_says_why(tmp_path: Path) -> None:
    save_color(tmp_path / "nas" / "@eaDir" / "a.png")
    told = "no pictures in .*nas; 1 folder of systems or catalogs was passed over: .*@eaDir"
    with pytest.raises(InputError, match=told):
        open_collection(tmp_path / "nas")
    with pytest.raises(InputError, match=told):
        Planner(recursive=True).plan([tmp_path / "nas"])
    with pytest.raises(InputError, match="there are no pictures in"):  # not: add --recursive
        Planner().plan([tmp_path / "nas"])


def test_links_to_folders_end_a_walk(tmp_path: Path) -> None:
    save_color(tmp_path / "a.png")
    (tmp_path / "round").symlink_to(tmp_path, target_is_directory=True)
    assert walk(tmp_path).files == [tmp_path / "a.png"]


@pytest.fixture
def _little_recursion() -> Iterator[None]:
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 150)
    yield
    sys.setrecursionlimit(usual)


def test_folders_go_deeper_than_python(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    save_color(tmp_path / "deep" / "a.png")
    inner = tmp_path / "deep"
    for _ in range(200):
        inner /= "d"
        inner.mkdir()
    Planner().plan([tmp_path / "deep"])  # imports what it needs
    request.getfixturevalue("_little_recursion")
    assert len(open_collection(tmp_path / "deep")) == 1
    for recursive in (False, True):
        assert len(Planner(recursive=recursive).plan([tmp_path / "deep"]).jobs) == 1


def test_only_the_first_folders_are_named() -> None:
    note = passed_over_note([Path(f"{number}/@eaDir") for number in range(5)])
    assert note == (
        "5 folders of systems or catalogs were passed over: 0/@eaDir, 1/@eaDir, 2/@eaDir …"
    )
