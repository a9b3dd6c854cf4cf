"""Autochrome: the compact colorizer that photochrom ships.

A trunk that was trained to recognize things looks at the gray picture; a decoder turns what it sees
into a distribution over ab bins at 1/8 of the size, and a light head with skips adds detail to the
decoded color at 1/2 of the size. No statistic depends on the batch. Two parts are optional and
start without effect, so that an older model can grow them: attention over the whole picture, and
color hints.
Source: a pretrained trunk as in ResNet-MCL and Larsson et al. 2016; classification plus regression
as in Zhang et al. 2017; attention in linear time as in Shen et al. 2021, "Efficient Attention",
arXiv:1812.01243.
"""

from dataclasses import dataclass
from typing import Final, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.arrays import F32
from photochrom.color.bins import anneal, cic_bins
from photochrom.lab.networks.blocks import check_temperature, normalization
from photochrom.lab.networks.efficientnet import VARIANTS, EfficientNetLite
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput

_RESIDUAL_SHARE: Final = 0.2  # of a residual branch at the start
_SCENE_CHANNELS: Final = 256
_CHROMA_UNIT: Final = 50.0  # a*, b* per unit inside the network
_HEADS: Final = 4  # of the attention
_KEY_CHANNELS: Final = 16  # per head

TrunkName = Literal["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AutochromeConfig:
    """Size of the network.

    Attributes:
        kind: the name of the network in recipes.
        trunk: what looks at the picture.
        trunk_scale: multiple of the trunk's channels and blocks; only 1 has published weights.
        pretrained: start the trunk from its published ImageNet weights.
        widths: channels of the decoder at 1/16, 1/8, 1/4 and 1/2 of the size.
        temperature: T of the decoding that the fine head builds on.
        attention: let every place ask the whole picture, at 1/16 of the size.
        hints: take color hints.
    """

    kind: Literal["autochrome"] = "autochrome"
    trunk: TrunkName = "efficientnet-lite0"
    trunk_scale: float = 1.0
    pretrained: bool = False
    widths: tuple[int, ...] = (160, 112, 48, 24)
    temperature: float = 1.0
    attention: bool = False
    hints: bool = False

    def __post_init__(self) -> None:
        """Reject sizes that make no network."""
        if len(self.widths) != 4 or min(self.widths) < 4 or any(w % 4 for w in self.widths):
            raise ValueError(f"widths must be 4 multiples of 4, not {self.widths}")
        if self.trunk not in VARIANTS:
            raise ValueError(f"trunk must be one of {', '.join(VARIANTS)}, not {self.trunk}")
        if not 0 < self.trunk_scale <= 2:
            raise ValueError(f"trunk_scale must be above 0 and at most 2, not {self.trunk_scale}")
        if self.pretrained and self.trunk_scale != 1:
            raise ValueError(f"pretrained needs trunk_scale 1, not {self.trunk_scale}")
        check_temperature(self.temperature)


class Autochrome(ColorNetwork):
    """Lightness in, chroma and a distribution over CIC's 313 bins out."""

    size_multiple = 32
    additions = ("attention.", "hint_sixteenth.", "hint_eighth.", "hint_detail.")

    def __init__(self, config: AutochromeConfig) -> None:
        super().__init__()
        sixteenth, eighth, quarter, half = config.widths
        self.temperature: float = config.temperature
        self.feature_channels = sixteenth
        self.register_buffer("bins", torch.from_numpy(cic_bins().copy()), persistent=False)
        self.trunk = EfficientNetLite(config.trunk, config.trunk_scale)
        seen = self.trunk.channels
        self.context = SceneContext(self.trunk.head_channels, sixteenth)
        self.up_sixteenth = _Up(sixteenth, seen[3], sixteenth, residual=True)
        self.attention = Attention(sixteenth) if config.attention else nn.Identity()
        self.up_eighth = _Up(sixteenth, seen[2], eighth, residual=True)
        self.classify = nn.Conv2d(eighth, len(cic_bins()), 1)
        self.up_quarter = _Up(eighth, seen[1], quarter, residual=False)
        self.up_half = _Up(quarter, seen[0], half, residual=False)
        self.detail = nn.Conv2d(half + 2, 2, 3, padding=1)
        _start_at_zero(self.detail)
        self.takes_hints = config.hints
        if config.hints:
            self.hint_sixteenth = HintInput(16, sixteenth)
            self.hint_eighth = HintInput(8, eighth)
            self.hint_detail = HintInput(2, 2)

    def bin_centers(self) -> F32:
        """Return CIC's bins."""
        return cic_bins()

    def forward(self, lightness: Tensor, hints: Tensor | None = None) -> NetworkOutput:
        """Predict colors.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100]; H and W multiples of 32.
            hints: (N, 3, H, W) a*, b* and a mask of 0 or 1; None for a network without hints.

        Returns:
            Chroma at 1/2 of the size, distribution and logits at 1/8, features at 1/16.
        """
        seen = self.trunk(lightness)
        sixteenth = self.up_sixteenth(self.context(seen.head), seen.sixteenth)
        if hints is not None:
            sixteenth = sixteenth + self.hint_sixteenth(hints)
        sixteenth = self.attention(sixteenth)
        eighth = self.up_eighth(sixteenth, seen.eighth)
        if hints is not None:
            eighth = eighth + self.hint_eighth(hints)
        logits = self.classify(F.silu(eighth)).float()
        # step by step: the softmax of ONNX Runtime turns the map around and back
        exponentials = (logits - logits.amax(dim=1, keepdim=True)).exp()
        distribution = exponentials / exponentials.sum(dim=1, keepdim=True)
        half = self.up_half(self.up_quarter(eighth, seen.quarter), seen.half)
        base = _enlarge(self._decode(distribution), 4)
        detail = self.detail(torch.cat([F.silu(half), base / _CHROMA_UNIT], dim=1))
        if hints is not None:
            detail = detail + self.hint_detail(hints)
        chroma = base + _CHROMA_UNIT * detail.float()
        return NetworkOutput(chroma, distribution, logits, features=sixteenth)

    def _decode(self, distribution: Tensor) -> Tensor:
        """Annealed mean of the distribution (N, Q, h, w) -> (N, 2, h, w)."""
        annealed = anneal(distribution, self.temperature)
        return F.conv2d(annealed, self.bins.T[:, :, None, None])  # type: ignore[index]


class SceneContext(nn.Module):
    """Tell every place what the whole picture shows: global pooling, then scale and shift."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels_in, channels_out, 1)
        self.squeeze = nn.Linear(channels_in, _SCENE_CHANNELS)
        self.expand = nn.Linear(_SCENE_CHANNELS, 2 * channels_out)
        _start_at_zero(self.expand)

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C', H, W)."""
        scene = F.silu(self.squeeze(features.mean(dim=(2, 3))))
        scale, shift = self.expand(scene).unsqueeze(-1).unsqueeze(-1).chunk(2, dim=1)
        adapted: Tensor = self.reduce(features) * (1 + scale) + shift
        return adapted


class Residual(nn.Module):
    """Two convolutions beside an identity, starting close to the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = normalization(channels, "group")
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.share = nn.Parameter(torch.full((1, channels, 1, 1), _RESIDUAL_SHARE))

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        branch = self.first(F.silu(self.norm(features)))
        refined: Tensor = features + self.share * self.second(F.silu(branch))
        return refined


class Attention(nn.Module):
    """Let every place ask the whole picture, in time linear in the number of places.

    Each head sums the picture up as a few weighted means, its keys say of which places, and every
    place mixes these means as its query says. It starts without effect.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.queries = nn.Conv2d(channels, _HEADS * _KEY_CHANNELS, 1)
        self.keys = nn.Conv2d(channels, _HEADS * _KEY_CHANNELS, 1)
        self.values = nn.Conv2d(channels, channels, 1)
        self.answer = nn.Conv2d(channels, channels, 1)
        _start_at_zero(self.answer)

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        active = F.silu(features)
        queries = self.queries(active).unflatten(1, (_HEADS, _KEY_CHANNELS)).flatten(3)
        keys = self.keys(active).unflatten(1, (_HEADS, _KEY_CHANNELS)).flatten(3)
        values = self.values(active).unflatten(1, (_HEADS, -1)).flatten(3)
        means = torch.softmax(keys, dim=3) @ values.transpose(2, 3)  # (N, heads, keys, C / heads)
        mixed = means.transpose(2, 3) @ torch.softmax(queries, dim=2)
        answered: Tensor = features + self.answer(mixed.flatten(1, 2).reshape_as(features))
        return answered


class HintInput(nn.Module):
    """Bring hints to a fraction of the size and into features; it starts without effect."""

    def __init__(self, cell: int, channels: int) -> None:
        super().__init__()
        self.cell = cell
        self.paint = nn.Conv2d(3, channels, 3, padding=1, bias=False)
        _start_at_zero(self.paint)

    def forward(self, hints: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, C, H / cell, W / cell): of each cell the mean of what is hinted."""
        pooled = F.avg_pool2d(hints.float(), self.cell)
        share = pooled[:, 2:]
        one = 1 / self.cell**2  # a single pixel's share of its cell
        color = pooled[:, :2] / (_CHROMA_UNIT * share.clamp(min=one))
        is_there = (share / one).clamp(max=1)
        painted: Tensor = self.paint(torch.cat([color, is_there], dim=1))
        return painted


class _Up(nn.Module):
    """Double the size, add the skip, refine."""

    def __init__(
        self, channels_in: int, skipped: int, channels_out: int, *, residual: bool
    ) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels_in, channels_out, 1)
        self.skip = nn.Conv2d(skipped, channels_out, 1)
        convolve = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.refine = Residual(channels_out) if residual else nn.Sequential(nn.SiLU(), convolve)

    def forward(self, features: Tensor, skip: Tensor) -> Tensor:
        refined: Tensor = self.refine(_enlarge(self.reduce(features), 2) + self.skip(skip))
        return refined


def _start_at_zero(layer: nn.Conv2d | nn.Linear) -> None:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


def _enlarge(features: Tensor, factor: int) -> Tensor:
    return F.interpolate(features, scale_factor=factor, mode="bilinear", align_corners=False)
