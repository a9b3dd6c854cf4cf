"""The networks of DeOldify: a ResNet under fastai's U-Net, which paint RGB.

Published sizes: artistic with 378 entries of 63,767,578 numbers, stable and video with 754 of
218,480,110.
Source: Antic, DeOldify (github.com/jantic/DeOldify), layers and names of the published checkpoints;
ResNet: He et al. 2016, arXiv:1512.03385, as torchvision names its layers; self-attention: Zhang et
al. 2019, arXiv:1805.08318.
"""

from dataclasses import dataclass
from typing import Final, Literal

import torch
from torch import Tensor, nn

from photochrom.color.lab import lightness_to_gray, srgb_to_lab
from photochrom.lab.networks.dynamic_unet import (
    ShuffledEnlargement,
    WideBlock,
    normed_convolution,
)
from photochrom.lab.networks.folding import NormedConv1d
from photochrom.lab.networks.judges.vgg import IMAGENET_DEVIATION, IMAGENET_MEAN
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput

_EXPANSION: Final = 4  # of a bottleneck's channels
_REACH: Final = 3.0  # the network paints normalized RGB from -3 to 3
_ATTENTIVE: Final = 1  # the step up, counted from 0, that has attention
# OpenCV's luma is that of BGR, and DeOldify hands it RGB: red and blue change places
_LUMA: Final = (0.114, 0.587, 0.299)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeoldifyConfig:
    """Size of the network.

    Attributes:
        blocks: of the ResNet at 1/4, 1/8, 1/16 and 1/32 of the size.
        bottleneck: whether its blocks have three convolutions with a narrow middle, or two.
        decoder: `deep` steps have two convolutions, `wide` ones a single one.
        factor: multiple of the decoder's channels.
        width: channels at 1/2 of the size.
    """

    blocks: tuple[int, int, int, int]
    bottleneck: bool
    decoder: Literal["deep", "wide"]
    factor: float
    width: int = 64


ARTISTIC: Final = DeoldifyConfig(
    blocks=(3, 4, 6, 3), bottleneck=False, decoder="deep", factor=1.5
)  # on ResNet-34
STABLE: Final = DeoldifyConfig(
    blocks=(3, 4, 23, 3), bottleneck=True, decoder="wide", factor=2
)  # on ResNet-101; that of the video model, too


