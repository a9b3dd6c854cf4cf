"""`photochrom audit mine`, `mend` and `run`, as a person would use them."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.audited import run_audit, save_scenes
from tests.training import make_photos, tiny_recipe

pytest.importorskip("torch")

from photochrom.collection import open_collection
from photochrom.collection.splits import read_splits
from photochrom.lab.auditor.mending.equal import EqualScore
from photochrom.lab.auditor.mending.mend import judge_change
from photochrom.lab.auditor.settings import MendSettings
from photochrom.lab.training.export import export, load_card, network_of
from photochrom.lab.training.fit import train

AUDIT = ("--size", "32", "--epochs", "8", "--control-epochs", "1")
MEND = ("--steps", "4", "--untouched", "10", "--least-gain", "0")


@dataclass(frozen=True)
class Place:
    folder: Path
    model: Path
    photos: Path
    auditor: Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A tiny trained model, and an auditor of it."""
    folder = tmp_path_factory.mktemp("mended")
    run = train(
        tiny_recipe("autochrome"), open_collection(make_photos(folder / "few")), folder / "run"
    )
    model = folder / "tiny.onnx"
    export(run, model, load_card(None, run, network_of(run.recipe())))
    photos = save_scenes(folder / "photos", 60)
    words = [
        "train",
        "--model",
        str(model),
        "--photos",
        str(photos),
        "--out",
        str(folder / "audit"),
    ]
    assert run_audit([*words, *AUDIT]) == 1  # too few pairs for a verdict, but an auditor
    return Place(folder, model, photos, folder / "audit" / "auditor.onnx")


def mine(place: Place, out: Path, *more: str) -> int:
    words = ["--model", str(place.model), "--photos", str(place.photos)]
    auditor = ["--auditor", str(place.auditor), "--count", "20"]
    return run_audit(["mine", *words, *auditor, "--out", str(out), *more])


@pytest.fixture(scope="module")
def mined(place: Place) -> Path:
    """What was mined once."""
    target = place.folder / "mined.csv"
    assert mine(place, target) == 0
    return target


def mend(place: Place, mined: Path, out: Path, *more: str) -> int:
    words = ["--model", str(place.model), "--photos", str(place.photos), "--mined", str(mined)]
    return run_audit(["mend", *words, "--out", str(out), *MEND, *more])


def test_the_hardest_are_parted_four_to_one_and_always_alike(
    place: Place, mined: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.csv"
    assert mine(place, again) == 0
    assert mined.read_bytes() == again.read_bytes()
    parts = [entry.part for entry in read_splits(mined)]
    assert (parts.count("train"), parts.count("test")) == (16, 4)
    assert not list(tmp_path.glob(".*"))


def test_mining_refuses_what_it_cannot_do(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mined.csv"
    assert mine(place, out, "--count", "61") == 1
    assert "only 60 can be judged" in capsys.readouterr().err
    out.write_text("mine")
    assert mine(place, out) == 1
    assert "add --force" in capsys.readouterr().err
    assert out.read_text() == "mine"


def test_mending_keeps_a_model_exactly_when_its_report_says_so(place: Place, mined: Path) -> None:
    out = place.folder / "mend"
    before = place.model.read_bytes()
    status = mend(place, mined, out)
    report = json.loads((out / "report.json").read_text())
    assert (status == 0) == (report["verdict"] == "kept") == (out / "mended.onnx").exists()
    assert report["photographs"] == {"trained_on": 32, "mined_test": 4, "untouched": 10}
    assert place.model.read_bytes() == before
    page = (out / "report.html").read_text()
    assert report["words"].replace("'", "&#39;") in page
    assert page.count("data-truth>") == 4


def test_a_gain_that_was_not_reached_replaces_nothing(
    place: Place, mined: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, done = tmp_path / "mend", place.folder / "mend" / "run"
    if done.exists():  # by the test above: a finished training goes on where it was
        shutil.copytree(done, out / "run")
    assert mend(place, mined, out, "--least-gain", "0.9") == 1
    assert "Not kept" in capsys.readouterr().out
    assert not list(out.glob("*.onnx"))


def test_too_few_ordinary_photographs_are_refused(
    place: Place, mined: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mend(place, mined, tmp_path / "mend", "--untouched", "30") == 1
    assert "16 shall be replayed and 30 stay untouched" in capsys.readouterr().err


def scores(*values: tuple[float, float, float]) -> list[EqualScore]:
    return [EqualScore(np.full(4, error), auc, color) for error, auc, color in values]


@pytest.mark.parametrize(
    ("mined_after", "untouched_auc", "is_kept"),
    [
        ((9.4, 90.0, 0.8), 89.9, True),
        ((9.6, 90.0, 0.8), 90.0, False),
        ((9.4, 90.0, 0.8), 89.7, False),
        ((9.4, 90.0, 0.7), 90.0, False),
        ((9.4, 90.0, 1.1), 90.0, True),
    ],
)
def test_a_model_is_kept_for_a_gain_that_costs_nothing(
    mined_after: tuple[float, float, float], untouched_auc: float, is_kept: bool
) -> None:
    mined = scores((10.0, 89.0, 0.8), mined_after)
    untouched = scores((9.0, 90.0, 0.8), (9.0, untouched_auc, 0.8))
    kept, words = judge_change(mined, untouched, MendSettings())
    assert kept == is_kept
    assert words.startswith("Kept" if is_kept else "Not kept")


@pytest.mark.slow
def test_the_loop_leaves_a_report_of_every_round(place: Place, tmp_path: Path) -> None:
    words = ["--model", str(place.model), "--photos", str(place.photos)]
    words += ["--unseen", str(place.photos), "--out", str(tmp_path / "loop"), "--count", "20"]
    status = run_audit(["run", *words, "--rounds", "2", *AUDIT, *MEND])
    report = json.loads((tmp_path / "loop" / "report.json").read_text())
    first = report["rounds"][0]
    assert first["audit"]["verdict"] == "too few pairs"
    assert (status == 0) == (first["mending"]["verdict"] == "kept")
    assert (tmp_path / "loop" / "mended.onnx").exists() == (status == 0)
    assert len(report["rounds"]) == (2 if status == 0 else 1)
