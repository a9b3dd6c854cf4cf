import json
from pathlib import Path

import pytest
from PIL import Image
from tests.unit.study.made import session, vigilance
from tests.unit.study.test_study_findings import MANIFEST, RESULT_FILE, TRUTH_FILE

from photochrom.errors import InputError
from photochrom.study.design.manifest import read_manifest, write_manifest
from photochrom.study.simulation.simulated import (
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
    (folder / "pictures").mkdir(parents=True)
    write_manifest(folder, MANIFEST)
    for name, color in {RESULT_FILE: "red", TRUTH_FILE: "blue"}.items():
        Image.new("RGB", (4, 4), color).save(folder / "pictures" / f"{name}.png")
    (folder / "study.sqlite").write_bytes(b"people's answers")
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_copy_has_everything_but_peoples_answers(study: Path, tmp_path: Path) -> None:
    before = files_of(study)
    copy = tmp_path / "copy"
    refuse_target(study, copy, force=False)
    write_simulated(study, MANIFEST, MADE_UP, copy)
    copied = files_of(copy)
    assert copied.pop("simulated.json")
    assert copied == {name: data for name, data in before.items() if name != "study.sqlite"}
    assert read_simulated(copy) == MADE_UP
    assert read_manifest(copy) == MANIFEST
    assert is_simulated(copy)
    assert not is_simulated(study)
    assert files_of(study) == before


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
        refuse_target(study, study / "manifest.json", force=True)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"version": 2, "words": "", "answers": []}',
        '{"version": 1, "answers": []}',
        '{"version": 1, "words": "", "answers": [{"participant": "p"}]}',
        pytest.param("[" * 200_000, id="nested too deeply"),
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
    for name in ("left", "trial", "reaction_ms", "model"):
        answers = [{**content["answers"][0], name: ["a"]}]
        path.write_text(json.dumps({**content, "answers": answers}))
        with pytest.raises(InputError, match=f"an answer has a bad '{name}'"):
            read_simulated(tmp_path / "copy")
    content["answers"][0]["part"] = "coffee"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="coffee"):
        read_simulated(tmp_path / "copy")


def test_a_missing_picture_is_named(study: Path, tmp_path: Path) -> None:
    (study / "pictures" / f"{TRUTH_FILE}.png").unlink()
    with pytest.raises(InputError, match=r"0\.png cannot be copied"):
        write_simulated(study, MANIFEST, MADE_UP, tmp_path / "copy")
