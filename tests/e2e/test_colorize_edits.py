"""`photochrom colorize --save-edits`, and `--edits`, which makes the result again."""

import json
import time
from pathlib import Path

import pytest
from tests.photographs import save_gray
from tests.tiny import tiny_model

from photochrom.cli.main import run


@pytest.fixture
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "tiny.onnx")


@pytest.fixture
def edited(here: Path, model: Path) -> Path:
    """Colorize with much asked for, and give the file of edits."""
    save_gray(here / "a.png")
    words = ["--hint", "9,9,#a05a48-30,9,4", "--saturation", "1.2", "--warmth", "0.3"]
    words += ["--variants", "1", "--format", "jpeg", "--quality", "80", "--save-edits"]
    assert run(["colorize", "--model", str(model), "a.png", *words]) == 0
    return here / "a-color.jpg.photochrom.json"


def again(model: Path, *words: str) -> int:
    return run(["colorize", "--model", str(model), "--edits", *words])


def test_a_result_and_its_variant_are_made_again_byte_for_byte(
    here: Path, model: Path, edited: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(time.time()) + 1000))
    assert again(model, edited.name, "-o", "again.jpg") == 0
    assert (here / "again.jpg").read_bytes() == (here / "a-color.jpg").read_bytes()
    variant = "a-color-variant-1.jpg"
    assert again(model, f"{variant}.photochrom.json", "-o", "other.jpg") == 0
    assert (here / "other.jpg").read_bytes() == (here / variant).read_bytes()
    assert (here / "other.jpg").read_bytes() != (here / "again.jpg").read_bytes()


def test_the_photograph_may_lie_elsewhere(here: Path, model: Path, edited: Path) -> None:
    (here / "b").mkdir()
    (here / "a.png").rename(here / "b" / "c.png")
    assert again(model, edited.name, "-o", "b") == 1
    assert again(model, edited.name, "b/c.png", "-o", "b") == 0
    assert (here / "b" / "a-color.jpg").read_bytes() == (here / "a-color.jpg").read_bytes()


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (({}, []), (1, "a-color.jpg: already there; --force replaces it")),
        (({}, ["--saturation", "1"]), (2, "--edits says how, so --saturation does not go with it")),
        (({}, ["a.png", "a.png"]), (2, "--edits is for one photograph")),
        (({}, ["-o", "a.png"]), (1, "a.png is not named like what the edits make: jpeg")),
        (({"form": 2}, []), (1, "was written by a later version of photochrom")),
        (({"options": {"hints": [{"x": 1}]}}, []), (1, "is no file of edits: it lacks")),
        (({"options": {"saturation": 9}}, []), (1, "is no file of edits: it saturation must be")),
        (({"variant": -1}, []), (1, "it has a variant below 0")),
        (
            ({"photograph_sha256": "0"}, ["-o", "b.jpg"]),
            (1, "is not the photograph that the edits"),
        ),
        (({"model_sha256": "0"}, ["-o", "b.jpg"]), (1, "the edits were made with another model")),
        (({"photograph": "gone.png"}, []), (1, "is not there: name the photograph")),
    ],
)
def test_what_cannot_be_made_again_gets_one_line(
    model: Path,
    edited: Path,
    capsys: pytest.CaptureFixture[str],
    change: tuple[dict[str, object], list[str]],
    answer: tuple[int, str],
) -> None:
    (values, words), (status, told), here = change, answer, edited.parent
    edited.write_text(json.dumps(json.loads(edited.read_text()) | values))
    before = sorted(here.iterdir())
    assert again(model, edited.name, *words) == status
    assert told in capsys.readouterr().err
    assert sorted(here.iterdir()) == before


def test_what_is_no_file_of_edits_is_named(
    here: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "e.json").write_text("[]")
    assert again(model, "e.json") == 1
    assert again(model, "gone.json") == 1
    assert capsys.readouterr().err.splitlines() == [
        "photochrom: e.json is not a JSON object",
        "photochrom: gone.json: No such file or directory",
    ]


def test_edits_that_are_there_are_not_replaced(
    here: Path, model: Path, edited: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "a-color.jpg").unlink()
    words = ["colorize", "--model", str(model), "a.png", "--format", "jpeg", "--save-edits"]
    assert run(words) == 1
    assert f"{edited.name}: already there" in capsys.readouterr().err
    assert not (here / "a-color.jpg").exists()
