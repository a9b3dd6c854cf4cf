from pathlib import Path

import pytest

from photochrom.engine.outputs import Claim, Job, settle_claims
from photochrom.engine.plan import Planner
from photochrom.errors import InputError

OUT = Path("out")


def claim(name: str, folder: Path = OUT, tail: str = "") -> Claim:
    return Claim(Path(name), folder, tail)


def names(jobs: list[Job]) -> list[str]:
    return [job.target.name for job in jobs]


@pytest.mark.parametrize(
    ("sources", "kind", "targets"),
    [
        (["a.jpg", "a.png"], None, ["a.jpg", "a.png"]),
        (["a.1.jpg", "a.2.jpg"], None, ["a.1.jpg", "a.2.jpg"]),
        (["a.1.jpg", "a.2.jpg"], "png", ["a.1.png", "a.2.png"]),
        (["a.jpg", "a.png"], "png", ["a.jpg.png", "a.png"]),
        (["a.jpg", "a.tif"], "png", ["a.jpg.png", "a.tif.png"]),
        (["a.jpg", "a.jpg.png", "a.png"], "png", ["a.jpg-2.png", "a.jpg.png", "a.png"]),
        (["a.JPEG", "b.jpe"], "jpeg", ["a.JPEG", "b.jpe"]),
        (["x/a.jpg", "y/a.jpg"], None, ["a.jpg", "a-2.jpg"]),
        (["scan"], None, ["scan"]),
    ],
)
def test_no_two_results_share_a_name(
    sources: list[str], kind: str | None, targets: list[str]
) -> None:
    assert names(settle_claims(map(claim, sources), kind)) == targets


def test_the_same_picture_named_twice_is_one_job() -> None:
    assert len(settle_claims([claim("a.jpg"), claim("a.jpg")], None)) == 1


def test_maps_share_no_name_with_each_other_or_a_result() -> None:
    sources = ["a.jpg", "a.png", "b.jpg", "b-confidence.png"]
    jobs = settle_claims(map(claim, sources), None)
    taken = [job.target for job in jobs] + [job.confidence_map for job in jobs]
    assert len(set(taken)) == 8
    assert jobs[0].confidence_map.name == "a.jpg-confidence.png"
    assert jobs[2].confidence_map.name == "b-confidence-2.png"


@pytest.mark.parametrize(
    ("out", "target"),
    [
        (None, "album/a-color.jpg"),
        ("b.JPG", "b.JPG"),
        ("x/b.tif", "x/b.tif"),
        ("results", "results/a.jpg"),
        ("results.v2", "results.v2/a.jpg"),
        ("folder.png", "folder.png/a.jpg"),
    ],
)
def test_where_one_file_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str | None, target: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("album").mkdir()
    Path("album/a.jpg").touch()
    Path("folder.png").mkdir()
    plan = Planner(out=None if out is None else Path(out)).plan([Path("album/a.jpg")])
    assert [str(job.target) for job in plan.jobs] == [target]
    assert plan.jobs[0].manifest_folder is None


@pytest.mark.parametrize(
    ("folder", "out", "target"),
    [
        ("album", None, "album-color/a.jpg"),
        ("album/", None, "album-color/a.jpg"),
        ("album", "out", "out/a.jpg"),
        ("album/../album", None, "album/../album-color/a.jpg"),
    ],
)
def test_where_a_folder_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, out: str | None, target: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("album").mkdir()
    Path("album/a.jpg").touch()
    plan = Planner(out=None if out is None else Path(out)).plan([Path(folder)])
    assert [str(job.target) for job in plan.jobs] == [target]


def test_this_folder_has_a_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    album = tmp_path / "album"
    album.mkdir()
    (album / "a.jpg").touch()
    monkeypatch.chdir(album)
    plan = Planner().plan([Path()])
    assert plan.folders == [tmp_path / "album-color"]


@pytest.mark.parametrize("out", ["album", "album/../album", "link", "a.png"])
def test_inputs_are_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("album").mkdir()
    Path("album/a.jpg").touch()
    Path("link").symlink_to("album")
    with pytest.raises(InputError):
        Planner(out=Path(out)).plan([Path("album")])
