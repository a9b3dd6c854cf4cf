"""What a run leaves behind, what it may be resumed with, where it starts, when it stops."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tests.training import make_photos, tiny_recipe, weights_of, words_for

from photochrom.cli.main import run as photochrom
from photochrom.collection import open_collection
from photochrom.collection.splits import read_splits
from photochrom.color.bins import cic_bins
from photochrom.errors import InputError, RunError
from photochrom.files import file_sha256
from photochrom.lab.exporting.contract import read_weights, write_contract
from photochrom.lab.networks.build import build_network
from photochrom.lab.training.fit import Processes, train
from photochrom.lab.training.run import Run
from photochrom.models.card import Card
from photochrom.models.contract import read_contract


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_photos(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="module")
def finished(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("runs") / "run"
    return train(tiny_recipe("autochrome"), open_collection(photos), folder)


def test_runs_are_not_mixed_up(finished: Run, photos: Path, tmp_path: Path) -> None:
    collection = open_collection(photos)
    with pytest.raises(RunError, match="holds a run already"):
        train(tiny_recipe("autochrome"), collection, finished.folder)
    other = tiny_recipe("autochrome", "sigma=6.0", "seed=9")
    with pytest.raises(RunError, match=r"seed: 1 -> 9, sigma: 5\.0 -> 6\.0"):
        train(other, collection, finished.folder, resume=True)
    with pytest.raises(RunError, match="not a run folder"):
        train(tiny_recipe("autochrome"), collection, tmp_path / "none", resume=True)


def test_a_run_folder_tells_what_happened(finished: Run) -> None:
    assert finished.recipe() == tiny_recipe("autochrome")
    parts = [entry.part for entry in read_splits(finished.splits_file)]
    assert (parts.count("train"), parts.count("validation")) == (12, 4)
    assert json.loads(finished.environment_file.read_text())["pictures"] == 12
    curves = next(finished.folder.glob("curves/*/metrics.csv")).read_text()
    assert "held_out/auc_over_gray" in curves
    for name in ("curves.png", "bin-weights.png", "samples/last.png"):
        assert np.asarray(Image.open(finished.folder / name)).shape[1] > 100
    assert "photochrom export" in (finished.folder / "README.md").read_text()
    assert list(finished.folder.glob("tensorboard/*/events*"))


def test_the_same_split_can_be_trained_on_again(
    finished: Run, photos: Path, tmp_path: Path
) -> None:
    recipe = tiny_recipe("autochrome", f"split={finished.splits_file}", "seed=5", "held_out=2")
    again = train(recipe, open_collection(photos), tmp_path / "run")

    def parts(run: Run) -> set[tuple[str, str]]:
        return {(entry.name, entry.part) for entry in read_splits(run.splits_file)}

    assert parts(again) == parts(finished)


def test_a_split_of_other_pictures_is_refused(finished: Run, photos: Path, tmp_path: Path) -> None:
    fewer = make_photos(tmp_path / "photos", count=10)
    recipe = tiny_recipe("autochrome", f"split={finished.splits_file}")
    with pytest.raises(RunError, match="are not among the photographs"):
        train(recipe, open_collection(fewer), tmp_path / "run")


def test_the_best_or_the_last_checkpoint_is_exported(photos: Path, tmp_path: Path) -> None:
    run = train(tiny_recipe("autochrome", "keep=best"), open_collection(photos), tmp_path / "run")
    name = "network.trunk.stem.weight"
    best = torch.load(run.best_checkpoint, map_location="cpu", weights_only=True)
    best["state_dict"][name] += 0.5  # as if another step had been the best
    torch.save(best, run.best_checkpoint)
    found = {}
    for kept in ("best", "last"):
        recipe = json.loads(run.recipe_file.read_text())
        run.recipe_file.write_text(json.dumps({**recipe, "keep": kept}))
        model = tmp_path / f"{kept}.onnx"
        assert photochrom(["export", str(run.folder), "-o", str(model)]) == 0
        found[kept] = read_weights(model)[name]
    assert torch.allclose(found["best"], best["state_dict"][name], atol=1e-3)
    assert torch.allclose(found["last"], weights_of(run)[name], atol=1e-3)


def curve(run: Run) -> list[dict[str, str]]:
    with next(run.folder.glob("curves/*/metrics.csv")).open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_run_starts_from_a_model(photos: Path, tmp_path: Path) -> None:
    first, model, second = tmp_path / "first", tmp_path / "first.onnx", tmp_path / "second"
    assert photochrom(words_for("cic", photos, first)) == 0
    assert photochrom(["export", str(first), "-o", str(model)]) == 0
    words = words_for("cic", photos, second, "steps=1", "learning_rate=1e-12", "average_decay=0")
    assert photochrom([*words, "--init", str(model)]) == 0
    began, went = read_weights(model), weights_of(Run(folder=second))
    name = "network.model1.0.weight"
    assert torch.allclose(began[name], went[name], atol=1e-6)
    final = tmp_path / "second.onnx"
    assert photochrom(["export", str(second), "-o", str(final)]) == 0
    card, _ = read_contract(final)
    assert card.base_sha256 == file_sha256(model)


def test_a_run_starts_from_an_imported_checkpoint(photos: Path, tmp_path: Path) -> None:
    torch.manual_seed(7)
    imported = build_network(tiny_recipe("cic").network)
    model = tmp_path / "imported.onnx"
    card = Card(
        name="imported",
        working_size=256,
        size_multiple=8,
        license="none",
        training_data="none",
        bins=tuple((float(a), float(b)) for a, b in cic_bins()),
    )
    write_contract(imported, card, model, half=False)
    words = words_for("cic", photos, tmp_path / "run", "steps=1", "learning_rate=1e-12")
    assert photochrom([*words, "--set", "average_decay=0", "--init", str(model)]) == 0
    state = weights_of(Run(folder=tmp_path / "run"))
    stored = imported.state_dict()["model4.2.weight"]
    assert torch.allclose(state["network.model4.2.weight"], stored, atol=1e-6)


def test_a_run_starts_from_the_built_in_model_as_it_is(photos: Path, tmp_path: Path) -> None:
    as_it_is = ("network.widths=[160, 112, 48, 24]", "network.trunk_scale=1", "steps=1")
    run = tmp_path / "run"
    assert (
        photochrom([*words_for("autochrome", photos, run, *as_it_is), "--init", "autochrome"]) == 0
    )
    assert Run(folder=run).base_card() is not None


def test_a_model_of_another_architecture_is_refused(
    finished: Run, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = words_for("cic", photos, tmp_path / "run")
    assert photochrom([*words, "--init", "autochrome"]) == 1
    error = capsys.readouterr().err
    assert "another architecture" in error
    assert not (tmp_path / "run" / "recipe.json").exists()


def test_frozen_weights_stay_and_so_do_their_statistics(photos: Path, tmp_path: Path) -> None:
    collection = open_collection(photos)
    recipe = tiny_recipe("cic", "freeze=model1.*, model2.*", "learning_rate=0.01")
    long = weights_of(train(recipe, collection, tmp_path / "long"))
    short = weights_of(
        train(
            tiny_recipe("cic", "freeze=model1.*, model2.*", "learning_rate=0.01", "steps=1"),
            collection,
            tmp_path / "short",
        )
    )
    pairs = [(name, long[name].double(), short[name].double()) for name in long]
    changed = {name.split(".")[1] for name, a, b in pairs if not torch.allclose(a, b, atol=1e-6)}
    assert not changed & {"model1", "model2"}
    assert {"model3", "model8"} <= changed


def test_frozen_weights_thaw_and_learn_at_their_own_rate(photos: Path, tmp_path: Path) -> None:
    collection = open_collection(photos)
    still = ("average_decay=0", "optimizer=adam", "weight_decay=0", "learning_rate=0.001")
    recipe = tiny_recipe("cic", *still, "freeze=model1.*", "thawed_rate=0.25", "steps=4")
    runs = {
        share: weights_of(train(replace(recipe, thaw_share=share), collection, tmp_path / name))
        for share, name in ((1.0, "never"), (0.75, "late"))
    }
    start = runs[1.0]["network.model1.0.weight"]
    moved = (runs[0.75]["network.model1.0.weight"] - start).abs().max().item()
    assert moved == pytest.approx(0.00025, rel=0.05)  # Adam's first step is as long as its rate


def test_thawing_needs_one_process(photos: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe("cic", "freeze=model1.*", "thaw_share=0.5")
    with pytest.raises(InputError, match="thaw need one process"):
        train(recipe, open_collection(photos), tmp_path / "run", processes=Processes(devices=2))


def test_freezing_nothing_or_all_is_refused(photos: Path, tmp_path: Path) -> None:
    collection = open_collection(photos)
    with pytest.raises(InputError, match=r"freeze=trunk\.\* matches no weight"):
        train(tiny_recipe("cic", "freeze=trunk.*"), collection, tmp_path / "run")
    with pytest.raises(InputError, match="leaves nothing to learn"):
        train(tiny_recipe("cic", "freeze=*"), collection, tmp_path / "run")


def test_a_finished_run_stays_as_it_is(
    finished: Run, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = finished.checkpoint.read_bytes()
    assert photochrom([*words_for("autochrome", photos, finished.folder), "--resume"]) == 0
    assert "the run is finished" in capsys.readouterr().err
    assert finished.checkpoint.read_bytes() == before


def test_a_run_that_died_before_its_first_checkpoint_may_start_over(
    photos: Path, tmp_path: Path
) -> None:
    collection = open_collection(photos)
    run = train(tiny_recipe("autochrome"), collection, tmp_path / "run")
    run.checkpoint.unlink()
    again = train(tiny_recipe("autochrome"), collection, tmp_path / "run")
    assert again.checkpoint.exists()


def test_averaged_weights_beside_batch_norms_are_refused(photos: Path, tmp_path: Path) -> None:
    collection = open_collection(photos)
    with pytest.raises(InputError, match="averaged weights do not go with batch norms"):
        train(tiny_recipe("cic", "average_decay=0.9"), collection, tmp_path / "run")
    train(
        tiny_recipe("cic", "average_decay=0.9", "network.norm=group", "steps=1"),
        collection,
        tmp_path / "run",
    )


def test_half_precision_trains_and_resumes(photos: Path, tmp_path: Path) -> None:
    collection = open_collection(photos)
    half = ("precision=bf16-mixed", "colorfulness=0.1")
    whole = train(tiny_recipe("autochrome", *half), collection, tmp_path / "whole")
    train(tiny_recipe("autochrome", *half, "steps=4"), collection, tmp_path / "cut")
    cut = train(tiny_recipe("autochrome", *half), collection, tmp_path / "cut", resume=True)
    expected, actual = weights_of(whole), weights_of(cut)
    assert all(torch.equal(expected[name], actual[name]) for name in expected)


def test_bfloat16_is_not_imitated(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photochrom.lab.training.fit.has_bfloat16", lambda _: False)
    said: list[str] = []
    recipe = tiny_recipe("autochrome", "precision=bf16-mixed", "steps=1")
    run = train(recipe, open_collection(photos), tmp_path / "run", say=said.append)
    assert run.environment()["precision"] == "32-true"
    assert "trains in float32" in said[-1]


def test_epochs_count_pictures(photos: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe("autochrome", "epochs=2")
    run = train(recipe, open_collection(photos), tmp_path / "run")
    assert run.recipe().steps == 6  # 12 pictures in batches of 4, twice


def test_minutes_end_a_run_that_can_be_resumed(photos: Path, tmp_path: Path) -> None:
    collection = open_collection(photos)
    recipe = tiny_recipe("autochrome", "minutes=0.02", "steps=100000", "validate_every=100000")
    run = train(recipe, collection, tmp_path / "run")
    done = torch.load(run.checkpoint, weights_only=True)["photochrom"]["batches"]
    assert 0 < done < 100000
    longer = tiny_recipe("autochrome", "minutes=1", f"steps={done + 3}")
    train(longer, collection, tmp_path / "run", resume=True)
    assert torch.load(run.checkpoint, weights_only=True)["photochrom"]["batches"] == done + 3


def test_labels_choose_and_teach(tmp_path: Path) -> None:
    make_photos(tmp_path / "photos" / "day")
    evening = make_photos(tmp_path / "photos" / "evening")
    for path in evening.glob("*.png"):
        Image.fromarray(np.asarray(Image.open(path))[:, ::-1] // 2).save(path)
    collection = open_collection(tmp_path / "photos")
    run = train(tiny_recipe("autochrome", 'labels=["day"]'), collection, tmp_path / "day")
    assert {entry.label for entry in read_splits(run.splits_file)} == {"day"}
    both = train(tiny_recipe("autochrome", "label=0.5"), collection, tmp_path / "both")
    assert float(curve(both)[0]["label"] or curve(both)[1]["label"]) > 0
    with pytest.raises(InputError, match="no picture has the label 'night'"):
        train(tiny_recipe("autochrome", 'labels=["night"]'), collection, tmp_path / "night")
    one = tiny_recipe("autochrome", 'labels=["day"]', "label=1")
    with pytest.raises(InputError, match="two labels or more"):
        train(one, collection, tmp_path / "one")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["autochrome", "--out", "run"], "--photos"),
        (["nothing", "--photos", ".", "--out", "run"], "no recipe 'nothing'"),
    ],
)
def test_what_is_missing_is_named(
    words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert photochrom(["train", *words]) in (1, 2)
    assert reason in capsys.readouterr().err


def test_recipes_are_listed_with_what_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert photochrom(["train", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("cic ") and "Zhang" in line for line in lines)
