"""`photochrom adapt`, as a person would use it."""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.photographs import save_gray
from tests.taught import SIDE, save_half_masks, save_taught, save_tinted
from tests.tiny import tiny_model

pytest.importorskip("torch")

from photochrom.cli.main import run
from photochrom.lab.adaptation import adapt as adaptation
from photochrom.lab.adaptation.candidates import UnetBody
from photochrom.models.contract import read_contract


@dataclass(frozen=True)
class Place:
    folder: Path
    base: Path
    photos: Path
    model: Path
    report: Path


def adapt(base: Path, photos: Path, out: Path, *more: str) -> int:
    return run(["adapt", "--base", str(base), "--photos", str(photos), "-o", str(out), *more])


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("base") / "tiny.onnx")


@pytest.fixture
def unwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge, and leave out the writing of the model, which takes most of the time."""
    monkeypatch.setattr(adaptation, "merge", lambda *_: 0.0)


@pytest.fixture(scope="module")
def place(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One adaptation with `auto`, which many tests look at."""
    folder = tmp_path_factory.mktemp("adapted")
    photos = save_taught(folder / "photos", base, 8)
    model, report = folder / "town.onnx", folder / "report"
    gray = folder / "gray"
    for name in ("a.png", "b.png"):
        save_gray(gray / name)
    (gray / "torn.png").write_bytes(b"no picture")
    assert adapt(base, photos, model, "--report", str(report), "--targets", str(gray)) == 0
    return Place(folder, base, photos, model, report)


def test_the_card_names_base_photographs_and_numbers(place: Place) -> None:
    card, signature = read_contract(place.model)
    photo_hashes = {hashlib.sha256(p.read_bytes()).hexdigest() for p in place.photos.iterdir()}
    facts = card.recipe["adaptation"]
    assert card.name == "town"
    assert card.base_sha256 == hashlib.sha256(place.base.read_bytes()).hexdigest()
    assert facts["photographs"] == 8
    assert set(facts["sha256"]) == photo_hashes
    assert card.metrics["ab_error_adapted"] < card.metrics["ab_error_base"]
    assert card.neutral_inputs["labels"] == -1
    assert "labels" in signature.inputs
    assert not (place.folder / "town.onnx.work").exists()


def test_the_report_says_in_json_what_it_shows(place: Place) -> None:
    report = json.loads((place.report / "report.json").read_text())
    assert report["verdict"] == "gain"
    assert report["held_out"]["n"] == 8
    low, high = report["held_out"]["interval"]
    difference = report["held_out"]["ab_error_adapted"] - report["held_out"]["ab_error_base"]
    assert low <= difference <= high < 0
    assert 0.6 <= report["scores"]["adapted"]["colorfulness"] <= 1.1
    page = (place.report / "report.html").read_text()
    assert page.count("data-truth>") == 8 + 2
    assert "http" not in page.replace("http-equiv", "")


def test_the_report_opens_in_plain_words_and_shows_the_targets(place: Place) -> None:
    page = (place.report / "report.html").read_text()
    assert "The new model colors photographs like yours better. Of 8 photographs" in page
    for name in ("a.png", "b.png"):
        assert f"Compare before with after, {name}" in page
    assert "1 unreadable and left out" in page
    assert "torn.png" in page


