"""What all networks promise, and what is special to CIC's, siggraph17's and the plain one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from photochrom.color.bins import annealed_mean, cic_bins
from photochrom.lab.exporting.contract import read_weights, write_contract
from photochrom.lab.networks.blocks import GroupNorm
from photochrom.lab.networks.build import NETWORKS, NetworkConfig, build_network
from photochrom.lab.networks.colorizers.autochrome import AutochromeConfig
from photochrom.lab.networks.colorizers.cic import CicConfig
from photochrom.lab.networks.colorizers.plain import PlainConfig, PlainNetwork
from photochrom.lab.networks.colorizers.siggraph import SiggraphConfig, grid_bins
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput
from photochrom.models.card import Card
from photochrom.models.contract import read_contract

WIDTH = 1 / 8
SMALL: dict[str, NetworkConfig] = {
    "autochrome": AutochromeConfig(trunk_scale=0.1, widths=(16, 16, 8, 8)),
    "autochrome-grown": AutochromeConfig(
        trunk_scale=0.1, widths=(16, 16, 8, 8), attention=True, hints=True
    ),
    "cic": CicConfig(width=WIDTH),
    "cic-group": CicConfig(width=WIDTH, norm="group"),
    "cic-chroma": CicConfig(width=WIDTH, head="chroma"),
    "cic-chroma-group": CicConfig(width=WIDTH, head="chroma", norm="group"),
    "siggraph": SiggraphConfig(width=WIDTH),
    "siggraph-group": SiggraphConfig(width=WIDTH, norm="group"),
    "plain": PlainConfig(width=WIDTH),
}
every_small_network = pytest.mark.parametrize("name", SMALL)


def build(config: NetworkConfig) -> ColorNetwork:
    torch.manual_seed(0)
    return build_network(config)


def random(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


def predict(network: ColorNetwork, lightness: Tensor) -> NetworkOutput:
    count, _, height, width = lightness.shape
    hints = (torch.zeros(count, 3, height, width),) if network.takes_hints else ()
    return network(lightness, *hints)


def loss_of(network: ColorNetwork, lightness: Tensor, chroma: Tensor) -> Tensor:
    """Compare with the truth: cross-entropy to the nearest bin where there are bins, else L1."""
    prediction, bins = predict(network, lightness), network.bin_centers()
    if prediction.logits is None or bins is None:
        truth = functional.adaptive_avg_pool2d(chroma, prediction.chroma.shape[2:])
        return (prediction.chroma - truth).abs().mean()
    truth = functional.adaptive_avg_pool2d(chroma, prediction.logits.shape[2:])
    distance = (truth[:, None] - torch.tensor(bins)[:, :, None, None]).square().sum(dim=2)
    return functional.cross_entropy(prediction.logits, distance.argmin(dim=1))


@every_small_network
def test_parts_have_fixed_fractions_of_any_allowed_size(name: str) -> None:
    network = build(SMALL[name]).eval()
    step = network.size_multiple
    for height, width in ((step, step), (3 * step, 2 * step)):
        prediction = predict(network, 100 * random(2, 1, height, width))
        fraction = height // prediction.chroma.shape[2]
        assert prediction.chroma.shape == (2, 2, height // fraction, width // fraction)
        assert prediction.features is not None
        deep = height // prediction.features.shape[2]
        shape = (2, network.feature_channels, height // deep, width // deep)
        assert prediction.features.shape == shape
        assert prediction.rgb_lightness is None


@every_small_network
def test_a_distribution_comes_with_its_bins(name: str) -> None:
    network = build(SMALL[name]).eval()
    prediction, bins = predict(network, 100 * random(1, 1, 32, 32)), network.bin_centers()
    if "chroma" in name or name == "plain":
        assert (prediction.distribution, prediction.logits) == (None, None)
        assert (bins, network.temperature) == (None, None)
        return
    assert bins is not None
    assert prediction.distribution is not None
    assert prediction.logits is not None
    assert prediction.distribution.shape[1] == len(bins)
    assert torch.allclose(prediction.logits.softmax(dim=1), prediction.distribution, atol=1e-6)
    assert network.temperature is not None


@every_small_network
def test_the_loss_of_one_batch_falls(name: str) -> None:
    network = build(SMALL[name]).train()
    colors = functional.interpolate(random(2, 3, 4, 4), scale_factor=8)
    lightness, chroma = 100 * colors[:, :1], 100 * colors[:, 1:] - 50
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(20):
        loss = loss_of(network, lightness, chroma)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.85 * losses[0]


@every_small_network
def test_only_batch_norms_let_pictures_see_each_other(name: str) -> None:
    network = build(SMALL[name]).train()
    has_batch_norm = name in ("cic", "cic-chroma", "siggraph")
    assert network.has_batch_statistics == has_batch_norm
    lightness = 100 * random(2, 1, 32, 32)
    with torch.no_grad():
        together, alone = predict(network, lightness), predict(network, lightness[:1])
    difference = float((together.features[:1] - alone.features).abs().max())
    assert (difference > 1e-2) if has_batch_norm else (difference < 1e-3)


@every_small_network
def test_bfloat16_leaves_colors_and_logits_in_float32(name: str) -> None:
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        prediction = predict(build(SMALL[name]).eval(), 100 * random(1, 1, 32, 32))
    parts = (prediction.chroma, prediction.distribution, prediction.logits)
    assert {part.dtype for part in parts if part is not None} == {torch.float32}


def test_the_exported_file_paints_the_same(tmp_path: Path) -> None:
    """No recipe of the package has this head; those that one has are exported in its tests."""
    network, target = build(SMALL["cic-chroma"]), tmp_path / "network.onnx"
    card = Card(
        name="chroma",
        working_size=64,
        size_multiple=network.size_multiple,
        license="CC0-1.0",
        training_data="none",
        temperature=network.temperature,
    )
    sizes = ((16, 24), (64, 64))
    assert write_contract(network, card, target, half=False, example_sizes=sizes) < 1e-3
    assert read_contract(target)[1].outputs == ("chroma",)
    names = {name for name in network.state_dict() if not name.endswith("num_batches_tracked")}
    assert names <= read_weights(target).keys()


def test_every_kind_is_named_by_its_configuration() -> None:
    for kind, config in NETWORKS.items():
        assert config().kind == kind


@pytest.mark.parametrize(
    ("config", "entries", "parameters"),
    [
        (CicConfig(), 82, 32_236_011),
        (SiggraphConfig(), 107, 34_187_027),
        (PlainConfig(), 24, 3_892_194),
    ],
    ids=["cic", "siggraph", "plain"],
)
def test_the_published_sizes_are_the_defaults(
    config: NetworkConfig, entries: int, parameters: int
) -> None:
    with torch.device("meta"):
        network = build_network(config)
    assert len(network.state_dict()) == entries
    assert sum(weight.numel() for weight in network.parameters()) == parameters


@pytest.mark.parametrize("temperature", [0.38, 1.0])
def test_cic_paints_the_annealed_mean(temperature: float) -> None:
    network = build(CicConfig(width=WIDTH, temperature=temperature)).eval()
    with torch.no_grad():
        network.model8[6].weight.mul_(3000)
        prediction = network(100 * random(1, 1, 32, 32))
    assert prediction.distribution.max() > 0.05, "the check needs distributions with peaks"
    expected = annealed_mean(prediction.distribution, torch.tensor(cic_bins()), temperature)
    assert torch.allclose(prediction.chroma, expected, atol=1e-2)


def test_cic_does_not_train_its_bins() -> None:
    network = build(SMALL["cic"])
    network(100 * random(2, 1, 16, 16)).chroma.square().mean().backward()
    assert network.model_out.weight.grad is None
    assert network.model8[6].weight.grad.abs().max() > 0


def test_a_fresh_network_is_close_to_undecided() -> None:
    lightness = 100 * random(2, 1, 32, 32)
    distribution = predict(build(SMALL["cic"]), lightness).distribution
    assert distribution.max() < 2 / 313
    for name in ("cic-chroma", "siggraph", "plain"):
        assert predict(build(SMALL[name]), lightness).chroma.abs().max() < 60


def test_siggraph_bins_are_the_whole_grid() -> None:
    bins = grid_bins()
    assert len(np.unique(bins, axis=0)) == 529
    assert bins[23 * 4 + 7].tolist() == [-70, -40]


def test_siggraph_follows_its_hints() -> None:
    network, lightness = build(SMALL["siggraph"]).eval(), torch.full((1, 1, 32, 32), 50.0)
    hints = torch.zeros(1, 3, 32, 32)
    hints[:, :, 12:15, 12:15] = torch.tensor([40.0, -25.0, 1.0])[:, None, None]
    unasked, asked = network(lightness, 0 * hints).chroma, network(lightness, hints).chroma
    assert (asked - unasked).abs()[:, :, 12:15, 12:15].max() > 0.1


def test_plain_has_the_paper_s_sixteen_layers() -> None:
    network = build(PlainConfig())
    assert isinstance(network, PlainNetwork)
    encoder = [block[0] for block in network.encode]
    channels = [layer.out_channels for layer in encoder]
    assert channels == [64, 64, 128, 128, 256, 256, 512, 256, 128]
    assert [layer.stride[0] for layer in encoder] == [1, 2, 1, 2, 1, 2, 1, 1, 1]
    tanh = 1  # an activation, which Keras counts with its convolution
    assert 1 + len(network.encode) + len(network.decode) - tanh == 16


def test_plain_paints_pairs_of_pixels() -> None:
    chroma = predict(build(SMALL["plain"]), 100 * random(1, 1, 16, 24)).chroma
    assert torch.equal(chroma[:, :, ::2, ::2], chroma[:, :, 1::2, 1::2])
    assert chroma.abs().max() < 110


class Normed(nn.Module):
    """A group norm over many values that are far from 0, its output as large as chroma."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = GroupNorm(1, 64)
        nn.init.constant_(self.norm.weight, 40.0)

    def forward(self, lightness: Tensor) -> Tensor:
        normed: Tensor = self.norm((1 + lightness / 100).repeat(1, 64, 1, 1))
        return normed[:, :2]


def test_group_norm_is_exact_in_the_exported_file(tmp_path: Path) -> None:
    card = Card(name="n", working_size=64, size_multiple=8, license="CC0-1.0", training_data="")
    assert write_contract(Normed(), card, tmp_path / "normed.onnx", half=False) < 5e-4


@pytest.mark.parametrize("config", [CicConfig, SiggraphConfig, PlainConfig])
@pytest.mark.parametrize("width", [0.0, -1.0, 5.0, float("nan")])
def test_an_impossible_width_is_named(config: type[PlainConfig], width: float) -> None:
    with pytest.raises(ValueError, match=r"width must be above 0 and at most 4, not"):
        config(width=width)


@pytest.mark.parametrize("temperature", [0.0, float("inf"), float("nan")])
def test_an_impossible_temperature_is_named(temperature: float) -> None:
    with pytest.raises(ValueError, match=r"temperature must be above 0 and at most 100, not"):
        CicConfig(temperature=temperature)
