import os
import pickle
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from photochrom.errors import ModelError
from photochrom.lab.networks.judges import vgg
from photochrom.lab.networks.judges.vgg import VggFeatures
from photochrom.lab.networks.weights_file import read_weights_file

# Where torchvision's files have convolutions; a pooling follows where the gap is one larger.
PLAIN = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
NORMED = (0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40)
TAPS = (1, 3, 6, 9, 12)  # the last convolutions of the five blocks


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = ((4, 4), (6, 6), (8, 8, 8), (8, 8, 8), (8, 8, 8))
    monkeypatch.setattr(vgg, "_CHANNELS", narrow)


def seeded(places: Sequence[int]) -> dict[str, Tensor]:
    random, inward, weights = torch.Generator().manual_seed(0), 3, {}
    for place, outward in zip(places, [4] * 2 + [6] * 2 + [8] * 9, strict=True):
        shape = (outward, inward, 3, 3)
        weights[f"features.{place}.weight"] = torch.randn(shape, generator=random) / 4
        weights[f"features.{place}.bias"] = torch.randn(outward, generator=random) / 4
        if places is NORMED:
            for part in ("weight", "bias", "running_mean", "running_var"):
                values = torch.rand(outward, generator=random) + 0.5
                weights[f"features.{place + 1}.{part}"] = values
            weights[f"features.{place + 1}.num_batches_tracked"] = torch.tensor(7)
        inward = outward
    return weights | {"classifier.0.weight": torch.zeros(5, 5)}


def reference(weights: dict[str, Tensor], places: Sequence[int], rgb: Tensor) -> list[Tensor]:
    """Follow torchvision's list of layers with bare functions."""
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    features, maps = (rgb - mean[:, None, None]) / deviation[:, None, None], []
    for number, place in enumerate(places):
        name = f"features.{place}"
        features = functional.conv2d(
            features, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1
        )
        if places is NORMED:
            parts = [
                weights[f"features.{place + 1}.{part}"]
                for part in ("running_mean", "running_var", "weight", "bias")
            ]
            features = functional.batch_norm(features, *parts)
        features = features.relu()
        if number in TAPS:
            maps.append(features)
            features = functional.max_pool2d(features, 2)
    return maps


def pixels() -> Tensor:
    return torch.rand(2, 3, 32, 48, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("places", [PLAIN, NORMED], ids=["vgg16", "vgg16_bn"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_features_are_those_of_torchvisions_layers(
    tmp_path: Path, places: Sequence[int], suffix: str
) -> None:
    weights, source = seeded(places), tmp_path / f"vgg{suffix}"
    (save_file if suffix == ".safetensors" else torch.save)(weights, source)
    features = VggFeatures(source).train()(pixels())
    assert [part.shape[1:] for part in features] == [
        (4, 32, 48), (6, 16, 24), (8, 8, 12), (8, 4, 6), (8, 2, 3)
    ]  # fmt: skip
    for found, wanted in zip(features, reference(weights, places, pixels()), strict=True):
        assert torch.allclose(found, wanted, atol=1e-5)


def test_the_published_size_has_the_published_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with torch.device("meta"):
        for has_norms, count in ((False, 14_714_688), (True, 14_723_136)):
            layers, _ = vgg.build_features(has_norms=has_norms)
            assert sum(p.numel() for p in layers.parameters()) == count


def test_it_never_learns_but_passes_gradients(tmp_path: Path) -> None:
    torch.save(seeded(NORMED), tmp_path / "vgg.pth")
    network = nn.Sequential(VggFeatures(tmp_path / "vgg.pth")).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    picture = pixels().requires_grad_()
    network(picture)[-1].sum().backward()
    assert picture.grad is not None
    assert picture.grad.abs().sum() > 0
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda w: w.pop("features.5.bias"), r"1 missing \(first features\.5\.bias\)"),
        (lambda w: w.update({"features.5.bias": torch.zeros(3)}), "1 of another shape"),
        (lambda w: w.update({"features.99.bias": torch.zeros(3)}), "1 unknown"),
        (lambda w: w["features.5.bias"].fill_(torch.inf), "1 not finite"),
        (lambda w: w.clear(), "26 missing"),
    ],
)
def test_weights_of_another_network_are_named(tmp_path: Path, change, complaint: str) -> None:
    weights = seeded(PLAIN)
    change(weights)
    torch.save(weights, tmp_path / "vgg.pth")
    with pytest.raises(ModelError, match=f"no VGG-16 of torchvision: {complaint}"):
        VggFeatures(tmp_path / "vgg.pth")


class Evil:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> object:
        return (os.mkdir, (str(self.target),))


def test_code_in_a_checkpoint_is_never_run(tmp_path: Path) -> None:
    (tmp_path / "evil.pth").write_bytes(pickle.dumps({"features.0.weight": Evil(tmp_path / "ran")}))
    torch.save({"features.0.weight": Evil(tmp_path / "ran")}, tmp_path / "zip.pth")
    for name in ("evil.pth", "zip.pth"):
        with pytest.raises(ModelError, match=r"not a PyTorch checkpoint of plain weights"):
            read_weights_file(tmp_path / name)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("vgg.pth", b"", "cannot be read"),
        ("vgg.pth", b"PK\x03\x04 half a zip", "cannot be read"),
        ("vgg.safetensors", b"", "cannot be read"),
        ("vgg.safetensors", b"\xff" * 64, "cannot be read"),
    ],
)
def test_damaged_files_are_one_line(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=complaint) as caught:
        read_weights_file(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["vgg.pth", "vgg.safetensors"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match=f"no weights at .*{name}"):
        read_weights_file(tmp_path / name)


@pytest.mark.parametrize("content", [[torch.zeros(2)], {"epoch": 3}, {"weights": {"a": 1}}])
def test_a_checkpoint_of_more_than_weights_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "vgg.pth")
    with pytest.raises(ModelError, match="plain table of names and weights"):
        read_weights_file(tmp_path / "vgg.pth")