class DeoldifyNetwork(ColorNetwork):
    """Gray in, the chroma of a painted picture out, at the full size.

    The color of the painted picture is added to the gray one as DeOldify does it: by keeping the
    differences to its luma. Where that leaves sRGB, DeOldify clips; here nothing is clipped.
    """

    size_multiple = 32
    paints_lightness = True
    mean: Tensor
    deviation: Tensor
    luma: Tensor

    def __init__(self, config: DeoldifyConfig) -> None:
        super().__init__()
        body = _ResNet(config)
        *skips, deepest = body.channels
        self.feature_channels = deepest
        self.layers = nn.ModuleDict(
            {
                "0": body,
                "1": nn.BatchNorm2d(deepest),
                "3": nn.Sequential(
                    normed_convolution(deepest, 2 * deepest),
                    normed_convolution(2 * deepest, deepest),
                ),
            }
        )
        channels = deepest
        for step, skip in enumerate(reversed(skips)):
            is_last = step == len(skips) - 1
            block, channels = _step_up(config, channels, skip, is_last=is_last)
            if step == _ATTENTIVE:
                convolutions = block.conv2 if isinstance(block, _DeepBlock) else block.conv
                convolutions.append(_SelfAttention(channels))
            self.layers[str(4 + step)] = block
        self.layers["8"] = ShuffledEnlargement(channels, channels, batch_norm=False, norm="length")
        self.layers["10"] = _Residual(channels + 3)
        self.layers["11"] = normed_convolution(channels + 3, 3, 1, relu=False, batch_norm=False)
        self._constant("mean", IMAGENET_MEAN)
        self._constant("deviation", IMAGENET_DEVIATION)
        self._constant("luma", _LUMA)

    def _constant(self, name: str, values: tuple[float, ...]) -> None:
        tensor = torch.tensor(values, device="cpu").reshape(3, 1, 1)
        self.register_buffer(name, tensor, persistent=False)

    def forward(self, lightness: Tensor) -> NetworkOutput:
        """Predict colors.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100]; H and W multiples of 32.

        Returns:
            Chroma and `rgb_lightness` at the full size, features at 1/32 of it.
        """
        gray = lightness_to_gray(lightness)
        given = (gray - self.mean) / self.deviation
        *skips, deepest = self.layers["0"](given)
        features = self.layers["3"](torch.relu(self.layers["1"](deepest)))
        for step, skip in enumerate(reversed(skips)):
            features = self.layers[str(4 + step)](features, skip)
        features = torch.cat([self.layers["8"](features), given], dim=1)
        output = self.layers["11"](self.layers["10"](features)).float()
        normalized = 2 * _REACH * torch.sigmoid(output) - _REACH
        painted = (normalized * self.deviation + self.mean).clamp(0, 1)
        colored = painted + (gray - (painted * self.luma).sum(dim=1, keepdim=True))
        lab = srgb_to_lab(colored.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return NetworkOutput(
            chroma=lab[:, 1:], rgb_lightness=lab[:, :1].clamp(0, 100), features=deepest
        )


class _ResNet(nn.Sequential):
    """A ResNet without its classifier; gives its features at 1/2 to 1/32, the finest first."""

    def __init__(self, config: DeoldifyConfig) -> None:
        width = config.width
        parts: list[nn.Module] = [
            nn.Conv2d(3, width, 7, 2, padding=3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, padding=1),
        ]
        self.channels = [width]
        for level, count in enumerate(config.blocks):
            outward = width * 2**level * (_EXPANSION if config.bottleneck else 1)
            blocks = []
            for place in range(count):
                stride = 2 if level and not place else 1
                inward = outward if place else self.channels[-1]
                blocks.append(_ResidualBlock(inward, outward, stride, config.bottleneck))
            parts.append(nn.Sequential(*blocks))
            self.channels.append(outward)
        super().__init__(*parts)

    def forward(self, given: Tensor) -> list[Tensor]:
        first = self[2](self[1](self[0](given)))
        found, features = [first], self[3](first)
        for level in list(self)[4:]:
            features = level(features)
            found.append(features)
        return found


class _ResidualBlock(nn.Module):
    """Two or three convolutions with batch norms, added to what goes in."""

    def __init__(self, inward: int, outward: int, stride: int, bottleneck: bool) -> None:
        super().__init__()
        if bottleneck:
            inner = outward // _EXPANSION
            plan = [(inward, inner, 1, 1), (inner, inner, 3, stride), (inner, outward, 1, 1)]
        else:
            plan = [(inward, outward, 3, stride), (outward, outward, 3, 1)]
        self._count = len(plan)
        for number, (given, wanted, side, step) in enumerate(plan, start=1):
            convolution = nn.Conv2d(given, wanted, side, step, padding=side // 2, bias=False)
            self.add_module(f"conv{number}", convolution)
            self.add_module(f"bn{number}", nn.BatchNorm2d(wanted))
        if stride != 1 or inward != outward:
            self.downsample = nn.Sequential(
                nn.Conv2d(inward, outward, 1, stride, bias=False), nn.BatchNorm2d(outward)
            )
        else:
            self.downsample = nn.Sequential()

    def forward(self, features: Tensor) -> Tensor:
        inner = features
        for number in range(1, self._count + 1):
            convolution, norm = (self.get_submodule(f"{each}{number}") for each in ("conv", "bn"))
            inner = norm(convolution(inner))
            if number < self._count:
                inner = torch.relu(inner)
        return torch.relu(inner + self.downsample(features))


def _step_up(
    config: DeoldifyConfig, below: int, skip: int, *, is_last: bool
) -> "tuple[_DeepBlock | WideBlock, int]":
    """Build a step of the decoder; gives it and its channels."""
    if config.decoder == "deep":
        joined = below // 2 + skip
        outward = int((joined // 2 if is_last else joined) * config.factor)
        return _DeepBlock(below, skip, outward), outward
    outward = int(8 * config.width * config.factor) // (4 if is_last else 2)
    return WideBlock(below, skip, outward), outward


class _DeepBlock(nn.Module):
    """One step up of the U with two convolutions."""

    def __init__(self, below: int, skip: int, outward: int) -> None:
        super().__init__()
        self.shuf = ShuffledEnlargement(below, below // 2)
        self.bn = nn.BatchNorm2d(skip)
        self.conv1 = normed_convolution(below // 2 + skip, outward)
        self.conv2 = normed_convolution(outward, outward)

    def forward(self, below: Tensor, skip: Tensor) -> Tensor:
        joined = torch.relu(torch.cat([self.shuf(below), self.bn(skip)], dim=1))
        stepped: Tensor = self.conv2(self.conv1(joined))
        return stepped


class _SelfAttention(nn.Module):
    """Every place asks every other one: memory grows with the square of the pixels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1))
        self.query = NormedConv1d(channels, channels // 8, 1, bias=False)
        self.key = NormedConv1d(channels, channels // 8, 1, bias=False)
        self.value = NormedConv1d(channels, channels, 1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        flat = features.flatten(2)
        scores = self.query(flat).transpose(1, 2) @ self.key(flat)
        found: Tensor = self.gamma * (self.value(flat) @ scores.softmax(dim=1)) + flat
        return found.reshape(features.shape)


class _Residual(nn.Module):
    """Two convolutions with ReLU, added to what goes in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            normed_convolution(channels, channels, batch_norm=False) for _ in range(2)
        )

    def forward(self, features: Tensor) -> Tensor:
        inner = features
        for layer in self.layers:
            inner = layer(inner)
        return features + inner
