"""The network of DDColor: a ConvNeXt, a decoder of pixels and a decoder of colors.

Published sizes: tiny with 440 entries of 55,051,016 numbers, large with 602 of 227,921,864.
Source: Kang et al., "DDColor", ICCV 2023, arXiv:2212.11613; layers and names of the published
checkpoints; ConvNeXt: Liu et al. 2022, arXiv:2201.03545. The authors hand features over by hooks;
here they are handed over by hand.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.color.lab import lightness_to_gray
from photochrom.lab.networks.dynamic_unet import (
    ShuffledEnlargement,
    WideBlock,
    normed_convolution,
)
from photochrom.lab.networks.judges.vgg import IMAGENET_DEVIATION, IMAGENET_MEAN
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput

_EPSILON: Final = 1e-6  # of ConvNeXt's norms
_HEADS: Final = 8
_LEVELS: Final = 3  # sizes of features that the queries look at in turn
_FARTHEST: Final = 150.0  # of a* and b*: beyond are outliers, of which users report -180
_PERIOD: Final = 10_000.0  # the longest wave of the positions


@dataclass(frozen=True, slots=True, kw_only=True)
class DdcolorConfig:
    """Size of the network; the defaults are the tiny one's.

    Attributes:
        depths: blocks of the encoder at 1/4, 1/8, 1/16 and 1/32 of the size.
        widths: their channels.
        decoder: channels of the pixel decoder; the last step has half of them.
        hidden: channels of the color decoder.
        feedforward: channels inside its feed-forward layers.
        queries: colors that it learns to look for.
        layers: how often the queries look.
    """

    depths: tuple[int, int, int, int] = (3, 3, 9, 3)
    widths: tuple[int, int, int, int] = (96, 192, 384, 768)
    decoder: int = 512
    hidden: int = 256
    feedforward: int = 2048
    queries: int = 100
    layers: int = 9


TINY: Final = DdcolorConfig()
LARGE: Final = DdcolorConfig(depths=(3, 3, 27, 3), widths=(192, 384, 768, 1536))


class DdcolorNetwork(ColorNetwork):
    """Gray in, a* and b* in their own units out, at the full size."""

    size_multiple = 32
    mean: Tensor
    std: Tensor

    def __init__(self, config: DdcolorConfig) -> None:
        super().__init__()
        self.feature_channels = config.widths[-1]
        self.idle = {  # of a classifier that the encoder was trained with
            f"encoder.arch.norm.{part}": torch.empty(config.widths[-1], device="meta")
            for part in ("weight", "bias")
        }
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).reshape(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(IMAGENET_DEVIATION).reshape(1, 3, 1, 1))
        self.encoder = nn.ModuleDict({"arch": _ConvNext(config)})
        self.decoder = _Decoder(config)
        self.refine_net = nn.Sequential(
            normed_convolution(config.queries + 3, 2, 1, relu=False, batch_norm=False)
        )

    def forward(self, lightness: Tensor) -> NetworkOutput:
        """Predict chroma.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100]; H and W multiples of 32.

        Returns:
            Chroma at the full size, within ±150; features at 1/32 of it.
        """
        gray = (lightness_to_gray(lightness) - self.mean) / self.std
        features = self.encoder["arch"](gray)
        chroma = self.refine_net(torch.cat([self.decoder(features), gray], dim=1)).float()
        return NetworkOutput(chroma.clamp(-_FARTHEST, _FARTHEST), features=features[-1])


class _PixelNorm(nn.LayerNorm):
    """A layer norm over the channels of each pixel of (N, C, H, W)."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=_EPSILON)

    def forward(self, features: Tensor) -> Tensor:
        return super().forward(features.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class _ConvNext(nn.Module):
    """ConvNeXt without its classifier; gives the features of all four sizes, the finest first."""

    def __init__(self, config: DdcolorConfig) -> None:
        super().__init__()
        one = config.widths[0]
        self.downsample_layers = nn.ModuleList(
            [nn.Sequential(nn.Conv2d(3, one, 4, 4), _PixelNorm(one))]
        )
        for inward, outward in pairwise(config.widths):
            halving = nn.Sequential(_PixelNorm(inward), nn.Conv2d(inward, outward, 2, 2))
            self.downsample_layers.append(halving)
        self.stages = nn.ModuleList(
            nn.Sequential(*(_ConvNextBlock(width) for _ in range(depth)))
            for depth, width in zip(config.depths, config.widths, strict=True)
        )
        for level, width in enumerate(config.widths):
            self.add_module(f"norm{level}", _PixelNorm(width))

    def forward(self, gray: Tensor) -> list[Tensor]:
        found = []
        features = gray
        for level, (smaller, stage) in enumerate(
            zip(self.downsample_layers, self.stages, strict=True)
        ):
            features = stage(smaller(features))
            found.append(self.get_submodule(f"norm{level}")(features))
        return found


class _ConvNextBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), 1e-6))
        self.dwconv = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=_EPSILON)
        self.pwconv1 = nn.Linear(width, 4 * width)
        self.pwconv2 = nn.Linear(4 * width, width)

    def forward(self, features: Tensor) -> Tensor:
        inner = self.norm(self.dwconv(features).permute(0, 2, 3, 1))
        inner = self.gamma * self.pwconv2(F.gelu(self.pwconv1(inner)))
        grown: Tensor = features + inner.permute(0, 3, 1, 2)
        return grown


