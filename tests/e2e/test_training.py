"""A run from pictures to a colored picture: it resumes, overfits, exports, rebuilds."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from photochrom.cli.main import run as photochrom
from photochrom.collection import open_collection
from photochrom.errors import RunError
from photochrom.lab.training.contract_file import write_contract
from photochrom.lab.training.export import ContractNetwork, rebuild
from photochrom.lab.training.fit import Run, train
from photochrom.lab.training.recipe import Recipe, load_recipe

SETTINGS = (
    "steps=6",
    "batch_size=4",
    "held_out=2",
    "sizes=[32, 48]",
    "sides=[48]",
    "validate_every=3",
    "precision=32-true",
    "warmup_steps=1",
    "network.widths=[8, 8, 16, 16]",
    "network.depths=[1, 1, 1]",
)


def tiny_recipe(*more: str) -> Recipe:
    return load_recipe("autochrome", [*SETTINGS, *more])


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures: blue above, green below, a red square that moves."""
    folder = tmp_path_factory.mktemp("photos")
    for n in range(12):
        pixels = np.full((48, 48, 3), (90, 140, 230), np.uint8)
        pixels[24:] = (60, 130, 40)
        pixels[20:32, 2 * n : 2 * n + 12] = (190, 40, 40)
        Image.fromarray(pixels).save(folder / f"{n}.png")
    return folder


def weights(run: Run) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = torch.load(run.checkpoint, weights_only=True)["state_dict"]
    return state


def test_a_resumed_run_equals_an_uninterrupted_one(photos: Path, tmp_path: Path) -> None:
    collection = open_collection(photos)
    whole = train(tiny_recipe("decay_share=0"), collection, tmp_path / "whole")
    train(tiny_recipe("decay_share=0", "steps=4"), collection, tmp_path / "cut")
    cut = train(tiny_recipe("decay_share=0"), collection, tmp_path / "cut", resume=True)
    expected, actual = weights(whole), weights(cut)
    assert expected.keys() == actual.keys()
    assert all(torch.equal(expected[name], actual[name]) for name in expected)


def test_runs_are_not_mixed_up(photos: Path, tmp_path: Path) -> None:
    collection = open_collection(photos)
    train(tiny_recipe("steps=1"), collection, tmp_path / "run")
    with pytest.raises(RunError, match="holds a run already"):
        train(tiny_recipe(), collection, tmp_path / "run")
    with pytest.raises(RunError, match=r"sigma: 5\.0 -> 6\.0"):
        train(tiny_recipe("sigma=6.0"), collection, tmp_path / "run", resume=True)
    with pytest.raises(RunError, match="not a run folder"):
        train(tiny_recipe(), collection, tmp_path / "none", resume=True)
    with pytest.raises(RunError, match="too few"):
        train(tiny_recipe("held_out=12"), collection, tmp_path / "other")


def test_a_run_folder_tells_what_happened(photos: Path, tmp_path: Path) -> None:
    run = train(tiny_recipe(), open_collection(photos), tmp_path / "run")
    assert run.recipe() == tiny_recipe()
    held = json.loads((run.folder / "held-out.json").read_text())
    assert len(held) == 2
    assert set(held) <= {f"{n}.png" for n in range(12)}
    assert json.loads((run.folder / "environment.json").read_text())["pictures"] == 12
    curves = next(run.folder.glob("curves/*/metrics.csv")).read_text()
    assert "held_out/auc_over_gray" in curves


def test_one_batch_overfits_and_the_model_goes_through_the_front_door(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [*SETTINGS, "steps=80", "learning_rate=4e-3", "degraded=0.0", "validate_every=80"]
    settings += ["average_decay=0.9"]
    words = [word for setting in settings for word in ("--set", setting)]
    run, model = tmp_path / "run", tmp_path / "model.onnx"
    words += ["--photos", str(photos), "--out", str(run)]
    assert photochrom(["train", "autochrome", *words]) == 0
    assert photochrom(["export", str(run), "-o", str(model)]) == 0
    network, card = rebuild(model)
    write_contract(ContractNetwork(network), card, tmp_path / "again.onnx", half=True)
    assert (tmp_path / "again.onnx").read_bytes() == model.read_bytes()
    assert photochrom(["export", str(run), "-o", str(model)]) == 1
    assert "add --force" in capsys.readouterr().err

    truth = np.asarray(Image.open(photos / "3.png")).astype(int)
    Image.open(photos / "3.png").convert("L").save(tmp_path / "gray.png")
    colored = tmp_path / "colored.png"
    words = [str(tmp_path / "gray.png"), "-o", str(colored), "--model", str(model)]
    assert photochrom(["colorize", *words]) == 0
    result = np.asarray(Image.open(colored).convert("RGB")).astype(int)
    sky, grass = result[2:10, 2:40].mean(axis=(0, 1)), result[40:46, 2:40].mean(axis=(0, 1))
    assert sky[2] > sky[0] + 40
    assert grass[1] > grass[2] + 30
    assert np.abs(result - truth).mean() < 25


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


def test_recipes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert photochrom(["train", "--list"]) == 0
    assert "autochrome" in capsys.readouterr().out.split()
