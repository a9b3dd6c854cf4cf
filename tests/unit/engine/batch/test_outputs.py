from dataclasses import replace
from pathlib import Path

import pytest

from photochrom.engine.batch.outputs import (
    Claim,
    Job,
    ignores_case,
    refuse_inputs_as_targets,
    settle_claims,
)
from photochrom.engine.batch.plan import Planner
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


@pytest.fixture
def _case_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photochrom.engine.batch.outputs.ignores_case", lambda folder: True)


@pytest.mark.usefixtures("_case_is_ignored")
@pytest.mark.parametrize(
    ("sources", "kind", "targets"),
    [
        (["IMG_1.JPG", "img_1.tif"], "png", ["IMG_1.JPG.png", "img_1.tif.png"]),
        (["a.jpg", "A.JPG", "a-2.jpg"], None, ["a.jpg", "A-2.JPG", "a-2-2.jpg"]),
        (["Zo\u00eb.jpg", "Zoe\u0308.jpg"], None, ["Zo\u00eb.jpg", "Zoe\u0308-2.jpg"]),
    ],
)
def test_no_two_results_share_a_name_where_case_is_ignored(
    sources: list[str], kind: str | None, targets: list[str]
) -> None:
    assert names(settle_claims(map(claim, sources), kind)) == targets


def test_names_that_differ_in_case_stay_where_the_disk_tells_them_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("photochrom.engine.batch.outputs.ignores_case", lambda folder: False)
    assert names(settle_claims(map(claim, ["a.jpg", "A.JPG"]), None)) == ["a.jpg", "A.JPG"]


def test_whether_a_disk_ignores_case_is_seen_from_its_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Scan.jpg").touch()
    is_ignored = (tmp_path / "sCAN.JPG").exists()  # as on the disk of this machine
    assert ignores_case(tmp_path / "not" / "there" / "yet") is is_ignored
    monkeypatch.setattr("os.path.lexists", lambda path: True)
    assert ignores_case(tmp_path)
    (tmp_path / "sCAN.JPG").touch()
    assert ignores_case(tmp_path) is is_ignored


def test_a_result_takes_no_name_of_a_variant() -> None:
    jobs = settle_claims(map(claim, ["a.jpg", "a-variant-1.jpg"]), None, variants=1)
    assert names(jobs) == ["a.jpg", "a-variant-1-2.jpg"]


def test_a_photograph_is_an_input_by_every_name_it_has(tmp_path: Path) -> None:
    photograph = tmp_path / "a.jpg"
    photograph.touch()
    (tmp_path / "b.jpg").hardlink_to(photograph)
    job = settle_claims([Claim(photograph, tmp_path, "-color")], None)[0]
    with pytest.raises(InputError, match="is an input"):
        refuse_inputs_as_targets([replace(job, target=tmp_path / "b.jpg")], [photograph])


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