class _Decoder(nn.Module):
    """Climbs back to the full size, and asks on the way which colors there are."""

    def __init__(self, config: DdcolorConfig) -> None:
        super().__init__()
        full, half = config.decoder, config.decoder // 2
        _, *skips, below = config.widths
        first = config.widths[0]
        self.layers = nn.ModuleList(
            [
                WideBlock(below, skips[1], full),
                WideBlock(full, skips[0], full),
                WideBlock(full, first, half),
            ]
        )
        self.last_shuf = ShuffledEnlargement(half, half, scale=4, batch_norm=False)
        self.color_decoder = _ColorDecoder(config, (full, full, half))

    def forward(self, features: list[Tensor]) -> Tensor:
        *skips, climbed = features
        levels = []
        for layer, skip in zip(self.layers, reversed(skips), strict=True):
            climbed = layer(climbed, skip)
            levels.append(climbed)
        colors = self.color_decoder(levels)
        painted: Tensor = torch.einsum("nqc,nchw->nqhw", colors, self.last_shuf(climbed))
        return painted


class _ColorDecoder(nn.Module):
    """Queries that look at the picture's features, coarse to fine and round again."""

    def __init__(self, config: DdcolorConfig, channels: tuple[int, int, int]) -> None:
        super().__init__()
        hidden, layers = config.hidden, range(config.layers)
        self.query_feat = nn.Embedding(config.queries, hidden)
        self.query_embed = nn.Embedding(config.queries, hidden)
        self.level_embed = nn.Embedding(_LEVELS, hidden)
        self.input_proj = nn.ModuleList(nn.Conv2d(each, hidden, 1) for each in channels)
        self.transformer_self_attention_layers = nn.ModuleList(
            _Look("self_attn", hidden) for _ in layers
        )
        self.transformer_cross_attention_layers = nn.ModuleList(
            _Look("multihead_attn", hidden) for _ in layers
        )
        self.transformer_ffn_layers = nn.ModuleList(
            _Feedforward(hidden, config.feedforward) for _ in layers
        )
        self.decoder_norm = nn.LayerNorm(hidden)
        self.color_embed = _Naming(hidden, config.decoder // 2)

    def forward(self, levels: list[Tensor]) -> Tensor:
        """Three (N, C, h, w) -> (N, queries, C) colors."""
        places, seen = [], []
        for number, (features, project) in enumerate(zip(levels, self.input_proj, strict=True)):
            places.append(_positions(features, self.query_feat.embedding_dim))
            projected = project(features).flatten(2).transpose(1, 2)
            seen.append(projected + self.level_embed.weight[number])
        batch = levels[0].shape[0]
        asked = self.query_embed.weight
        queries = self.query_feat.weight.expand(batch, -1, -1)
        for number, (ask, talk, think) in enumerate(
            zip(
                self.transformer_cross_attention_layers,
                self.transformer_self_attention_layers,
                self.transformer_ffn_layers,
                strict=True,
            )
        ):
            level = number % _LEVELS
            queries = ask(queries, queries + asked, seen[level] + places[level], seen[level])
            queries = talk(queries, queries + asked, queries + asked, queries)
            queries = think(queries)
        colors: Tensor = self.color_embed(self.decoder_norm(queries))
        return colors


class _Naming(nn.Module):
    """Three layers that turn what a query has found into a color of the decoder's channels."""

    def __init__(self, inward: int, outward: int) -> None:
        super().__init__()
        widths = (inward, inward, inward, outward)
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(widths))

    def forward(self, queries: Tensor) -> Tensor:
        for layer in self.layers:
            queries = F.relu(layer(queries)) if layer is not self.layers[-1] else layer(queries)
        return queries


class _Look(nn.Module):
    """Attention with eight heads, added to the queries and normed."""

    def __init__(self, name: str, channels: int) -> None:
        super().__init__()
        self._name = name
        self.add_module(name, _Attention(channels))
        self.norm = nn.LayerNorm(channels)

    def forward(self, queries: Tensor, ask: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        found = self.get_submodule(self._name)(ask, keys, values)
        normed: Tensor = self.norm(queries + found)
        return normed


class _Attention(nn.Module):
    """Scaled dot products, the weights named as torch's multi-head attention names them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.empty(3 * channels, channels))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * channels))
        self.out_proj = nn.Linear(channels, channels)
        nn.init.xavier_uniform_(self.in_proj_weight)

    def forward(self, ask: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        weights, biases = self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3)
        heads = [
            torch.unflatten(F.linear(given, weight, bias), -1, (_HEADS, -1)).transpose(1, 2)
            for given, weight, bias in zip((ask, keys, values), weights, biases, strict=True)
        ]
        scores = heads[0] @ heads[1].transpose(-2, -1) / math.sqrt(heads[0].shape[-1])
        joined = (scores.softmax(dim=-1) @ heads[2]).transpose(1, 2).flatten(2)
        found: Tensor = self.out_proj(joined)
        return found


class _Feedforward(nn.Module):
    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(channels, inner)
        self.linear2 = nn.Linear(inner, channels)
        self.norm = nn.LayerNorm(channels)

    def forward(self, queries: Tensor) -> Tensor:
        thought: Tensor = self.norm(queries + self.linear2(F.relu(self.linear1(queries))))
        return thought


def _positions(features: Tensor, channels: int) -> Tensor:
    """Give every cell its place as waves, row first: (1, h w, channels).

    Places run to 2 pi over either side, whatever the size.
    Source: Carion et al. 2020, DETR, arXiv:2005.12872, section A.4.
    """
    height, width = features.shape[-2:]
    pairs = channels // 4
    lengths = _PERIOD ** (torch.arange(pairs, device=features.device) / pairs)
    sides = []
    for count in (height, width):
        place = torch.ones(count, device=features.device).cumsum(0)
        angles = (place / (place[-1:] + 1e-6) * (2 * math.pi))[:, None] / lengths
        sides.append(torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1))
    rows, columns = sides
    grid = [
        rows[:, None].expand(-1, width, -1),
        columns[None].expand(height, -1, -1),
    ]
    return torch.cat(grid, dim=-1).flatten(0, 1)[None]
