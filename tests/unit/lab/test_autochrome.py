import math

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from photochrom.lab.networks.autochrome import Autochrome, AutochromeConfig, StandardizedConv
from photochrom.lab.training.recipe_file import load_recipe

SMALL = AutochromeConfig(widths=(8, 8, 16, 16), depths=(1, 1, 1))


def build(config: AutochromeConfig = SMALL) -> Autochrome:
    torch.manual_seed(0)
    return Autochrome(config).eval()


@pytest.mark.parametrize(("height", "width"), [(16, 16), (48, 80), (160, 32)])
def test_outputs_are_fixed_fractions_of_the_input(height: int, width: int) -> None:
    colors = build()(torch.full((2, 1, height, width), 50.0))
    assert colors.chroma.shape == (2, 2, height // 2, width // 2)
    assert colors.distribution.shape == (2, 313, height // 8, width // 8)
    assert torch.allclose(colors.distribution.sum(dim=1), torch.tensor(1.0), atol=1e-5)
    assert colors.features.shape == (2, build().feature_channels, height // 16, width // 16)


def test_a_picture_does_not_depend_on_its_batch() -> None:
    network = build()
    batch = 100 * torch.rand(3, 1, 48, 48, generator=torch.Generator().manual_seed(1))
    together, alone = network(batch).chroma[1], network(batch[1:2]).chroma[0]
    assert torch.allclose(together, alone, atol=1e-4)


def test_it_starts_as_the_mean_of_the_distribution() -> None:
    network = build()
    colors = network(100 * torch.rand(1, 1, 32, 32))
    mean = torch.einsum("nqhw,qc->nchw", colors.distribution, network.bins)
    upsampled = torch.nn.functional.interpolate(mean, scale_factor=4, mode="bilinear")
    assert torch.allclose(colors.chroma, upsampled, atol=1e-3)


def test_standardized_kernels_have_no_mean_and_unit_energy() -> None:
    torch.manual_seed(0)
    convolution = StandardizedConv(4, 8)
    flat = torch.ones(1, 4, 9, 9)
    inside = convolution(flat)[0, :, 4, 4] - convolution.bias
    assert inside.abs().max() < 1e-4
    noise = torch.randn(64, 4, 9, 9)
    spread = (convolution(noise)[:, :, 4, 4] - convolution.bias).detach().std()
    assert 0.8 < float(spread) < 1.2


def test_the_shipped_size_stays_below_its_limits() -> None:
    network = Autochrome(load_recipe("autochrome").network).eval()
    assert sum(p.numel() for p in network.parameters()) <= 7_500_000
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 1, 256, 256))
    assert counter.get_total_flops() / 2 <= 2.3e9


@pytest.mark.parametrize(
    "values",
    [{"widths": (8, 8)}, {"temperature": 0.0}, {"temperature": math.nan}, {"depths": (0, 1, 1)}],
)
def test_sizes_that_make_no_network_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        AutochromeConfig(**values)  # type: ignore[arg-type]
