import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from tests.unit.study.made import session, vigilance
from tests.unit.study.test_study_findings import MANIFEST

from photochrom.errors import InputError
from photochrom.study.manifest import read_manifest, write_manifest
from photochrom.study.simulated import (
    SIMULATED,
    Simulated,
    is_simulated,
    read_simulated,
    refuse_target,
    write_simulated,
)

MADE_UP = Simulated(
    "two observers",
    [*session("p1", fooled=1, trials=3), *vigilance("p1", right=1, trials=1, exposure_ms=None)],
)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    write_manifest(folder, MANIFEST)
    Image.new("RGB", (4, 4), "red").save(folder / "a.png")
    Image.new("RGB", (4, 4), "blue").save(folder / "x.png")
    (folder / "study.sqlite").write_bytes(b"people's answers")
    return folder


def test_the_copy_has_everything_but_peoples_answers(study: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in study.iterdir()}
    copy = tmp_path / "copy"
    refuse_target(study, copy, force=False)
    write_simulated(study, MANIFEST, MADE_UP, copy)
    assert sorted(path.name for path in copy.iterdir()) == [
        "a.png",
        "manifest.json",
        "simulated.json",
        "x.png",
    ]
    assert read_simulated(copy) == MADE_UP
    assert read_manifest(copy) == MANIFEST
    assert is_simulated(copy)
    assert not is_simulated(study)
    assert {path.name: path.read_bytes() for path in study.iterdir()} == before


def test_no_study_is_overwritten(study: Path, tmp_path: Path) -> None:
    for target in (study, study / "." / "..", tmp_path):
        with pytest.raises(InputError):
            refuse_target(study, target, force=True)
    copy = tmp_path / "copy"
    write_simulated(study, MANIFEST, MADE_UP, copy)
    with pytest.raises(InputError, match="--force"):
        refuse_target(study, copy, force=False)
    refuse_target(study, copy, force=True)
    with pytest.raises(InputError, match="no simulated study"):
        refuse_target(study, study / "a.png", force=True)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"version": 2, "words": "", "answers": []}',
        '{"version": 1, "answers": []}',
        '{"version": 1, "words": "", "answers": [{"participant": "p"}]}',
    ],
)
def test_damaged_answers_are_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / SIMULATED).write_text(content)
    with pytest.raises(InputError, match="damaged"):
        read_simulated(tmp_path)


def test_an_unknown_part_is_refused(study: Path, tmp_path: Path) -> None:
    write_simulated(study, MANIFEST, MADE_UP, tmp_path / "copy")
    path = tmp_path / "copy" / SIMULATED
    content = json.loads(path.read_text())
    content["answers"][0]["part"] = "coffee"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="coffee"):
        read_simulated(tmp_path / "copy")


def test_nothing_is_written_outside_of_the_copy(study: Path, tmp_path: Path) -> None:
    pictures = tuple(replace(each, truth="../study/x.png") for each in MANIFEST.pictures)
    with pytest.raises(InputError, match="outside"):
        write_simulated(study, replace(MANIFEST, pictures=pictures), MADE_UP, tmp_path / "copy")


def test_a_missing_picture_is_named(study: Path, tmp_path: Path) -> None:
    (study / "x.png").unlink()
    with pytest.raises(InputError, match=r"x\.png cannot be copied"):
        write_simulated(study, MANIFEST, MADE_UP, tmp_path / "copy")
