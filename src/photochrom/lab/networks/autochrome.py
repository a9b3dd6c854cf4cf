"""Autochrome: the compact colorizer that photochrom ships.

A U-shaped network without batch statistics. The trunk predicts a distribution over ab bins at 1/8
of the size; a light head with skips adds detail to the decoded color at 1/2 of the size. Two parts
are optional and start without effect, so that an older model can grow them: attention over the
whole picture, and color hints.
Source: CE trunk plus regression head as in Zhang et al. 2017; scaled weight standardization and
signal-preserving residuals as in Brock et al. 2021, so that no statistic depends on batch or size;
attention in linear time as in Shen et al. 2021, "Efficient Attention", arXiv:1812.01243.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.color.bins import anneal, cic_bins
from photochrom.lab.networks.blocks import check_temperature
from photochrom.lab.networks.prediction import ColorNetwork, Prediction

_SILU_GAIN: Final = 1.7881  # makes SiLU keep the variance of a unit Gaussian (Brock et al. 2021)
_RESIDUAL_SHARE: Final = 0.3  # how much variance a residual branch may add at the start
_CHROMA_UNIT: Final = 50.0  # a*, b* per unit inside the network
_HEADS: Final = 4  # of the attention
_KEY_CHANNELS: Final = 16  # per head


@dataclass(frozen=True, slots=True, kw_only=True)
class AutochromeConfig:
    """Size of the network.

    Attributes:
        kind: the name of the network in recipes.
        widths: channels at 1/2, 1/4, 1/8 and 1/16 of the size.
        depths: residual blocks at 1/4, 1/8 and 1/16 on the way down.
        temperature: T of the decoding that the fine head builds on.
        attention: let every place ask the whole picture, at 1/16 of the size.
        hints: take color hints.
    """

    kind: Literal["autochrome"] = "autochrome"
    widths: tuple[int, ...] = (32, 64, 128, 256)
    depths: tuple[int, ...] = (1, 1, 3)
    temperature: float = 1.0
    attention: bool = False
    hints: bool = False

    def __post_init__(self) -> None:
        """Reject sizes that make no network."""
        for key, count in (("widths", 4), ("depths", 3)):
            values = getattr(self, key)
            if len(values) != count or min(values) < 1:
                raise ValueError(f"{key} must be {count} numbers above 0, not {values}")
        if self.attention and self.widths[3] % _HEADS:
            raise ValueError(f"widths must end in a multiple of {_HEADS} beside attention")
        check_temperature(self.temperature)


class StandardizedConv(nn.Conv2d):
    """A convolution whose kernels are standardized and given one learned gain per channel."""

    def __init__(self, channels_in: int, channels_out: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(channels_in, channels_out, size, stride, size // 2)
        self.gain = nn.Parameter(torch.ones(channels_out, 1, 1, 1))

    def forward(self, features: Tensor) -> Tensor:
        """Convolve with unit-variance kernels (N, C, H, W) -> (N, C', H', W')."""
        weight = self.weight
        mean = weight.mean(dim=(1, 2, 3), keepdim=True)
        centered = weight - mean
        energy = (centered * centered).sum(dim=(1, 2, 3), keepdim=True)
        kernel = centered * torch.rsqrt(energy + 1e-6) * self.gain
        return F.conv2d(features, kernel, self.bias, self.stride, self.padding)


def _start_at_zero(layer: nn.Conv2d | nn.Linear) -> None:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


def _activate(features: Tensor) -> Tensor:
    return F.silu(features) * _SILU_GAIN


class Residual(nn.Module):
    """Two convolutions beside an identity, starting close to the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = StandardizedConv(channels, channels)
        self.second = StandardizedConv(channels, channels)
        self.share = nn.Parameter(torch.full((1, channels, 1, 1), _RESIDUAL_SHARE))

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        branch = self.first(_activate(features))
        refined: Tensor = features + self.share * self.second(_activate(branch))
        return refined


class SceneContext(nn.Module):
    """Tell every place what the whole picture is like: global pooling, then scale and shift."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, channels)
        self.expand = nn.Linear(channels, 2 * channels)
        _start_at_zero(self.expand)

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        scene = F.silu(self.squeeze(_activate(features).mean(dim=(2, 3))))
        scale, shift = self.expand(scene).unsqueeze(-1).unsqueeze(-1).chunk(2, dim=1)
        adapted: Tensor = features * (1 + scale) + shift
        return adapted


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
        active = _activate(features)
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


class Autochrome(ColorNetwork):
    """Lightness in, chroma and a distribution over CIC's 313 bins out.

    Args:
        config: size of the network.
    """

    size_multiple = 16
    additions = ("attention.", "hint_half.", "hint_eighth.", "hint_detail.")

    def __init__(self, config: AutochromeConfig) -> None:
        super().__init__()
        half, quarter, eighth, sixteenth = config.widths
        self.temperature: float = config.temperature
        self.feature_channels = sixteenth
        self.register_buffer("bins", torch.from_numpy(cic_bins().copy()), persistent=False)
        self.stem = StandardizedConv(1, half, stride=2)
        self.down_quarter = _Down(half, quarter, config.depths[0])
        self.down_eighth = _Down(quarter, eighth, config.depths[1])
        self.down_sixteenth = _Down(eighth, sixteenth, config.depths[2])
        self.attention = Attention(sixteenth) if config.attention else nn.Identity()
        self.context = SceneContext(sixteenth)
        self.context_mix = Residual(sixteenth)
        self.up_eighth = _Up(sixteenth, eighth)
        self.classify = nn.Conv2d(eighth, len(cic_bins()), 1)
        self.up_quarter = _Up(eighth, quarter, residual=False)
        self.up_half = _Up(quarter, half, residual=False)
        self.detail = nn.Conv2d(half + 2, 2, 3, padding=1)
        _start_at_zero(self.detail)
        self.takes_hints = config.hints
        if config.hints:
            self.hint_half = HintInput(2, half)
            self.hint_eighth = HintInput(8, eighth)
            self.hint_detail = HintInput(2, 2)

    def bin_centers(self) -> NDArray[np.float32]:
        """Return CIC's bins."""
        return cic_bins()

    def forward(self, lightness: Tensor, hints: Tensor | None = None) -> Prediction:
        """Predict colors.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100]; H and W multiples of 16.
            hints: (N, 3, H, W) a*, b* and a mask of 0 or 1; None for a network without hints.

        Returns:
            Chroma at 1/2 of the size, distribution and logits at 1/8, features at 1/16.
        """
        half = self.stem(lightness / 50 - 1)
        if hints is not None:
            half = half + self.hint_half(hints)
        quarter = self.down_quarter(half)
        eighth = self.down_eighth(quarter)
        if hints is not None:
            eighth = eighth + self.hint_eighth(hints)
        trunk = self.attention(self.down_sixteenth(eighth))
        trunk = self.context_mix(self.context(trunk))
        eighth = self.up_eighth(trunk, eighth)
        logits = self.classify(_activate(eighth)).float()
        distribution = torch.softmax(logits, dim=1)
        half = self.up_half(self.up_quarter(eighth, quarter), half)
        base = _enlarge(self._decode(distribution), 4)
        detail = self.detail(torch.cat([_activate(half), base / _CHROMA_UNIT], dim=1))
        if hints is not None:
            detail = detail + self.hint_detail(hints)
        chroma = base + _CHROMA_UNIT * detail.float()
        return Prediction(chroma, distribution, logits, features=trunk)

    def _decode(self, distribution: Tensor) -> Tensor:
        """Annealed mean of the distribution (N, Q, h, w) -> (N, 2, h, w)."""
        annealed = anneal(distribution, self.temperature)
        return F.conv2d(annealed, self.bins.T[:, :, None, None])  # type: ignore[index]


class _Down(nn.Sequential):
    """Halve the size, then residual blocks."""

    def __init__(self, channels_in: int, channels_out: int, depth: int) -> None:
        blocks = (Residual(channels_out) for _ in range(depth))
        super().__init__(_Activated(channels_in, channels_out, stride=2), *blocks)


class _Activated(nn.Module):
    """An activation, then a convolution."""

    def __init__(self, channels_in: int, channels_out: int, *, stride: int = 1) -> None:
        super().__init__()
        self.convolve = StandardizedConv(channels_in, channels_out, stride=stride)

    def forward(self, features: Tensor) -> Tensor:
        output: Tensor = self.convolve(_activate(features))
        return output


class _Up(nn.Module):
    """Double the size, add the skip, refine."""

    def __init__(self, channels_in: int, channels_out: int, *, residual: bool = True) -> None:
        super().__init__()
        self.reduce = StandardizedConv(channels_in, channels_out, size=1)
        self.skip = StandardizedConv(channels_out, channels_out, size=1)
        refine = Residual(channels_out) if residual else _Activated(channels_out, channels_out)
        self.refine = refine

    def forward(self, features: Tensor, skip: Tensor) -> Tensor:
        coarse = _enlarge(self.reduce(_activate(features)), 2)
        refined: Tensor = self.refine(coarse + self.skip(_activate(skip)))
        return refined


def _enlarge(features: Tensor, factor: int) -> Tensor:
    return F.interpolate(features, scale_factor=factor, mode="bilinear", align_corners=False)
