"""The network on a pretrained trunk, with tiny seeded backbones in Hugging Face's layout."""

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from photochrom.color.bins import cic_bins
from photochrom.errors import InputError, ModelError
from photochrom.lab.exporting.contract import read_weights, write_contract
from photochrom.lab.networks.colorizers.resnet import (
    ResnetConfig,
    ResnetNetwork,
    load_trunk,
    resolve_trunk,
)
from photochrom.lab.networks.trunk import Trunk
from photochrom.models.card import Card
from photochrom.models.contract import read_contract

WIDTH = 1 / 16
TINY: dict[str, dict[str, Any]] = {
    "resnet": {"embedding_size": 8, "hidden_sizes": [8, 12, 16, 20], "depths": [1, 2, 2, 2]},
    "convnext": {"hidden_sizes": [8, 12, 16, 20], "depths": [1, 1, 1, 1]},
    "swin": {"embed_dim": 8, "depths": [1, 1, 1, 2], "num_heads": [1, 1, 2, 2], "window_size": 4},
    "dinov2": {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2}
    | {"image_size": 56, "patch_size": 14},
}
STEPS = {"resnet": 8, "convnext": 32, "swin": 32, "dinov2": 56}
CHANNELS = {"resnet": 20, "convnext": 12 + 16 + 20, "swin": 16 + 32 + 64, "dinov2": 3 * 16}
every_kind = pytest.mark.parametrize("kind", TINY)


def classifier(kind: str, **changes: Any) -> Any:
    """A whole published model: the backbone and the head it was trained with."""
    import transformers  # noqa: PLC0415

    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(kind, **(TINY[kind] | changes))
    return transformers.AutoModelForImageClassification.from_config(config)


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
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    root = tmp_path_factory.mktemp("trunks")
    return {kind: save(classifier(kind), root / kind) for kind in TINY}


def build(trunk: Path | str, **changes: Any) -> ResnetNetwork:
    config, _, _ = resolve_trunk(ResnetConfig(trunk=str(trunk), **({"width": WIDTH} | changes)))
    torch.manual_seed(1)
    return ResnetNetwork(config)


def lightness(count: int, height: int, width: int) -> Tensor:
    return 100 * torch.rand(count, 1, height, width, generator=torch.Generator().manual_seed(1))


