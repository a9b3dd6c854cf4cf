import math
from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from photochrom.lab.networks.colorizers.autochrome import (
    Attention,
    Autochrome,
    AutochromeConfig,
    HintInput,
)
from photochrom.lab.training.recipe import load_recipe

SMALL = AutochromeConfig(trunk_scale=0.1, widths=(16, 16, 8, 8))
GROWN = replace(SMALL, attention=True, hints=True)


def build(config: AutochromeConfig = SMALL) -> Autochrome:
    torch.manual_seed(0)
    return Autochrome(config).eval()


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 96), (160, 32)])
def test_outputs_are_fixed_fractions_of_the_input(height: int, width: int) -> None:
    colors = build()(torch.full((2, 1, height, width), 50.0))
    assert colors.chroma.shape == (2, 2, height // 2, width // 2)
    assert colors.distribution.shape == (2, 313, height // 8, width // 8)
    assert torch.allclose(colors.distribution.sum(dim=1), torch.tensor(1.0), atol=1e-5)
    assert colors.features.shape == (2, build().feature_channels, height // 16, width // 16)


def test_a_picture_does_not_depend_on_its_batch() -> None:
    network = build()
    batch = 100 * torch.rand(3, 1, 64, 64, generator=torch.Generator().manual_seed(1))
    together, alone = network(batch).chroma[1], network(batch[1:2]).chroma[0]
    assert torch.allclose(together, alone, atol=1e-4)


def test_it_starts_as_the_mean_of_the_distribution() -> None:
    network = build()
    colors = network(100 * torch.rand(1, 1, 32, 32))
    mean = torch.einsum("nqhw,qc->nchw", colors.distribution, network.bins)
    upsampled = torch.nn.functional.interpolate(mean, scale_factor=4, mode="bilinear")
    assert torch.allclose(colors.chroma, upsampled, atol=1e-3)


def test_the_shipped_size_stays_below_its_limits() -> None:
    network = Autochrome(load_recipe("autochrome").network).eval()
    assert sum(p.numel() for p in network.parameters()) <= 7_500_000
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 1, 256, 256), torch.zeros(1, 3, 256, 256))
    assert counter.get_total_flops() / 2 <= 1.5e9


def test_what_is_added_has_no_effect_at_first() -> None:
    plain, grown = build(), build(GROWN)
    missing = grown.load_state_dict(plain.state_dict(), strict=False).missing_keys
    assert missing
    assert all(name.startswith(Autochrome.additions) for name in missing)
    lightness = 100 * torch.rand(2, 1, 64, 96)
    hints = torch.rand(2, 3, 64, 96).round()
    assert torch.equal(plain(lightness).chroma, grown(lightness, hints).chroma)


def test_attention_is_told_by_the_whole_picture_and_weighs_places() -> None:
    torch.manual_seed(0)
    attention = Attention(16)
    torch.nn.init.eye_(attention.answer.weight[:, :, 0, 0])
    features = torch.randn(1, 16, 5, 7)
    answered = attention(features) - features
    queries, keys, values = (
        layer(torch.nn.functional.silu(features)).reshape(4, -1, 35)
        for layer in (attention.queries, attention.keys, attention.values)
    )
    for head in range(4):  # by the definition, head by head and place by place
        means = torch.einsum("kp,cp->kc", keys[head].softmax(dim=1), values[head])
        for place in range(35):
            expected = queries[head, :, place].softmax(dim=0) @ means
            found = answered.reshape(4, 4, 35)[head, :, place]
            assert torch.allclose(found, expected, atol=1e-4)


def test_a_cell_shows_the_mean_of_what_is_hinted_in_it() -> None:
    hints = torch.zeros(1, 3, 16, 16)
    hints[0, :, 3, 3] = torch.tensor([20.0, -40.0, 1.0])
    hints[0, :, 3, 4] = torch.tensor([40.0, -20.0, 1.0])
    layer = HintInput(8, 3)
    with torch.no_grad():
        layer.paint.weight[:, :, 1, 1] = torch.eye(3)
    assert layer(hints)[0, :, 0, 0].tolist() == pytest.approx([0.6, -0.6, 1.0])
    assert not layer(hints)[0, :, 1:].any()


def test_hints_can_be_learned() -> None:
    network = build(GROWN).train()
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    lightness = torch.full((1, 1, 32, 32), 50.0)
    colors = torch.tensor([[30.0, 20.0], [-30.0, 20.0]])
    losses = []
    for step in range(100):
        hints = torch.zeros(1, 3, 32, 32)
        hints[0, :2, 12:20, 12:20] = colors[step % 2, :, None, None]
        hints[0, 2, 12:20, 12:20] = 1
        loss = (network(lightness, hints).chroma - colors[step % 2, :, None, None]).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-2:]) < 0.3 * sum(losses[:2])


@pytest.mark.parametrize(
    "values",
    [
        {"widths": (8, 8)},
        {"temperature": 0.0},
        {"temperature": math.nan},
        {"trunk": "efficientnet-b7"},
        {"trunk_scale": 0.0},
        {"widths": (8, 8, 8, 10)},
        {"pretrained": True, "trunk_scale": 0.5},
    ],
)
def test_sizes_that_make_no_network_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        AutochromeConfig(**values)  # type: ignore[arg-type]
