from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from photochrom.errors import ModelError
from photochrom.lab.exporting import contract as contract_file
from photochrom.lab.exporting.contract import read_weights, write_contract
from photochrom.models.card import Card
from photochrom.models.contract import read_contract

BINS = tuple((10.0 * place, -10.0) for place in range(12))


class Colors(NamedTuple):
    chroma: Tensor
    distribution: Tensor | None = None
    logits: Tensor | None = None


class Small(nn.Module):
    """A small network with what exporters like to fold away: batch norms."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Sequential(
            nn.Conv2d(1, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU()
        )
        self.classify = nn.Conv2d(24, len(BINS), 3, padding=1)
        self.decode = nn.Conv2d(len(BINS), 2, 1, bias=False)

    def forward(self, lightness: Tensor) -> object:
        logits = self.classify(self.encode((lightness - 50) / 50))
        distribution = torch.softmax(logits, dim=1)
        return Colors(self.decode(distribution) * 300, distribution, logits)


class Clipped(Small):
    """A network that bounds what it computes."""

    def forward(self, lightness: Tensor) -> Tensor:
        return self.decode(nn.functional.relu6(self.classify(self.encode(lightness))))


class ChromaAlone(Small):
    """Fills the named tuple of all networks with what one without a classifier has."""

    def forward(self, lightness: Tensor) -> object:
        chroma, logits, _ = super().forward(lightness)
        return Colors(chroma, logits=logits)


class Hinted(Small):
    def forward(self, lightness: Tensor, hints: Tensor) -> object:  # type: ignore[override]
        colors = super().forward(lightness)
        return {"chroma": colors.chroma + hints[:, :2, ::2, ::2]}


class Random(Small):
    def forward(self, lightness: Tensor) -> object:
        return super().forward(lightness + 5 * torch.rand_like(lightness)).chroma


def seeded(kind: type[Small] = Small) -> Small:
    torch.manual_seed(3)
    network = kind()
    network.train()
    for _ in range(3):  # norms with a history
        network.encode(torch.rand(4, 1, 32, 32))
    return network


def card(**changes: object) -> Card:
    facts = {"name": "small", "working_size": 64, "size_multiple": 2, "temperature": 1.0}
    facts |= {"license": "CC0-1.0", "training_data": "none", "bins": BINS}
    return Card(**(facts | changes))


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("full") / "small.onnx"
    network = seeded()
    assert 0 <= write_contract(network, card(), target, half=False) < 1e-3
    assert network.training, "the caller's module is left as it was"
    return target


@pytest.fixture(scope="module")
def halved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("half") / "small.onnx"
    write_contract(seeded(), card(), target, half=True)
    return target


def test_file_keeps_the_contract_names_and_weights(full: Path) -> None:
    written, signature = read_contract(full)
    assert written == card()
    assert signature.outputs == ("chroma", "distribution"), "logits are left out"
    weights = read_weights(full)
    for name, value in seeded().state_dict().items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(weights[name], value), name
    assert [path.name for path in full.parent.iterdir()] == ["small.onnx"]


def test_any_count_and_size_runs(full: Path) -> None:
    session = onnxruntime.InferenceSession(full)
    for shape in ((1, 1, 2, 2), (3, 1, 50, 18)):
        chroma, distribution = session.run(None, {"lightness": np.zeros(shape, np.float32)})
        assert chroma.shape == (shape[0], 2, shape[2] // 2, shape[3] // 2)
        np.testing.assert_allclose(distribution.sum(axis=1), 1, atol=1e-5)


def test_half_stores_large_weights_in_two_bytes(halved: Path) -> None:
    stored = {item.name: item.data_type for item in onnx.load(halved).graph.initializer}
    narrow = {name for name, kind in stored.items() if kind == onnx.TensorProto.FLOAT16}
    assert narrow == {"classify.weight"}, "the only weight with 512 or more numbers"
    read = read_weights(halved)["classify.weight"]
    assert torch.equal(read, seeded().classify.weight.detach().half().float())


def test_export_rebuild_export_is_identical(halved: Path, tmp_path: Path) -> None:
    rebuilt, again = Small(), tmp_path / "again.onnx"
    weights, fresh = read_weights(halved), rebuilt.state_dict()
    rebuilt.load_state_dict(
        {name: v if name.endswith("tracked") else weights[name] for name, v in fresh.items()}
    )
    write_contract(rebuilt, card(), again, half=True)
    assert again.read_bytes() == halved.read_bytes()


def test_bounds_of_clips_melt_into_convolutions(tmp_path: Path) -> None:
    target = tmp_path / "clipped.onnx"
    write_contract(seeded(Clipped), card(bins=(), temperature=None), target, half=True)
    graph = onnx.load(target).graph
    made = {name: node.op_type for node in graph.node for name in node.output}
    clip = next(node for node in graph.node if node.op_type == "Clip")
    assert [made.get(name) for name in clip.input] == ["Conv", None, None]  # None: a constant


def test_no_local_path_leaks_into_the_file(full: Path) -> None:
    assert str(Path(__file__).parent).encode() not in full.read_bytes()
    assert b"site-packages" not in full.read_bytes()


def test_hints_are_recognized_by_name(tmp_path: Path) -> None:
    target = tmp_path / "hinted.onnx"
    hinted = card(bins=(), temperature=None, neutral_inputs={"hints": 0.0})
    write_contract(seeded(Hinted), hinted, target, half=False)
    assert read_contract(target)[1].inputs == ("lightness", "hints")


def test_outputs_that_a_network_does_not_have_are_left_out(tmp_path: Path) -> None:
    target = tmp_path / "chroma.onnx"
    write_contract(seeded(ChromaAlone), card(bins=(), temperature=None), target, half=False)
    assert read_contract(target)[1].outputs == ("chroma",)


def test_a_network_that_is_not_repeated_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"torch and ONNX Runtime differ by .* in chroma"):
        write_contract(seeded(Random), card(bins=()), tmp_path / "random.onnx", half=False)
    assert list(tmp_path.iterdir()) == []


def test_a_card_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no bins"):
        write_contract(seeded(), card(bins=()), tmp_path / "small.onnx", half=False)


def test_a_weight_beyond_half_is_refused(tmp_path: Path) -> None:
    network = seeded()
    with torch.no_grad():
        network.classify.weight[0, 0] = 1e6
    with pytest.raises(ModelError, match=r"classify.weight reaches 1e\+06"):
        write_contract(network, card(), tmp_path / "small.onnx", half=True)


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(ModelError, match=r"small\.onnx: No space left"):
        contract_file.write_model(tmp_path / "small.onnx", b"bytes")
    assert list(tmp_path.iterdir()) == []


def test_a_forward_of_other_inputs_is_misuse(tmp_path: Path) -> None:
    class Other(nn.Module):
        def forward(self, picture: Tensor) -> Tensor:
            return picture

    with pytest.raises(TypeError, match="forward must take lightness"):
        write_contract(Other(), card(), tmp_path / "other.onnx", half=False)