def test_what_is_likely_is_written_only_when_asked_for(
    base: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    decide = adaptation.decide

    def unsure(*words: object, **more: object) -> object:
        return replace(decide(*words, **more), grade="likely", certainty=0.84)  # type: ignore[arg-type]

    monkeypatch.setattr(adaptation, "decide", unsure)
    photos = save_taught(tmp_path / "photos", base, 4)
    words = ["--method", "linear", "--json"]
    assert adapt(base, photos, tmp_path / "a.onnx", *words) == 1
    told = capsys.readouterr()
    assert "no model was written; --anyway writes it" in told.err
    found = json.loads(told.out)
    assert (found["verdict"], found["is_written"]) == ("likely", False)
    report = tmp_path / "report"
    words = ["--method", "linear", "--anyway", "--report", str(report)]
    assert adapt(base, photos, tmp_path / "a.onnx", *words) == 0
    card, _ = read_contract(tmp_path / "a.onnx")
    assert "because somebody asked for it anyway" in card.description
    assert card.recipe["adaptation"]["verdict"] == "likely"
    page = (report / "report.html").read_text()
    assert "likely better, but not surely. It was written all the same" in page


def test_new_pictures_come_out_in_the_learned_colors(place: Place) -> None:
    new = save_taught(place.folder / "new", place.base, 1, first=50) / "new-50.png"
    errors = []
    for model in (place.base, place.model):
        out = place.folder / f"{model.stem}.png"
        words = ["colorize", str(new), "-o", str(out), "--model", str(model), "--recolor"]
        assert run(words) == 0
        difference = np.asarray(Image.open(out)).astype(int) - np.asarray(Image.open(new))
        errors.append(np.abs(difference).mean())
    assert errors[1] < 0.5 * errors[0]


def test_an_adapted_model_is_a_base_but_no_start_of_a_training(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    again = save_taught(place.folder / "again", place.model, 6, sign=2.5)
    assert adapt(place.model, again, place.folder / "again.onnx", "--method", "linear") == 0
    words = ["train", "plain", "--photos", str(again), "--out", str(place.folder / "run")]
    capsys.readouterr()
    assert run([*words, "--init", str(place.model)]) == 1
    assert "is an adapted model" in capsys.readouterr().err


def test_nothing_is_overwritten(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert adapt(place.base, place.photos, place.model) == 1
    assert "add --force" in capsys.readouterr().err


def test_it_refuses_when_it_cannot_show_a_gain(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = save_tinted(tmp_path / "photos", 8)
    assert adapt(base, photos, tmp_path / "a.onnx", "--anyway") == 1
    printed = capsys.readouterr()
    assert "No gain could be shown" in printed.out
    assert "no model was written" in printed.err
    told = r"8 photographs, to be learned from 21 times: about (a minute|\d+ minutes) on"
    assert re.search(told, printed.err)
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


@pytest.mark.usefixtures("unwritten")
def test_colors_that_need_no_network_are_a_gain_for_auto_and_none_for_more(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = save_tinted(tmp_path / "photos", 8, angle=1.0)
    assert adapt(base, photos, tmp_path / "a.onnx") == 0
    assert "below that of base" in capsys.readouterr().out
    assert adapt(base, photos, tmp_path / "b.onnx", "--method", "linear") == 1
    assert "of mean chroma per lightness" in capsys.readouterr().out


def test_two_photographs_run_prove_little_and_tell_programs_how_far_they_are(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = save_taught(tmp_path / "photos", base, 2)
    status = adapt(base, photos, tmp_path / "a.onnx", "--events")
    told, *steps, found = map(json.loads, capsys.readouterr().out.splitlines())
    assert told["told"].startswith("2 photographs, to be learned from")
    assert steps[0] == {"doing": "step 1 of 2, looking", "done": 0, "total": 4, "unit": "looks"}
    assert steps[-1]["done"] == steps[-1]["total"]
    assert found["plain"]
    assert found["held_out"]["n"] == 2
    assert "2 photographs prove little" in found["words"]
    assert (tmp_path / "a.onnx").exists() == (status == 0) == (found["verdict"] == "gain")


@pytest.mark.parametrize("objects", ["masks", "boxes"])
def test_only_objects_are_corrected(
    base: Path, tmp_path: Path, objects: str, request: pytest.FixtureRequest
) -> None:
    if objects == "boxes":  # the model is written as with masks
        request.getfixturevalue("unwritten")
    photos = save_taught(tmp_path / "photos", base, 6)
    masks = save_half_masks(tmp_path / "masks", photos)
    boxes = tmp_path / "boxes.csv"
    rows = [f"{path.name},0,0,{SIDE // 2},{SIDE}" for path in photos.iterdir()]
    boxes.write_text("picture,left,top,width,height\n" + "\n".join(rows))
    where = {"masks": ("--masks", str(masks)), "boxes": ("--boxes", str(boxes))}[objects]
    model = tmp_path / "a.onnx"
    adapt(base, photos, model, "--method", "linear", "--report", str(tmp_path / "r"), *where)
    scores = json.loads((tmp_path / "r" / "report.json").read_text())["scores"]
    assert scores["adapted"]["ab_error"] < scores["base"]["ab_error"]
    assert scores["adapted"]["ab_error_background"] is not None


def test_a_label_map_keeps_the_background_to_the_base(place: Place, tmp_path: Path) -> None:
    picture = next(place.photos.iterdir())
    masks = save_half_masks(tmp_path / "masks", place.photos)
    common = ["colorize", str(picture), "--recolor", "--saturation", "1"]
    adapted = [*common, "--model", str(place.model)]
    run([*common, "-o", str(tmp_path / "base.png"), "--model", str(place.base)])
    run([*adapted, "-o", str(tmp_path / "mapped.png"), "--labels", str(masks)])
    run([*adapted, "-o", str(tmp_path / "plain.png")])
    before, mapped, plain = (
        np.asarray(Image.open(tmp_path / f"{name}.png")).astype(int)
        for name in ("base", "mapped", "plain")
    )
    margin = 4  # chroma is at half the size, and resampled
    left, right = slice(0, SIDE // 2 - margin), slice(SIDE // 2 + margin, None)
    assert np.abs(mapped - before)[:, right].max() <= 1
    assert np.abs(mapped - plain)[:, left].max() <= 1
    assert np.abs(mapped - before)[:, left].mean() > 5


@pytest.fixture(scope="module")
def kinds(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One model of two kinds, with opposite colors."""
    folder = tmp_path_factory.mktemp("kinds")
    photos = folder / "photos"
    save_taught(photos / "fox", base, 4)
    save_taught(photos / "jay", base, 4, first=20, sign=-1)
    model = folder / "kinds.onnx"
    assert adapt(base, photos, model, "--labelled") == 0
    return Place(folder, base, photos, model, folder)


def test_the_label_decides_the_colors(kinds: Place) -> None:
    assert read_contract(kinds.model)[0].labels == ("fox", "jay")
    picture = kinds.photos / "fox" / "fox-00.png"
    truth = np.asarray(Image.open(picture)).astype(int)
    errors = {}
    for label in ("fox", "jay"):
        out = kinds.folder / f"{label}.png"
        words = ["colorize", str(picture), "--recolor", "-o", str(out)]
        assert run([*words, "--model", str(kinds.model), "--label", label]) == 0
        errors[label] = np.abs(np.asarray(Image.open(out)) - truth).mean()
    assert errors["fox"] < 0.5 * errors["jay"]


def test_two_kinds_in_one_picture_do_not_bleed(kinds: Place) -> None:
    picture = kinds.photos / "fox" / "fox-01.png"
    maps = kinds.folder / "maps"
    maps.mkdir()
    labels = np.ones((SIDE, SIDE), np.uint8)
    labels[:, SIDE // 2 :] = 2
    Image.fromarray(labels).save(maps / "fox-01.png")
    common = ["colorize", str(picture), "--recolor", "--model", str(kinds.model)]
    made = {}
    for name, words in {
        "both": ["--labels", str(maps)],
        "fox": ["--label", "fox"],
        "jay": ["--label", "jay"],
    }.items():
        out = kinds.folder / f"{name}-01.png"
        assert run([*common, "-o", str(out), *words]) == 0
        made[name] = np.asarray(Image.open(out)).astype(int)
    margin = 4
    left, right = slice(0, SIDE // 2 - margin), slice(SIDE // 2 + margin, None)
    assert np.abs(made["both"] - made["fox"])[:, left].max() <= 1
    assert np.abs(made["both"] - made["jay"])[:, right].max() <= 1


def test_a_changed_label_map_is_noticed(
    kinds: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    album, maps = tmp_path / "album", tmp_path / "maps"
    for folder in (album, maps):
        folder.mkdir()
    save_gray(album / "a.png", size=(SIDE, SIDE))
    Image.fromarray(np.full((SIDE, SIDE), 1, np.uint8)).save(maps / "a.png")
    words = ["colorize", str(album), "-o", str(tmp_path / "out"), "--labels", str(maps)]
    words += ["--model", str(kinds.model)]
    assert run(words) == 0
    assert run(words) == 0
    assert "other options" not in capsys.readouterr().err
    Image.fromarray(np.full((SIDE, SIDE), 2, np.uint8)).save(maps / "a.png")
    run(words)
    assert "other options" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--label", "owl"], "knows no 'owl'; it knows fox, jay"),
        (["--labels", "nowhere"], "nowhere is not a folder of label maps"),
    ],
)
def test_labels_that_cannot_be_used(
    kinds: Place, words: list[str], told: str, capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    save_gray(here / "a.png")
    assert run(["colorize", "a.png", "--model", str(kinds.model), *words]) == 1
    assert told in capsys.readouterr().err


def test_a_model_without_kinds_refuses_labels(
    base: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_gray(here / "a.png")
    assert run(["colorize", "a.png", "--model", str(base), "--label", "fox"]) == 1
    assert "takes no 'labels'" in capsys.readouterr().err


def test_the_method_of_the_paper_runs(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UnetBody, "STEPS", 3)
    photos = save_taught(tmp_path / "photos", base, 2)
    report = tmp_path / "report"
    words = ("--method", "gan", "--report", str(report))
    assert adapt(base, photos, tmp_path / "a.onnx", *words) in (0, 1)
    assert json.loads((report / "report.json").read_text())["method"] == "gan"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--method", "residual"], "'residual' is not one of 'auto', 'gan', 'linear'."),
        (["--minutes", "5"], "No such option '--minutes'."),
        (["--resume"], "No such option '--resume'."),
        (["--targets", "gray"], "--targets needs --report DIR, which is where they are shown"),
    ],
)
def test_wrong_words_are_told(
    tmp_path: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert adapt(tmp_path, tmp_path, tmp_path / "a.onnx", *words) == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(told)


def test_an_interrupted_adaptation_leaves_nothing_and_says_how_to_go_on(
    base: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(adaptation, "refit", interrupt)
    photos = save_taught(tmp_path / "photos", base, 6)
    assert adapt(base, photos, tmp_path / "a.onnx", "--method", "linear") == 130
    assert "the same command begins again" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def spoil_nothing(photos: Path) -> None:
    """Leave the collection as it is."""


def lose_mask(photos: Path) -> None:
    next((photos.parent / "masks").iterdir()).unlink()


def tear_target(photos: Path) -> None:
    (photos.parent / "torn").mkdir()
    (photos.parent / "torn" / "a.png").write_bytes(b"no picture")


def shrink_mask(photos: Path) -> None:
    mask = next((photos.parent / "masks").iterdir())
    Image.new("L", (9, 7)).save(mask)


@pytest.mark.parametrize(
    ("spoil", "words", "told"),
    [
        (lose_mask, ["--masks", "masks"], "no mask in masks for"),
        (shrink_mask, ["--masks", "masks"], "is 9×7 pixels, its picture 64×64"),
        (spoil_nothing, ["--masks", "nowhere"], "nowhere is not a folder"),
        (spoil_nothing, ["--boxes", "photos/photos-00.png"], "cannot be read as CSV"),
        (spoil_nothing, ["--base", "photos/photos-00.png"], "not an ONNX model"),
        (spoil_nothing, ["--labelled"], "--labelled needs one sub-folder"),
        (spoil_nothing, ["--targets", "nowhere", "--report", "r"], "nowhere"),
        (tear_target, ["--targets", "torn", "--report", "r"], "none of the 1 target pictures"),
        (spoil_nothing, ["-o", "a.bin"], "must end in .onnx"),
        (spoil_nothing, ["-o", "photos/photos-00.png/a.onnx"], "photos-00.png"),
        (spoil_nothing, ["--segment", "nowhere/at-all"], "cannot be loaded"),
    ],
)
def test_bad_input_is_one_line_and_exit_1(  # noqa: PLR0913, PLR0917  (cases and fixtures)
    base: Path,
    here: Path,
    spoil: object,
    words: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PHOTOCHROM_OFFLINE", "1")
    photos = save_taught(here / "photos", base, 2)
    save_half_masks(here / "masks", photos)
    assert callable(spoil)
    spoil(photos)
    capsys.readouterr()
    assert adapt(base, Path("photos"), Path("a.onnx"), *words) == 1
    printed = capsys.readouterr()
    assert told in printed.err
    assert printed.err.count("\n") == 1
    assert not list(here.glob("*.onnx"))


@pytest.mark.usefixtures("unwritten")
def test_gray_and_repeated_photographs_are_left_out_and_listed(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = save_taught(tmp_path / "photos", base, 5)
    save_gray(photos / "gray.png")
    Image.open(photos / "photos-02.png").resize((60, 60)).save(photos / "small.png")
    adapt(base, photos, tmp_path / "a.onnx", "--method", "linear")
    told = capsys.readouterr().err
    assert "5 photographs, 1 gray or toned left out, 1 shown twice and taken once" in told
    assert "gray.png" in told
    assert "small.png" in told


def test_a_kind_with_one_picture(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_taught(tmp_path / "photos" / "fox", base, 3)
    save_taught(tmp_path / "photos" / "jay", base, 1, first=9)
    assert adapt(base, tmp_path / "photos", tmp_path / "a.onnx", "--labelled") == 1
    assert "the kind jay has 1 usable photograph" in capsys.readouterr().err
