from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from photochrom.color.lab import lab_to_srgb
from photochrom.lab.exporting.contract import write_contract
from photochrom.lab.networks.colorizers.unet import UnetConfig, UnetNetwork
from photochrom.models.card import Card
from photochrom.models.contract import read_contract


def build(**changes: object) -> UnetNetwork:
    torch.manual_seed(0)
    return UnetNetwork(UnetConfig(**({"levels": 3, "width": 8} | changes)))


def lightness(count: int, height: int, width: int) -> torch.Tensor:
    return 100 * torch.rand(count, 1, height, width, generator=torch.Generator().manual_seed(1))


def test_the_published_size_has_the_published_parameters() -> None:
    with torch.device("meta"):
        network = UnetNetwork(UnetConfig(norm="batch"))
    kernels = sum(p.numel() for name, p in network.named_parameters() if p.dim() == 4)
    down = [1, 64, 128, 256, 512, 512, 512, 512, 512]
    up = [(512, 512), *[(1024, 512)] * 3, (1024, 256), (512, 128), (256, 64), (128, 2)]
    expected = sum(16 * a * b for a, b in [*pairwise(down), *up])
    assert kernels == expected == 54_400_000
    assert (network.size_multiple, network.feature_channels) == (256, 512)


@pytest.mark.parametrize("norm", ["instance", "batch"])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (24, 40), (64, 16)])
def test_colors_come_at_the_full_size(norm: str, height: int, width: int) -> None:
    network = build(norm=norm)
    prediction = network(lightness(2, height, width))
    assert prediction.chroma.shape == (2, 2, height, width)
    assert prediction.features is not None
    assert prediction.features.shape == (2, network.feature_channels, height // 8, width // 8)
    assert (prediction.distribution, prediction.rgb_lightness) == (None, None)
    assert (network.bin_centers(), network.temperature, network.takes_hints) == (None, None, False)


def test_painted_rgb_is_real_rgb_in_lab() -> None:
    network = build(output="rgb").eval()
    with torch.no_grad():
        network.paint.weight.mul_(100)
        prediction = network(lightness(2, 16, 24))
    assert prediction.rgb_lightness is not None
    lab = torch.cat([prediction.rgb_lightness, prediction.chroma], dim=1)
    rgb = lab_to_srgb(lab.movedim(1, -1))
    assert rgb.min() > -1e-4
    assert rgb.max() < 1 + 1e-4
    assert rgb.std() > 0.2, "the check needs strong colors"


def test_painted_rgb_stays_exact_in_a_narrow_precision() -> None:
    network = build(output="rgb").eval()
    with torch.no_grad():
        network.paint.weight.zero_()
        with torch.autocast("cpu", torch.bfloat16):
            prediction = network(lightness(1, 8, 8))
    assert prediction.chroma.abs().max() < 1e-3, "middle gray has no color"
    assert prediction.rgb_lightness is not None
    assert prediction.rgb_lightness.mean() == pytest.approx(53.389, abs=0.001)


def test_a_picture_does_not_depend_on_its_batch() -> None:
    network, batch = build().eval(), lightness(3, 16, 16)
    assert not network.has_batch_statistics
    assert build(norm="batch").has_batch_statistics
    together, alone = network(batch).chroma[1], network(batch[1:2]).chroma[0]
    assert torch.allclose(together, alone, atol=1e-4)


def test_batch_norm_of_one_picture_is_instance_norm() -> None:
    pictures = lightness(1, 16, 16)
    batch, instance = build(norm="batch", dropout=0), build(norm="instance", dropout=0)
    instance.load_state_dict(batch.state_dict(), strict=False)
    assert torch.allclose(batch(pictures).chroma, instance(pictures).chroma, atol=1e-3)


def test_dropout_is_off_when_predicting() -> None:
    network, picture = build(), lightness(1, 16, 16)
    assert not torch.equal(network(picture).chroma, network(picture).chroma)
    network.eval()
    assert torch.equal(network(picture).chroma, network(picture).chroma)


def test_only_the_three_deepest_blocks_drop_features() -> None:
    with torch.device("meta"):
        network = UnetNetwork(UnetConfig())
    dropouts = [part.p for part in network.up.modules() if isinstance(part, torch.nn.Dropout)]
    assert dropouts == [0.5, 0.5, 0.5, 0, 0, 0, 0]


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_it_learns_one_batch(norm: str) -> None:
    network = build(norm=norm, dropout=0)
    pictures = lightness(4, 16, 16)
    truth = 40 * torch.sin(pictures.repeat(1, 2, 1, 1) / 15)
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-3)
    losses = []
    for _ in range(60):
        loss = (network(pictures).chroma - truth).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize(
    ("settings", "outputs"),
    [
        ({"output": "ab", "norm": "instance"}, ("chroma",)),
        ({"output": "rgb", "norm": "batch"}, ("chroma", "rgb_lightness")),
    ],
)
def test_the_exported_file_paints_the_same(
    tmp_path: Path, settings: dict[str, object], outputs: tuple[str, ...]
) -> None:
    facts = {"name": "unet", "working_size": 64, "size_multiple": 8, "temperature": None}
    card = Card(**facts, license="CC0-1.0", training_data="none", bins=())
    target, sizes = tmp_path / "unet.onnx", ((8, 8), (32, 48), (64, 64))
    assert write_contract(build(**settings), card, target, half=False, example_sizes=sizes) < 5e-3
    assert read_contract(target)[1].outputs == outputs


@pytest.mark.parametrize(
    "settings",
    [{"levels": 1}, {"levels": 9}, {"width": 0}, {"dropout": 1.0}, {"dropout": np.nan}],
)
def test_impossible_sizes_are_named(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        UnetConfig(**settings)
