"""From the file of a published network to a colored photograph, on a stand-in with its names."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image
from tests.photographs import gray_scene

pytest.importorskip("torch")

import torch
from tests.published_weights import seeded_weights

from photochrom.cli.main import run
from photochrom.color.lab import gray_to_lightness, srgb_to_lab
from photochrom.engine.session import Session
from photochrom.files import file_sha256
from photochrom.lab.adaptation.base import Base
from photochrom.lab.importing import published
from photochrom.lab.importing.kinds import KINDS
from photochrom.models.card import Card
from photochrom.models.contract import read_contract
from photochrom.models.fetch import recorded_sha256
from photochrom.models.registry import Checkpoint, ModelRow


@dataclass(frozen=True)
class Place:
    folder: Path
    checkpoint: Path
    model: Path
    photograph: Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """iColoriT's tiny network: true names, shapes and container, imported once."""
    folder = tmp_path_factory.mktemp("icolorit")
    with torch.device("meta"):
        network = KINDS["icolorit"][0].build()
    torch.save({"model": seeded_weights(network)}, folder / "icolorit_tiny.pth")
    codes = np.rint(65535 * gray_scene(90, 120)).astype(np.uint16)
    Image.fromarray(codes).save(folder / "portrait.png")
    assert run(["models", "import", str(folder / "icolorit_tiny.pth")]) == 0
    return Place(
        folder,
        folder / "icolorit_tiny.pth",
        folder / "icolorit_tiny.onnx",
        folder / "portrait.png",
    )


def test_a_published_network_colors_a_16_bit_photograph_and_keeps_its_lightness(
    place: Place,
) -> None:
    colored = place.folder / "colored.png"
    words = ["colorize", "--model", place.model, place.photograph, "-o", colored]
    assert run([str(word) for word in words]) == 0
    codes = pyvips.Image.new_from_file(str(colored)).numpy()
    assert (codes.dtype, codes.shape) == (np.uint16, (90, 120, 3))
    lab = srgb_to_lab(codes / 65535)
    gray = np.rint(65535 * gray_scene(90, 120)) / 65535
    np.testing.assert_allclose(lab[..., 0], gray_to_lightness(gray), atol=0.01)
    assert np.abs(lab[..., 1:]).max() > 20


def test_a_hint_is_seen_by_the_network(place: Place) -> None:
    session = Session(place.model)
    lightness = np.full((48, 64), 50, np.float32)
    hints = np.zeros((3, 48, 64), np.float32)
    plain = session.run(lightness).chroma
    np.testing.assert_array_equal(session.run(lightness, inputs={"hints": hints}).chroma, plain)
    hints[:, 20:23, 30:33] = np.float32([40, -25, 1])[:, None, None]
    assert np.abs(session.run(lightness, inputs={"hints": hints}).chroma - plain).max() > 1


def test_the_file_says_what_it_is_and_has_half_the_size(place: Place) -> None:
    card, signature = read_contract(place.model)
    assert (card.name, card.working_size, card.largest_size) == ("icolorit-tiny", 224, 224)
    assert card.recipe == {
        "published": "icolorit-tiny",
        "checkpoint_sha256": file_sha256(place.checkpoint),
    }
    assert "MIT" in card.license
    assert signature.inputs == ("lightness", "hints")
    assert place.model.stat().st_size < 0.55 * place.checkpoint.stat().st_size


def test_it_can_be_adapted_though_it_squashes_what_it_sees(place: Place) -> None:
    """Its tokens lie on a grid of 14 x 14 whatever the picture: no place for a refiner to look."""
    base = Base(place.model.read_bytes())
    assert [part.name for part in base.parts] == ["chroma"]
    assert base.look(np.full((64, 96), 50, np.float32))["chroma"].shape == (2, 64, 96)


def test_sizes_that_its_memory_does_not_bear_are_refused(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["colorize", "--model", place.model, "--size", "256", place.photograph]
    assert run([str(word) for word in words]) == 1
    told = capsys.readouterr().err.splitlines()[0]
    assert told == "photochrom: model icolorit-tiny takes a size of 224 at most, not 256"


def test_it_is_not_replaced_unasked(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "import", str(place.checkpoint)]) == 1
    assert "already there; --force replaces it" in capsys.readouterr().err


def test_a_file_of_the_list_takes_its_models_place(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = file_sha256(place.checkpoint)
    row = ModelRow(
        name="listed",
        license="MIT",
        description="A listed model.",
        checkpoint=Checkpoint(url="https://example.org/icolorit.pth", sha256=sha256),
    )
    monkeypatch.setenv("PHOTOCHROM_HOME", str(tmp_path))
    monkeypatch.setattr(published, "MODELS", (row,))
    cards = []

    def write(_: object, card: Card, path: Path, **__: object) -> float:
        cards.append(card)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"model")
        return 0.0

    monkeypatch.setattr(published, "write_contract", write)
    report = published.import_published(place.checkpoint)
    assert report.path == tmp_path / "models" / "listed.onnx"
    assert recorded_sha256(report.path) == file_sha256(report.path)
    assert (cards[0].name, cards[0].description) == ("listed", "A listed model.")
