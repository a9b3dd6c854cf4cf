"""`photochrom audit train`, as a person would use it."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tests.audited import run_audit, save_gray_scenes, save_lab, save_scenes
from tests.photographs import gray_scene
from tests.tiny import constant_model

pytest.importorskip("torch")

from photochrom.color.lab import gray_to_lightness
from photochrom.extras import install_line
from photochrom.lab.auditor import learn as learning
from photochrom.lab.auditor.settings import AuditorSettings, Encoder

QUICK = ("--size", "32", "--epochs", "30", "--control-epochs", "1", "--encoder", "png")


def audit(place: Path, photos: Path, *more: str) -> int:
    words = ["--model", str(place / "tiny.onnx"), "--photos", str(photos)]
    return run_audit(["train", *words, "--out", str(place / "audit"), *QUICK, *more])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One audit, which many tests look at: 60 pairs, too few for a verdict."""
    folder = tmp_path_factory.mktemp("audited")
    constant_model(folder / "tiny.onnx", 20.0, 20.0)
    assert audit(folder, save_scenes(folder / "photos", 60)) == 1
    return folder


def test_a_plain_fault_is_learned(place: Path) -> None:
    report = json.loads((place / "audit" / "report.json").read_text())
    assert report["auditor"]["pair_fooled"] <= 0.1
    assert report["auditor"]["accuracy"] >= 0.8
    assert report["verdict"] == "too few pairs"


def test_the_file_judges_as_its_card_says(place: Path) -> None:
    session = onnxruntime.InferenceSession(place / "audit" / "auditor.onnx")
    card = json.loads(session.get_modelmeta().custom_metadata_map["photochrom.auditor"])
    assert card["size"] == 32
    pictures = np.random.default_rng(0).random((2, 3, 32, 32)).astype(np.float32)
    probability, where = session.run(["probability", "map"], {"picture": pictures})
    assert probability.shape == (2,)
    assert where.shape == (2, 1, 8, 8)
    assert 0 <= where.min() <= where.max() <= 1


def test_a_killed_run_goes_on_and_ends_the_same(
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "tiny.onnx").write_bytes((place / "tiny.onnx").read_bytes())
    measure, calls = learning._measured, []

    def die_in_the_third_epoch(*arguments: object) -> learning.Epoch:
        calls.append(0)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return measure(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(learning, "_measured", die_in_the_third_epoch)
    assert audit(tmp_path, place / "photos") == 130
    assert "run the same command again to go on" in capsys.readouterr().err
    monkeypatch.undo()
    assert audit(tmp_path, place / "photos") == 1
    killed, whole = (
        json.loads((folder / "audit" / "report.json").read_text()) for folder in (tmp_path, place)
    )
    assert killed == whole


def test_fewer_than_50_pairs_are_refused(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tiny.onnx").write_bytes((place / "tiny.onnx").read_bytes())
    photos = save_scenes(tmp_path / "photos", 49)
    save_gray_scenes(photos / "gray", 6)
    assert audit(tmp_path, photos) == 1
    assert "needs 50 pairs, and 55 photographs gave 49 pairs, 6 gray" in capsys.readouterr().err


def test_a_model_that_returns_the_photographs_leaves_nothing_to_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    constant_model(tmp_path / "tiny.onnx", 20.0, 10.0)
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(55):  # far from the border of sRGB, so that nothing is clipped
        lightness = 35 + 0.3 * gray_to_lightness(gray_scene(32, 32, seed=number))
        save_lab(photos / f"{number}.png", lightness, np.full((32, 32, 2), (20.0, 10.0)))
    assert audit(tmp_path, photos) == 1
    report = capsys.readouterr()
    assert "all 5" in report.err
    assert "pairs are identical" in report.err


def test_a_planted_leak_is_refused_and_no_auditor_is_written(
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "tiny.onnx").write_bytes((place / "tiny.onnx").read_bytes())
    photos = save_scenes(tmp_path / "photos", 120)
    leak = (Encoder.parse("jpeg:95"), Encoder.parse("jpeg:10"))
    monkeypatch.setattr(AuditorSettings, "encoders", leak)
    assert audit(tmp_path, photos, "--control-epochs", "12") == 1
    report = json.loads((tmp_path / "audit" / "report.json").read_text())
    assert report["verdict"] == "refused"
    assert max(low for low, _ in report["controls"]["intervals"].values()) > 0.5
    assert not (tmp_path / "audit" / "auditor.onnx").exists()
    assert "No verdict" in capsys.readouterr().out


def test_another_model_in_the_same_folder_is_refused(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(place / "audit", tmp_path / "audit")
    constant_model(tmp_path / "tiny.onnx", -20.0, 20.0)
    assert audit(tmp_path, place / "photos", "--force") == 1
    assert "another model_sha256" in capsys.readouterr().err
    assert audit(tmp_path, place / "photos") == 1
    assert "holds a report already" in capsys.readouterr().err


def test_without_the_lab_one_line_says_what_to_install(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "lightning", None)
    assert audit(place, place / "photos", "--force") == 1
    assert f"needs lightning; {install_line('train')}\n" in capsys.readouterr().err


def test_the_page_is_whole_and_offline(place: Path) -> None:
    page = (place / "audit" / "report.html").read_text()
    assert "2.9 %" in page
    assert "32.3 %" in page
    pairs = json.loads((place / "audit" / "report.json").read_text())["test_pairs"]
    assert page.count("data-truth>") == min(20, pairs)  # ten at either end, none at both
    assert "http" not in page.replace("http-equiv", "")
