"""Blocks, sizes and first weights that the VGG-like networks have in common."""

import math
from itertools import pairwise
from typing import Final, Literal

import torch
from torch import Tensor, nn

Norm = Literal["batch", "group"]

CHROMA_SCALE: Final = 110.0  # a*, b* per unit of a network
MAX_WIDTH: Final = 4.0

_GROUPS: Final = 32  # Wu and He 2018; fewer where a group would have less than 4 channels
_HEAD_DEVIATION: Final = 0.01


def check_width(width: float) -> None:
    """Reject a multiple of the published channels that makes no network.

    Raises:
        ValueError: when it is not above 0 and at most 4.
    """
    if not 0 < width <= MAX_WIDTH:
        raise ValueError(f"width must be above 0 and at most {MAX_WIDTH:g}, not {width}")


def check_temperature(temperature: float) -> None:
    """Reject a temperature that no distribution can be decoded at.

    Raises:
        ValueError: when it is not above 0 and at most 100.
    """
    if not 0 < temperature <= 100:
        raise ValueError(f"temperature must be above 0 and at most 100, not {temperature}")


def scaled(channels: int, width: float) -> int:
    """Scale a published number of channels.

    Args:
        channels: as published.
        width: 1 leaves them.

    Returns:
        The nearest multiple of 4, at least 4.

    >>> scaled(512, 1), scaled(64, 0.1), scaled(64, 0.01)
    (512, 8, 4)
    """
    return max(4, 4 * round(channels * width / 4))


def normalization(channels: int, norm: Norm | Literal["instance"]) -> nn.Module:
    """Build a norm with a learned gain and shift per channel.

    Args:
        channels: of the features; a multiple of 4 for groups.
        norm: over the batch, or over groups of channels or single ones of each picture alone.
    """
    match norm:
        case "batch":
            return nn.BatchNorm2d(channels)
        case "group":
            return GroupNorm(math.gcd(_GROUPS, channels // 4), channels)
        case "instance":
            return nn.InstanceNorm2d(channels, affine=True)


class GroupNorm(nn.GroupNorm):
    """A group norm whose exported graph is as exact as torch.

    ONNX Runtime adds up all values of a group one after the other, which costs two digits; the
    exported graph therefore averages one side at a time.
    """

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        if not torch.compiler.is_exporting():
            return super().forward(features)
        grouped = torch.unflatten(features, 1, (self.num_groups, -1))
        centered = grouped - _mean_in_turn(grouped)
        spread = torch.rsqrt(_mean_in_turn(centered * centered) + self.eps)
        normalized = torch.flatten(centered * spread, 1, 2)
        shifted: Tensor = normalized * self.weight[:, None, None] + self.bias[:, None, None]
        return shifted


def _mean_in_turn(grouped: Tensor) -> Tensor:
    """Average (N, G, C, H, W) over channels, rows and columns, one side at a time."""
    for side in (4, 3, 2):
        grouped = grouped.mean(dim=side, keepdim=True)
    return grouped


def convolutions(
    channels: tuple[int, ...], *, norm: Norm = "batch", stride: int = 1, dilation: int = 1
) -> nn.Sequential:
    """Build one block: 3 x 3 convolutions with ReLU, then a norm.

    Args:
        channels: what goes in, then what each convolution gives.
        norm: which one closes the block.
        stride: of the last convolution.
        dilation: of all of them; the padding keeps the size.

    Returns:
        The block; its convolutions have the names 0, 2, …, the norm the last one.
    """
    layers: list[nn.Module] = []
    last = len(channels) - 2
    for place, (inward, outward) in enumerate(pairwise(channels)):
        step = stride if place == last else 1
        layers += [
            nn.Conv2d(inward, outward, 3, step, padding=dilation, dilation=dilation),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers, normalization(channels[-1], norm))


def quarter_head(wide: int, narrow: int, outputs: int) -> nn.Sequential:
    """Build CIC's last block: features at 1/8 of the size to values at 1/4.

    Args:
        wide: channels that go in.
        narrow: channels in between.
        outputs: values of each pixel, which the layer with the name 6 gives.

    Returns:
        The block; its layers have the names 0 to 6.
    """
    return nn.Sequential(
        nn.ConvTranspose2d(wide, narrow, 4, 2, padding=1),
        nn.ReLU(),
        nn.Conv2d(narrow, narrow, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(narrow, narrow, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(narrow, outputs, 1),
    )


def start_for_relu(network: nn.Module, *, heads: tuple[nn.Module, ...]) -> None:
    """Draw first weights under which a deep ReLU network keeps the energy of its signal.

    Args:
        network: every convolution in it is drawn anew, biases become 0.
        heads: convolutions that no ReLU follows; they start small, so that a fresh network is
            close to undecided.

    Source: He et al. 2015, arXiv:1502.01852, equation 10.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            inputs = layer.in_channels * math.prod(layer.kernel_size)
            if isinstance(layer, nn.ConvTranspose2d):
                inputs //= math.prod(layer.stride)  # so many of them reach one output
            deviation = _HEAD_DEVIATION if layer in heads else math.sqrt(2 / inputs)
            nn.init.normal_(layer.weight, std=deviation)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