@every_kind
def test_any_backbone_gives_features_at_an_eighth(folders: Mapping[str, Path], kind: str) -> None:
    network = build(folders[kind]).eval()
    step = STEPS[kind]
    assert (network.size_multiple, network.feature_channels) == (step, CHANNELS[kind])
    for height, width in ((step, step), (2 * step, 3 * step)):
        prediction = network(lightness(2, height, width))
        assert prediction.features is not None
        assert prediction.features.shape == (2, CHANNELS[kind], height // 8, width // 8)
        assert prediction.chroma.shape == (2, 2, height // 4, width // 4)
        assert prediction.distribution is not None
        assert prediction.distribution.shape == (2, 313, height // 4, width // 4)


@every_kind
def test_every_weight_learns(folders: Mapping[str, Path], kind: str) -> None:
    network = build(folders[kind]).train()
    side = 2 * STEPS[kind]
    network(lightness(2, side, side)).chroma.square().sum().backward()
    idle = [name for name, value in network.named_parameters() if value.grad is None]
    assert idle == [], "other processes would wait for them"


@every_kind
def test_pretrained_weights_arrive(folders: Mapping[str, Path], kind: str) -> None:
    network, folder = pretrained(folders[kind])
    stored = load_file(folder / "model.safetensors")
    stored |= {name.removeprefix(f"{kind}."): value for name, value in stored.items()}
    fresh = []
    for name, value in network.trunk.backbone.state_dict().items():
        if name in stored:
            assert torch.equal(stored[name], value), name
        else:
            fresh.append(name)
    assert all(name.startswith("hidden_states_norms.") for name in fresh)
    assert bool(fresh) == (kind in ("convnext", "swin")), "transformers adds norms of its own"


def pretrained(trunk: Path) -> tuple[ResnetNetwork, Path]:
    config, folder, remark = resolve_trunk(ResnetConfig(trunk=str(trunk), width=WIDTH))
    assert folder is not None
    assert remark == f"trunk {trunk}: pretrained weights from {folder}"
    torch.manual_seed(7)
    network = ResnetNetwork(config)
    load_trunk(network, folder)
    return network, folder


@pytest.mark.parametrize("kind", ["resnet", "dinov2"])
def test_pretrained_features_are_those_of_the_published_model(
    folders: Mapping[str, Path], kind: str
) -> None:
    network, _ = pretrained(folders[kind])
    pixels = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        found = network.trunk.eval()(pixels)
        output = getattr(classifier(kind).eval(), kind)(pixel_values=pixels).last_hidden_state
    if kind == "resnet":
        found = found[:, :, ::4, ::4]
    else:
        tokens = output[:, 1:].transpose(1, 2).reshape(1, 16, 16, 16)
        found, output = found[:, -16:], functional.interpolate(tokens, (28, 28), mode="bilinear")
    assert found.std() > 0.01
    assert torch.allclose(found, output, atol=1e-4)


def test_weights_under_the_names_of_earlier_transformers_load(
    folders: Mapping[str, Path], tmp_path: Path
) -> None:
    earlier = {"q_proj": "self.query", "k_proj": "self.key", "v_proj": "self.value"}
    earlier |= {
        "o_proj": "output.dense",
        "mlp.fc1": "intermediate.dense",
        "mlp.fc2": "output.dense",
    }
    earlier |= {"attention.relative_position_bias.": "attention.self."}
    weights = load_file(folders["swin"] / "model.safetensors")
    for now, before in earlier.items():
        weights = {name.replace(now, before): value for name, value in weights.items()}
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    (tmp_path / "config.json").write_text((folders["swin"] / "config.json").read_text())
    first, _ = pretrained(folders["swin"])
    second, _ = pretrained(tmp_path)
    for name, value in first.trunk.state_dict().items():
        assert torch.equal(value, second.trunk.state_dict()[name]), name


@pytest.mark.parametrize("layer_type", ["basic", "bottleneck"])
@pytest.mark.parametrize("early", [False, True])
def test_dilation_replaces_strides_exactly(layer_type: str, early: bool) -> None:
    settings = TINY["resnet"] | {"layer_type": layer_type, "model_type": "resnet"}
    early_settings = {"downsample_in_first_stage": early, "downsample_in_bottleneck": early}
    model = classifier("resnet", layer_type=layer_type, **early_settings).resnet.eval()
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
    folders: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = build(folders["resnet"]).eval()
    seen = []
    forward = network.trunk.forward
    monkeypatch.setattr(
        network.trunk, "forward", lambda pixels: (seen.append(pixels), forward(pixels))[1]
    )
    network(torch.full((1, 1, 8, 8), 53.389))
    expected = [(0.5 - 0.485) / 0.229, (0.5 - 0.456) / 0.224, (0.5 - 0.406) / 0.225]
    assert seen[0].mean(dim=(0, 2, 3)).tolist() == pytest.approx(expected, abs=1e-4)


def test_chroma_is_the_annealed_mean_of_the_distribution(folders: Mapping[str, Path]) -> None:
    network = build(folders["resnet"], temperature=0.5).eval()
    with torch.no_grad():
        network.head[-1].weight.mul_(100)
        prediction = network(lightness(1, 16, 16))
    assert prediction.logits is not None
    annealed = torch.softmax(2 * prediction.logits, dim=1)
    expected = torch.einsum("nqhw,qc->nchw", annealed, torch.tensor(cic_bins()))
    assert torch.allclose(prediction.chroma, expected, atol=1e-3)
    assert network.temperature == 0.5


def test_the_chroma_head_has_no_distribution(folders: Mapping[str, Path]) -> None:
    network = build(folders["resnet"], head="chroma").eval()
    prediction = network(lightness(1, 16, 16))
    assert (prediction.distribution, prediction.logits) == (None, None)
    assert (network.bin_centers(), network.temperature) == (None, None)


@every_kind
def test_bfloat16_leaves_colors_and_logits_in_float32(
    folders: Mapping[str, Path], kind: str
) -> None:
    network = build(folders[kind]).eval()
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        prediction = network(lightness(1, STEPS[kind], STEPS[kind]))
    parts = (prediction.chroma, prediction.distribution, prediction.logits)
    assert {part.dtype for part in parts if part is not None} == {torch.float32}


@pytest.mark.parametrize("head", ["bins", "chroma"])
def test_the_loss_of_one_batch_falls(folders: Mapping[str, Path], head: str) -> None:
    network = build(folders["resnet"], head=head, width=1 / 8).train()
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


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        ("resnet", "bins"),
        ("resnet", "chroma"),
        pytest.param("convnext", "bins", marks=pytest.mark.slow),
        pytest.param("dinov2", "chroma", marks=pytest.mark.slow),
    ],
)
def test_the_exported_file_paints_the_same(
    folders: Mapping[str, Path], tmp_path: Path, kind: str, head: str
) -> None:
    network, target = build(folders[kind], head=head), tmp_path / "network.onnx"
    bins = network.bin_centers()
    card = Card(
        name=kind,
        working_size=224,
        size_multiple=network.size_multiple,
        license="CC0-1.0",
        training_data="none",
        temperature=network.temperature,
        bins=() if bins is None else tuple((float(a), float(b)) for a, b in bins),
    )
    step = network.size_multiple
    sizes = ((step, step), (2 * step, 3 * step), (224, 224))
    assert write_contract(network, card, target, half=False, example_sizes=sizes) < 5e-3
    outputs = read_contract(target)[1].outputs
    assert outputs == (("chroma", "distribution") if head == "bins" else ("chroma",))
    counters = {k: v for k, v in network.state_dict().items() if k.endswith("tracked")}
    again = build(folders[kind], head=head)
    stored = {k: v for k, v in read_weights(target).items() if k in network.state_dict()}
    again.load_state_dict(stored | counters, strict=True)


def test_a_resolved_network_is_built_again_without_the_files(
    folders: Mapping[str, Path], tmp_path: Path
) -> None:
    config, _, _ = resolve_trunk(ResnetConfig(trunk=str(folders["swin"]), width=WIDTH))
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


def test_files_in_the_cache_are_found_by_name(folders: Mapping[str, Path], tmp_path: Path) -> None:
    cached = tmp_path / "hub" / "models--someone--bird-net"
    snapshot = cached / "snapshots" / ("0" * 40)
    save(classifier("resnet"), snapshot)
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


def test_a_folder_without_weights_starts_from_random_ones(
    folders: Mapping[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text((folders["resnet"] / "config.json").read_text())
    _, folder, remark = resolve_trunk(ResnetConfig(trunk=str(tmp_path)))
    assert folder is None
    assert remark.endswith("there are no weights, so it starts from random ones")


def test_pickled_weights_are_refused(folders: Mapping[str, Path], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text((folders["resnet"] / "config.json").read_text())
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(InputError, match=r"pytorch_model\.bin is a pickle"):
        resolve_trunk(ResnetConfig(trunk=str(tmp_path)))


def test_code_in_a_trunk_is_never_run(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    settings = {"model_type": "mine", "auto_map": {"AutoConfig": "evil.Config"}}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(InputError, match=r"model type mine is no backbone.*never run"):
        resolve_trunk(ResnetConfig(trunk=str(tmp_path)))
    settings = TINY["resnet"] | {"model_type": "resnet", "auto_map": {"AutoBackbone": "evil.Net"}}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    network = build(tmp_path)
    assert "evil" not in json.dumps(network.trunk.backbone.config.to_dict())
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
    folders: Mapping[str, Path], changes: dict[str, Any], complaint: str
) -> None:
    network = ResnetNetwork(
        ResnetConfig(trunk_config=TINY["resnet"] | {"model_type": "resnet"} | changes, width=WIDTH)
    )
    with pytest.raises(ModelError, match=complaint):
        load_trunk(network, folders["resnet"])


def test_damaged_weights_are_one_line(folders: Mapping[str, Path], tmp_path: Path) -> None:
    network = build(folders["resnet"])
    (tmp_path / "model.safetensors").write_bytes(b"not a safetensors file")
    with pytest.raises(ModelError, match="cannot be read"):
        load_trunk(network, tmp_path)


def test_weights_that_are_not_numbers_are_refused(
    folders: Mapping[str, Path], tmp_path: Path
) -> None:
    weights = load_file(folders["resnet"] / "model.safetensors")
    weights["resnet.embedder.embedder.convolution.weight"][0] = torch.nan
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="1 not finite"):
        load_trunk(build(folders["resnet"]), tmp_path)


@contextlib.contextmanager
def chatter(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    capsys.readouterr()
    yield
    assert capsys.readouterr() == ("", "")


def test_transformers_says_nothing(
    folders: Mapping[str, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    from transformers.utils import logging as remarks  # noqa: PLC0415

    level, hub = remarks.get_verbosity(), logging.getLogger("huggingface_hub").level
    with chatter(capfd):
        load_trunk(build(folders["convnext"]), folders["convnext"])
    assert (remarks.get_verbosity(), logging.getLogger("huggingface_hub").level) == (level, hub)
    assert remarks.is_progress_bar_enabled()


@pytest.mark.parametrize("settings", [{"width": 0}, {"temperature": 0}, {"trunk": ""}])
def test_impossible_sizes_are_named(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        ResnetConfig(**settings)
