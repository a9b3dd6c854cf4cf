"""Every recipe goes the whole way: it trains, resumes, exports, rebuilds and colorizes."""

import csv
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from tests.exports import SharedExports
from tests.training import (
    NARROW,
    TINY,
    make_photos,
    save_trunk,
    tiny_recipe,
    weights_of,
    words_for,
)

from photochrom.cli.main import run as photochrom
from photochrom.collection import open_collection
from photochrom.color.lab import srgb_to_gray
from photochrom.lab.exporting.contract import write_contract
from photochrom.lab.networks.build import build_network
from photochrom.lab.training.export import contract_network, network_of
from photochrom.lab.training.fit import train
from photochrom.lab.training.recipe import load_recipe, recipe_from_dict, recipe_names
from photochrom.lab.training.run import Run
from photochrom.lab.training.start import load_start
from photochrom.models.card import Card
from photochrom.models.contract import read_contract

RECIPES = sorted(TINY)
EXPORTED_TWICE = ("cic",)  # by torch itself
_WITH_DISCRIMINATOR = ("cgan", "cic-gan")


@pytest.fixture(scope="module", autouse=True)
def _tiny_trunk(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give the recipes that want a ResNet-50 a tiny pretrained trunk."""
    trunk = save_trunk(tmp_path_factory.mktemp("trunks") / "tiny")
    for name in ("resnet-l2", "resnet-mcl"):
        TINY[name] = (*NARROW, f"network.trunk={trunk}")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_photos(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="module")
def run_of(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Train a recipe through the front door, once for all tests that look at its run."""

    @cache
    def trained(name: str) -> Run:
        folder = tmp_path_factory.mktemp(name) / "run"
        assert photochrom(words_for(name, photos, folder)) == 0
        return Run(folder=folder)

    return trained


def test_every_recipe_of_the_package_is_tested_here() -> None:
    assert set(recipe_names()) == set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_resumed_run_equals_an_uninterrupted_one(
    name: str, run_of: Callable[[str], Run], photos: Path, tmp_path: Path
) -> None:
    collection, whole = open_collection(photos), run_of(name)
    train(tiny_recipe(name, "steps=4"), collection, tmp_path / "cut")
    cut = train(tiny_recipe(name), collection, tmp_path / "cut", resume=True)
    expected, actual = weights_of(whole), weights_of(cut)
    assert expected.keys() == actual.keys()
    different = [key for key in expected if not torch.equal(expected[key], actual[key])]
    assert not different
    assert whole.best_checkpoint.exists()
    assert best_weights(whole).keys() == best_weights(cut).keys()


def best_weights(run: Run) -> dict[str, torch.Tensor]:
    loaded = torch.load(run.best_checkpoint, map_location="cpu", weights_only=True)
    weights: dict[str, torch.Tensor] = loaded["state_dict"]
    return weights


@pytest.mark.parametrize("name", RECIPES)
def test_the_model_goes_through_the_front_door_and_back(
    name: str,
    run_of: Callable[[str], Run],
    photos: Path,
    tmp_path: Path,
    shared_exports: SharedExports,
) -> None:
    model = tmp_path / "model.onnx"
    assert photochrom(["export", str(run_of(name).folder), "-o", str(model)]) == 0
    card, _ = read_contract(model)
    network = network_of(recipe_from_dict(card.recipe), card.temperature)
    assert load_start(network, str(model)) == 0, "every weight is in the file"
    again = tmp_path / "again.onnx"
    with shared_exports.apart() if name in EXPORTED_TWICE else nullcontext():
        write_contract(contract_network(network), card, again, half=True)
    assert again.read_bytes() == model.read_bytes()
    gray, colored = tmp_path / "gray.png", tmp_path / "colored.png"
    Image.open(photos / "03.png").convert("L").save(gray)
    assert photochrom(["colorize", str(gray), "-o", str(colored), "--model", str(model)]) == 0
    assert np.asarray(Image.open(colored)).shape == (48, 48, 3)


@pytest.mark.parametrize("name", RECIPES)
def test_one_batch_is_learned_by_heart(name: str, photos: Path, tmp_path: Path) -> None:
    settings = (
        "steps=40",
        "validate_every=40",
        "smallest_crop=1",
        "flip=false",
        "degraded=0",
        "film=0",
        "held_out=12",
        "learning_rate=2e-3",
    )
    run = train(tiny_recipe(name, *settings), open_collection(photos), tmp_path / "run")
    curve = what_is_learned(run, name)
    assert curve[-1] < 0.7 * curve[0]


def what_is_learned(run: Run, name: str) -> list[float]:
    """Read the loss that a recipe minimizes; beside a discriminator, the one that can fall."""
    loss = {"cgan": "regression", "cic-gan": "classification"}.get(name, "loss")
    path = next(run.folder.glob("curves/*/metrics.csv"))
    with path.open(newline="") as stream:
        return [float(row[loss]) for row in csv.DictReader(stream) if row.get(loss)]


@pytest.mark.parametrize("name", _WITH_DISCRIMINATOR)
def test_both_sides_of_the_game_have_a_curve(name: str, run_of: Callable[[str], Run]) -> None:
    run = run_of(name)
    header = next(run.folder.glob("curves/*/metrics.csv")).read_text().splitlines()[0].split(",")
    assert {"adversarial", "discriminator"} <= set(header)
    assert int(torch.load(run.checkpoint, weights_only=True)["photochrom"]["batches"]) == 6


def test_a_pretrained_trunk_is_used_and_a_missing_one_is_said(
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PHOTOCHROM_OFFLINE", "1")
    words = words_for("resnet-l2", photos, tmp_path / "run", "steps=1", "learning_rate=1e-12")
    assert photochrom([*words, "--set", "average_decay=0"]) == 0
    assert "pretrained" in capsys.readouterr().err
    trunk = Path(TINY["resnet-l2"][-1].partition("=")[2])
    stored = load_file(trunk / "model.safetensors")["resnet.embedder.embedder.convolution.weight"]
    state = weights_of(Run(folder=tmp_path / "run"))
    assert any(
        weight.shape == stored.shape and torch.allclose(weight, stored, atol=1e-6)
        for weight in state.values()
    )
    words = words_for("resnet-l2", photos, tmp_path / "none", "network.trunk=nobody/nothing")
    assert photochrom(words) == 1
    assert "nobody/nothing" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["least-squares", "wasserstein"])
def test_every_adversarial_form_trains(form: str, photos: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe("cgan", f"adversarial.form={form}", "steps=2", "validate_every=2")
    run = train(recipe, open_collection(photos), tmp_path / "run")
    assert what_is_learned(run, "cgan")


def test_a_discriminator_that_never_joins_has_no_loss(photos: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe("cic-gan", "adversarial.start_share=1", "steps=2", "validate_every=2")
    run = train(recipe, open_collection(photos), tmp_path / "run")
    assert "discriminator" not in next(run.folder.glob("curves/*/metrics.csv")).read_text()


def test_colorfulness_can_be_asked_for(photos: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe("autochrome", "colorfulness=0.5", "steps=2", "validate_every=2")
    run = train(recipe, open_collection(photos), tmp_path / "run")
    header = next(run.folder.glob("curves/*/metrics.csv")).read_text().splitlines()[0]
    assert "colorfulness" in header.split(",")


def test_a_model_that_learned_from_hints_takes_hints(
    run_of: Callable[[str], Run], tmp_path: Path
) -> None:
    model = tmp_path / "model.onnx"
    assert photochrom(["export", str(run_of("siggraph").folder), "-o", str(model)]) == 0
    card, _ = read_contract(model)
    assert card.neutral_inputs == {"hints": 0.0}
    assert len(card.bins) == 529


def test_held_out_pictures_suit_a_network_that_wants_large_multiples(
    photos: Path, tmp_path: Path
) -> None:
    words = words_for("cgan", photos, tmp_path / "run", "network.levels=5", "steps=1")
    assert photochrom(words) == 0  # 48 px is no multiple of 32


def test_a_network_as_deep_as_the_paper_s_can_be_exported(tmp_path: Path) -> None:
    recipe = tiny_recipe("cgan", "network.levels=8", "network.width=4", "sizes=[256]")
    network = build_network(recipe.network)
    card = Card(
        name="deep",
        working_size=256,
        size_multiple=network.size_multiple,
        license="none",
        training_data="none",
    )
    assert write_contract(network, card, tmp_path / "deep.onnx", half=True) < 0.01


def test_a_network_that_paints_rgb_still_gives_chroma(photos: Path, tmp_path: Path) -> None:
    run, model = tmp_path / "run", tmp_path / "model.onnx"
    assert photochrom(words_for("cgan", photos, run, "network.output=rgb")) == 0
    assert photochrom(["export", str(run), "-o", str(model)]) == 0
    gray, colored = tmp_path / "gray.png", tmp_path / "colored.png"
    Image.open(photos / "03.png").convert("L").save(gray)
    assert photochrom(["colorize", str(gray), "-o", str(colored), "--model", str(model)]) == 0
    codes = 255 * srgb_to_gray(np.asarray(Image.open(colored).convert("RGB")) / 255)
    assert np.abs(codes - np.asarray(Image.open(gray)).astype(int)).max() <= 1


def test_recipes_name_their_paper_and_what_differs() -> None:
    for name in recipe_names():
        text = (resources.files("photochrom.recipes") / f"{name}.toml").read_text("utf-8")
        recipe = load_recipe(name)
        assert recipe.description
        assert recipe.name == name
        assert all(word in text for word in ("steps =", "batch_size =", "seed ="))
        assert text.startswith("# ")
        assert "Ours" in text or name == "autochrome"
