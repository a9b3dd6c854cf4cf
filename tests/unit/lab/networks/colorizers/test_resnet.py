"""The network on a pretrained trunk, with tiny seeded ResNets in Hugging Face's layout."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from photochrom.color.bins import cic_bins
from photochrom.errors import InputError, ModelError
from photochrom.lab.networks.colorizers.resnet import (
    ResnetConfig,
    ResnetNetwork,
    load_trunk,
    resolve_trunk,
)
from photochrom.lab.networks.trunk import Trunk

WIDTH = 1 / 16
TINY: dict[str, Any] = {
    "embedding_size": 8,
    "hidden_sizes": [8, 12, 16, 20],
    "depths": [1, 2, 2, 2],
}
STEP, CHANNELS = 8, 20


def classifier(**changes: Any) -> Any:
    """A whole published model: the trunk and the head it was trained with."""
    import transformers  # noqa: PLC0415

    torch.manual_seed(0)
    config = transformers.ResNetConfig(**(TINY | changes))
    return transformers.ResNetForImageClassification(config)


def save(model: Any, folder: Path) -> Path:
    folder.mkdir(parents=True)
    model.config.to_json_file(folder / "config.json", use_diff=False)
    save_file(model.state_dict(), folder / "model.safetensors", {"format": "pt"})
    return folder


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PHOTOCHROM_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(classifier(), tmp_path_factory.mktemp("trunks") / "resnet")


def build(trunk: Path | str, **changes: Any) -> ResnetNetwork:
    config, _, _ = resolve_trunk(ResnetConfig(trunk=str(trunk), **({"width": WIDTH} | changes)))
    torch.manual_seed(1)
    return ResnetNetwork(config)


def lightness(count: int, height: int, width: int) -> Tensor:
    return 100 * torch.rand(count, 1, height, width, generator=torch.Generator().manual_seed(1))


def test_the_trunk_gives_features_at_an_eighth(saved: Path) -> None:
    network = build(saved).eval()
    step = STEP
    assert (network.size_multiple, network.feature_channels) == (step, CHANNELS)
    for height, width in ((step, step), (2 * step, 3 * step)):
        prediction = network(lightness(2, height, width))
        assert prediction.features is not None
        assert prediction.features.shape == (2, CHANNELS, height // 8, width // 8)
        assert prediction.chroma.shape == (2, 2, height // 4, width // 4)
        assert prediction.distribution is not None
        assert prediction.distribution.shape == (2, 313, height // 4, width // 4)


def test_every_weight_learns(saved: Path) -> None:
    network = build(saved).train()
    side = 2 * STEP
    network(lightness(2, side, side)).chroma.square().sum().backward()
    idle = [name for name, value in network.named_parameters() if value.grad is None]
    assert idle == [], "other processes would wait for them"


def test_pretrained_weights_arrive(saved: Path) -> None:
    network, folder = pretrained(saved)
    stored = load_file(folder / "model.safetensors")
    for name, value in network.trunk.backbone.state_dict().items():
        assert torch.equal(stored[f"resnet.{name}"], value), name


def pretrained(trunk: Path) -> tuple[ResnetNetwork, Path]:
    config, folder, remark = resolve_trunk(ResnetConfig(trunk=str(trunk), width=WIDTH))
    assert folder is not None
    assert remark == f"trunk {trunk}: pretrained weights from {folder}"
    torch.manual_seed(7)
    network = ResnetNetwork(config)
    load_trunk(network, folder)
    return network, folder


def test_pretrained_features_are_those_of_the_published_model(saved: Path) -> None:
    network, _ = pretrained(saved)
    pixels = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        found = network.trunk.eval()(pixels)[:, :, ::4, ::4]
        output = classifier().eval().resnet(pixels).last_hidden_state
    assert found.std() > 0.01
    assert torch.allclose(found, output, atol=1e-4)


@pytest.mark.parametrize("layer_type", ["basic", "bottleneck"])
@pytest.mark.parametrize("early", [False, True])
def test_dilation_replaces_strides_exactly(layer_type: str, early: bool) -> None:
    settings = TINY | {"layer_type": layer_type, "model_type": "resnet"}
    early_settings = {"downsample_in_first_stage": early, "downsample_in_bottleneck": early}
    model = classifier(layer_type=layer_type, **early_settings).resnet.eval()
    trunk = Trunk(settings | early_settings).eval()
    trunk.backbone.load_state_dict(model.state_dict())
    pixels = torch.rand(1, 3, 64, 128, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        strided = model(pixel_values=pixels).last_hidden_state
        dilated = trunk(pixels)
    assert dilated.shape == (1, 20, 8, 16)
    every = 8 // strided.shape[2]
    assert torch.allclose(dilated[:, :, ::every, ::every], strided, atol=1e-5)


def test_lightness_reaches_the_trunk_as_a_normalized_gray_photograph(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = build(saved).eval()
    seen = []
    forward = network.trunk.forward
    monkeypatch.setattr(
        network.trunk, "forward", lambda pixels: (seen.append(pixels), forward(pixels))[1]
    )
    network(torch.full((1, 1, 8, 8), 53.389))
    expected = [(0.5 - 0.485) / 0.229, (0.5 - 0.456) / 0.224, (0.5 - 0.406) / 0.225]
    assert seen[0].mean(dim=(0, 2, 3)).tolist() == pytest.approx(expected, abs=1e-4)


def test_chroma_is_the_annealed_mean_of_the_distribution(saved: Path) -> None:
    network = build(saved, temperature=0.5).eval()
    with torch.no_grad():
        network.head[-1].weight.mul_(100)
        prediction = network(lightness(1, 16, 16))
    assert prediction.logits is not None
    annealed = torch.softmax(2 * prediction.logits, dim=1)
    expected = torch.einsum("nqhw,qc->nchw", annealed, torch.tensor(cic_bins()))
    assert torch.allclose(prediction.chroma, expected, atol=1e-3)
    assert network.temperature == 0.5


def test_the_chroma_head_has_no_distribution(saved: Path) -> None:
    network = build(saved, head="chroma").eval()
    prediction = network(lightness(1, 16, 16))
    assert (prediction.distribution, prediction.logits) == (None, None)
    assert (network.bin_centers(), network.temperature) == (None, None)


def test_bfloat16_leaves_colors_and_logits_in_float32(saved: Path) -> None:
    network = build(saved).eval()
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        prediction = network(lightness(1, STEP, STEP))
    parts = (prediction.chroma, prediction.distribution, prediction.logits)
    assert {part.dtype for part in parts if part is not None} == {torch.float32}


@pytest.mark.parametrize("head", ["bins", "chroma"])
def test_the_loss_of_one_batch_falls(saved: Path, head: str) -> None:
    network = build(saved, head=head, width=1 / 8).train()
    pictures = lightness(2, 32, 32)
    classes = (pictures[:, 0, ::4, ::4] > 50).long() * 100
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(20):
        prediction = network(pictures)
        if prediction.logits is not None:
            loss = functional.cross_entropy(prediction.logits, classes)
        else:
            loss = (prediction.chroma - classes[:, None] + 30).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]


def test_a_resolved_network_is_built_again_without_the_files(saved: Path, tmp_path: Path) -> None:
    config, _, _ = resolve_trunk(ResnetConfig(trunk=str(saved), width=WIDTH))
    stored = json.loads(json.dumps(config.trunk_config))
    assert stored == config.trunk_config, "plain JSON values"
    moved = ResnetConfig(trunk=str(tmp_path / "gone"), trunk_config=stored, width=WIDTH)
    first, second = ResnetNetwork(config), ResnetNetwork(moved)
    second.load_state_dict(first.state_dict(), strict=True)


def test_a_trunk_that_was_not_resolved_is_misuse() -> None:
    with pytest.raises(ValueError, match="resolve_trunk"):
        ResnetNetwork(ResnetConfig())


def test_a_known_name_without_files_starts_from_random_weights() -> None:
    config, folder, remark = resolve_trunk(ResnetConfig())
    assert folder is None
    assert remark == (
        "trunk microsoft/resnet-50: its files are not here, so it starts from random weights"
    )
    assert config.trunk_config["depths"] == [3, 4, 6, 3]
    with torch.device("meta"):
        import transformers  # noqa: PLC0415

        settings = dict(config.trunk_config)
        published = transformers.ResNetModel(transformers.ResNetConfig(**settings))
    assert sum(p.numel() for p in published.parameters()) == 23_508_032


def test_files_in_the_cache_are_found_by_name(saved: Path, tmp_path: Path) -> None:
    cached = tmp_path / "hub" / "models--someone--bird-net"
    snapshot = cached / "snapshots" / ("0" * 40)
    save(classifier(), snapshot)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("0" * 40)
    config, folder, remark = resolve_trunk(ResnetConfig(trunk="someone/bird-net"))
    assert folder == snapshot
    assert remark.startswith("trunk someone/bird-net: pretrained weights from ")
    assert config.trunk_config["hidden_sizes"] == [8, 12, 16, 20]


def test_training_does_not_ask_the_network_for_a_trunk(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refuse(*address: object, **_: object) -> None:
        asked.append(address)
        raise OSError("no network")

    monkeypatch.delenv("PHOTOCHROM_OFFLINE")
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    _, folder, _ = resolve_trunk(ResnetConfig(trunk="microsoft/resnet-50"))
    assert (folder, asked) == (None, [])


@pytest.mark.parametrize("name", ["someone/unknown", "./no/such/folder", "two words"])
def test_an_unknown_trunk_says_what_to_give(name: str) -> None:
    with pytest.raises(InputError, match=r"no trunk .*give a folder.*microsoft/resnet-18"):
        resolve_trunk(ResnetConfig(trunk=name))


def test_a_folder_without_weights_starts_from_random_ones(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text((saved / "config.json").read_text())
    _, folder, remark = resolve_trunk(ResnetConfig(trunk=str(tmp_path)))
    assert folder is None
    assert remark.endswith("there are no weights, so it starts from random ones")


def test_pickled_weights_are_refused(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text((saved / "config.json").read_text())
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(InputError, match=r"pytorch_model\.bin is a pickle"):
        resolve_trunk(ResnetConfig(trunk=str(tmp_path)))


def test_code_in_a_trunk_is_never_run(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    settings = {"model_type": "mine", "auto_map": {"AutoConfig": "evil.Config"}}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(InputError, match=r"model type mine is no backbone.*never run"):
        resolve_trunk(ResnetConfig(trunk=str(tmp_path)))
    settings = TINY | {"model_type": "resnet", "auto_map": {"AutoBackbone": "evil.Net"}}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    build(tmp_path)
    config, _, _ = resolve_trunk(ResnetConfig(trunk=str(tmp_path)))
    assert "evil" not in json.dumps(config.trunk_config)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "no readable config.json"),
        ("[1]", "not a table"),
        ('{"model_type": "bert"}', "model type bert is no backbone"),
        ('{"model_type": "timm_backbone"}', "model type timm_backbone is no backbone"),
        ('{"model_type": "resnet", "depths": "many"}', "impossible configuration.*depths"),
        ('{"model_type": "resnet", "depths": [1, 1], "hidden_sizes": [8, -8]}', "cannot be built"),
    ],
)
def test_a_broken_configuration_is_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(InputError, match=complaint) as caught:
        build(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no readable config\.json"):
        resolve_trunk(ResnetConfig(trunk=str(tmp_path)))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"depths": [1, 2, 3, 2]}, r"missing \(first encoder\.stages\.2\.layers\.2"),
        ({"depths": [1, 2, 1, 2]}, r"unknown \(first resnet\.encoder\.stages\.2\.layers\.1"),
        ({"hidden_sizes": [8, 12, 16, 24]}, r"of another shape \(first encoder\.stages\.3"),
    ],
)
def test_weights_of_another_trunk_are_named(
    saved: Path, changes: dict[str, Any], complaint: str
) -> None:
    network = ResnetNetwork(
        ResnetConfig(trunk_config=TINY | {"model_type": "resnet"} | changes, width=WIDTH)
    )
    with pytest.raises(ModelError, match=complaint):
        load_trunk(network, saved)


def test_damaged_weights_are_one_line(saved: Path, tmp_path: Path) -> None:
    network = build(saved)
    (tmp_path / "model.safetensors").write_bytes(b"not a safetensors file")
    with pytest.raises(ModelError, match="cannot be read"):
        load_trunk(network, tmp_path)


def test_weights_that_are_not_numbers_are_refused(saved: Path, tmp_path: Path) -> None:
    weights = load_file(saved / "model.safetensors")
    weights["resnet.embedder.embedder.convolution.weight"][0] = torch.nan
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="1 not finite"):
        load_trunk(build(saved), tmp_path)


def test_loading_says_nothing(saved: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load_trunk(build(saved), saved)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("settings", [{"width": 0}, {"temperature": 0}, {"trunk": ""}])
def test_impossible_sizes_are_named(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        ResnetConfig(**settings)
