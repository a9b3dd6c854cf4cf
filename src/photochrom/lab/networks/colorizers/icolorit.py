"""The network of iColoriT: a vision transformer that spreads color hints over a picture.

Published sizes: 186 entries each; tiny with 6,905,732 numbers, small with 23,966,792, base with
89,939,408.
Source: Yun et al., "iColoriT", WACV 2023, arXiv:2207.06831; layers and names of the published
checkpoints. It sees 224 x 224 pixels and nothing else: pictures are squashed to that, and the
chroma back, inside the network.
"""

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.lab.networks.blocks import CHROMA_SCALE
from photochrom.lab.networks.colorizers.cic import LIGHTNESS_CENTER, LIGHTNESS_SCALE
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput

SIDE: Final = 224  # px that the network sees
_PATCH: Final = 16  # px of a token
_GRID: Final = SIDE // _PATCH  # tokens along a side
_HINT: Final = 2  # px along a side that share a hint
_HEAD_CHANNELS: Final = 64
_EPSILON: Final = 1e-6
_PERIOD: Final = 10_000.0  # the longest wave of the positions


@dataclass(frozen=True, slots=True, kw_only=True)
class IcoloritConfig:
    """Size of the network.

    Attributes:
        width: channels of a token, a multiple of 64.
        depth: blocks.
    """

    width: int
    depth: int = 12


class IcoloritNetwork(ColorNetwork):
    """Lightness and hints in, chroma of the same size out."""

    size_multiple = 1
    takes_hints = True
    places: Tensor
    pairs: Tensor

    def __init__(self, config: IcoloritConfig) -> None:
        super().__init__()
        width = config.width
        self.feature_channels = width
        pairs = relative_places()
        self.idle = {
            f"blocks.{number}.attn.relative_position_index": pairs for number in range(config.depth)
        }
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(4, width, _PATCH, _PATCH)})
        self.blocks = nn.ModuleList(_Block(width) for _ in range(config.depth))
        self.norm = nn.LayerNorm(width, eps=_EPSILON)
        painter = nn.Conv2d(width, 2 * _PATCH**2, 3, padding=1, padding_mode="reflect")
        self.head = nn.ModuleDict({"head": painter})
        self.register_buffer("places", _waves(width), persistent=False)
        self.register_buffer("pairs", pairs, persistent=False)

    def forward(self, lightness: Tensor, hints: Tensor) -> NetworkOutput:
        """Predict chroma.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100].
            hints: (N, 3, H, W) a*, b* and a mask of 0 or 1; zeros where there is no hint. As the
                authors do, hints share cells of 2 x 2 pixels. (Their own mask says 1 where there
                is no hint, and is turned round before the network sees it.)

        Returns:
            Chroma at the full size, within ±110; features of 14 x 14 tokens.
        """
        squashed = _resized(lightness, (SIDE, SIDE))
        seen = (squashed - LIGHTNESS_CENTER) / LIGHTNESS_SCALE
        tokens = self.patch_embed["proj"](torch.cat([seen, _cells(hints)], dim=1))
        tokens = tokens.flatten(2).transpose(1, 2) + self.places
        for block in self.blocks:
            tokens = block(tokens, self.pairs)
        features = torch.unflatten(self.norm(tokens).transpose(1, 2), 2, (_GRID, _GRID))
        patches = torch.tanh(self.head["head"](features)).float()
        colors = torch.unflatten(patches, 1, (_PATCH**2, 2)).transpose(1, 2).flatten(1, 2)
        painted = CHROMA_SCALE * F.pixel_shuffle(colors, _PATCH)
        return NetworkOutput(_resized(painted, lightness.shape[2:]), features=features)


class _Block(nn.Module):
    """Attention, then two layers on each token alone; both are added to what goes in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=_EPSILON)
        self.attn = _Attention(width)
        self.norm2 = nn.LayerNorm(width, eps=_EPSILON)
        self.mlp = nn.ModuleDict(
            {"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)}
        )

    def forward(self, tokens: Tensor, pairs: Tensor) -> Tensor:
        tokens = tokens + self.attn(self.norm1(tokens), pairs)
        grown: Tensor = tokens + self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm2(tokens))))
        return grown


class _Attention(nn.Module):
    """Attention that knows how far apart two tokens are; keys have no bias."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self._heads = width // _HEAD_CHANNELS
        self.q_bias = nn.Parameter(torch.zeros(width))
        self.v_bias = nn.Parameter(torch.zeros(width))
        self.rpb_table = nn.Parameter(torch.zeros((2 * _GRID - 1) ** 2, self._heads))
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.proj = nn.Linear(width, width)

    def forward(self, tokens: Tensor, pairs: Tensor) -> Tensor:
        query, key, value = self.qkv(tokens).chunk(3, dim=-1)
        query, key, value = (
            torch.unflatten(part, -1, (self._heads, _HEAD_CHANNELS)).transpose(1, 2)
            for part in (query + self.q_bias, key, value + self.v_bias)
        )
        nearness = self.rpb_table[pairs].permute(2, 0, 1)
        scores = query @ key.transpose(-2, -1) / math.sqrt(_HEAD_CHANNELS) + nearness
        found: Tensor = self.proj((scores.softmax(dim=-1) @ value).transpose(1, 2).flatten(2))
        return found


def relative_places() -> Tensor:
    """Number how two tokens lie to each other, rows first.

    Returns:
        (196, 196) int64 from 0 to 728, as published beside the weights of every block.

    >>> relative_places()[0, :2].tolist(), int(relative_places()[195, 0])
    ([364, 363], 728)
    """
    tokens = torch.arange(_GRID**2, device="cpu")
    places = (tokens.div(_GRID, rounding_mode="floor"), tokens % _GRID)
    down, right = (side[:, None] - side[None] + _GRID - 1 for side in places)
    return down * (2 * _GRID - 1) + right


def _waves(width: int) -> Tensor:
    """Give every token its number as waves: (1, 196, width) float32.

    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.5.
    """
    lengths = _PERIOD ** (torch.arange(width // 2, dtype=torch.float64, device="cpu") / (width / 2))
    angles = torch.arange(_GRID**2, device="cpu")[:, None] / lengths
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).float()[None]


def _resized(maps: Tensor, size: "torch.Size | tuple[int, int]") -> Tensor:
    return F.interpolate(maps, size=tuple(size), mode="bilinear", align_corners=False)


def _cells(hints: Tensor) -> Tensor:
    """Squash hints to what the network sees: the mean of those in a cell, and whether it has any.

    (N, 3, H, W) a*, b* and mask -> (N, 3, 224, 224) a* / 110, b* / 110 and mask.
    """
    mask = hints[:, 2:]
    masked = torch.cat([hints[:, :2] * mask / CHROMA_SCALE, mask], dim=1)
    cells = _resized(masked, (SIDE // _HINT, SIDE // _HINT))
    share = cells[:, 2:]
    mean = cells[:, :2] / share.clamp_min(1e-6)
    told = torch.cat([mean, (share > 0).float()], dim=1)
    return F.interpolate(told, scale_factor=float(_HINT), mode="nearest")
