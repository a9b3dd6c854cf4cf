import pytest
import torch

from photochrom.lab.networks.patchgan import (
    PatchConfig,
    PatchDiscriminator,
    smallest_side,
)


def build(channels_in: int = 3, **changes: object) -> PatchDiscriminator:
    torch.manual_seed(0)
    return PatchDiscriminator(PatchConfig(**({"width": 4} | changes)), channels_in)


def pair(side: int, channels: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(1)
    lightness = 100 * torch.rand(2, 1, side, side, generator=random)
    return lightness, 80 * torch.rand(2, channels, side, side, generator=random) - 40


@pytest.mark.parametrize(("layers", "patch"), [(1, 16), (2, 34), (3, 70), (4, 142)])
def test_a_score_sees_exactly_its_patch(layers: int, patch: int) -> None:
    side = patch + 64
    lightness, colors = pair(side)
    colors.requires_grad_()
    scores = build(layers=layers, norm="none", width=2)(lightness, colors)
    row = scores.shape[-1] // 2
    (slopes,) = torch.autograd.grad(scores[0, 0, row, row], colors)
    seen = slopes[0].abs().sum(dim=(0, 1)).nonzero()
    assert int(seen.max() - seen.min()) + 1 == patch


def test_the_published_size_has_the_published_parameters() -> None:
    with torch.device("meta"):
        network = PatchDiscriminator(PatchConfig(), 3)
        wide = PatchDiscriminator(PatchConfig(), 4)
    kernels = [p.numel() for p in network.parameters() if p.dim() == 4]
    steps = [(3, 64), (64, 128), (128, 256), (256, 512), (512, 1)]
    assert kernels == [16 * inward * outward for inward, outward in steps]
    assert (
        sum(p.numel() for p in wide.parameters()) - sum(p.numel() for p in network.parameters())
        == 16 * 64
    )


@pytest.mark.parametrize("norm", ["instance", "batch", "none"])
@pytest.mark.parametrize("layers", [1, 3])
def test_the_smallest_picture_gives_one_score(norm: str, layers: int) -> None:
    network = build(norm=norm, layers=layers)
    assert network(*pair(smallest_side(layers))).shape == (2, 1, 1, 1)


def test_scores_are_raw_and_move_with_colors_and_lightness() -> None:
    network = build()
    lightness, colors = pair(48)
    scores = network(lightness, colors)
    assert scores.min() < 0, "a sigmoid would hide it"
    assert not torch.allclose(scores, network(lightness, -colors))
    assert not torch.allclose(scores, network(100 - lightness, colors))


def test_painted_lightness_is_scaled_like_lightness() -> None:
    network = build(channels_in=4, norm="none")
    lightness, colors = pair(24)
    with torch.no_grad():
        network.layers[0].weight[:, 1] = -network.layers[0].weight[:, 0]
    same = network(lightness, torch.cat([lightness, colors], dim=1))
    gray = network(lightness * 0 + 50, torch.cat([lightness * 0 + 50, colors], dim=1))
    assert torch.allclose(same, gray, atol=1e-5), "equal lightnesses cancel"


def test_a_score_does_not_depend_on_the_other_pictures() -> None:
    network = build()
    lightness, colors = pair(48)
    alone = network(lightness[:1], colors[:1])
    assert torch.allclose(network(lightness, colors)[:1], alone, atol=1e-4)


@pytest.mark.parametrize("settings", [{"layers": 0}, {"layers": 6}, {"width": 0}])
def test_impossible_sizes_are_named(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        PatchConfig(**settings)
