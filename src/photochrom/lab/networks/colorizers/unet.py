"""The U-Net of pix2pix, painting chroma or all of RGB.

54.4 M parameters at 8 levels and width 64.
Source: Isola et al., CVPR 2017, arXiv:1611.07004, section 6.1; decoder as in the paper, in its
colorization mode (L* / 50 - 1 in, a* and b* / 110 out). At prediction dropout is off, so that a
picture is always colored alike.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import torch
from torch import Tensor, nn

from photochrom.color.lab import srgb_to_lab
from photochrom.lab.networks.blocks import CHROMA_SCALE, normalization
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput

_DROPOUT_BLOCKS: Final = 3  # on the way up, from the deepest
_INIT_SPREAD: Final = 0.02

_Norm = Literal["instance", "batch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnetConfig:
    """Size and output of the network.

    Attributes:
        kind: of the network.
        levels: how often the size is halved, 2 to 8; pix2pix has 8 for 256 px, 7 for 128 px.
        width: channels at 1/2 of the size; they double down to 8 times as many.
        output: `ab` paints a* and b*; `rgb` paints all of RGB, lightness included.
        norm: `batch` as published, or `instance`, which is what batch norm computes at pix2pix's
            batch size of 1, and which no other picture of a batch can change. The outermost and
            innermost convolutions have none.
        dropout: share of features dropped in the three deepest blocks on the way up, 0 to below 1.
    """

    kind: Literal["unet"] = "unet"
    levels: int = 8
    width: int = 64
    output: Literal["ab", "rgb"] = "ab"
    norm: _Norm = "instance"
    dropout: float = 0.5

    def __post_init__(self) -> None:
        """Reject sizes that make no network."""
        if not 2 <= self.levels <= 8:
            raise ValueError(f"levels must be 2 to 8, not {self.levels}")
        if self.width < 1:
            raise ValueError(f"width must be at least 1, not {self.width}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must be from 0 to below 1, not {self.dropout}")


class UnetNetwork(ColorNetwork):
    """Lightness in, colors at the full size out.

    Args:
        config: size and output of the network.
        channels_in: of what `walk` is given; lightness alone has 1.
        channels_out: of what `walk` paints; by default what the output needs.
    """

    def __init__(
        self, config: UnetConfig, *, channels_in: int = 1, channels_out: int | None = None
    ) -> None:
        super().__init__()
        widths = [config.width * min(8, 2**level) for level in range(config.levels)]
        self.size_multiple = 2**config.levels
        self.feature_channels = widths[-1]
        self.paints_lightness = config.output == "rgb"
        self.down = nn.ModuleList([nn.Sequential(*_halving(channels_in, widths[0]))])
        for level, (inward, outward) in enumerate(pairwise(widths), start=1):
            norm = None if level == len(widths) - 1 else config.norm
            self.down.append(nn.Sequential(nn.LeakyReLU(0.2), *_halving(inward, outward, norm)))
        self.up = nn.ModuleList()
        for place, (outward, inward) in enumerate(reversed(list(pairwise(widths)))):
            share = config.dropout if place < _DROPOUT_BLOCKS else 0.0
            self.up.append(_doubling(inward * (2 if place else 1), outward, config.norm, share))
        colors = channels_out or (3 if self.paints_lightness else 2)
        self.paint = nn.ConvTranspose2d(2 * widths[0], colors, 4, 2, padding=1)
        self.apply(start_as_pix2pix)

    def forward(self, lightness: Tensor) -> NetworkOutput:
        """Predict colors.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100]; H and W multiples of 2 ** levels.

        Returns:
            Chroma (N, 2, H, W); with output `rgb` also `rgb_lightness` (N, 1, H, W), both
            converted from the painted sRGB; `features` at the bottom of the U.
        """
        painted, deepest = self.walk(lightness / 50 - 1)
        if not self.paints_lightness:
            return NetworkOutput(chroma=painted * CHROMA_SCALE, features=deepest)
        device = painted.device.type
        is_narrow = torch.is_autocast_enabled(device)  # CIELAB needs float32
        with torch.autocast(device, enabled=False) if is_narrow else nullcontext():
            lab = srgb_to_lab(((painted + 1) / 2).movedim(1, -1)).movedim(-1, 1)
        return NetworkOutput(chroma=lab[:, 1:], rgb_lightness=lab[:, :1], features=deepest)

    def walk(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Go down and up the U.

        Args:
            features: (N, channels_in, H, W), scaled to about -1 to 1.

        Returns:
            (N, channels_out, H, W) painted, -1 to 1, and the features at the bottom.
        """
        skips = []
        for block in self.down:
            features = block(features)
            skips.append(features)
        deepest = skips.pop()
        features = self.up[0](deepest)
        for block, skip in zip(self.up[1:], reversed(skips[1:]), strict=True):
            features = block(torch.cat([features, skip], dim=1))
        both = torch.cat([features, skips[0]], dim=1)
        return torch.tanh(self.paint(torch.relu(both)).float()), deepest


def start_as_pix2pix(layer: nn.Module) -> None:
    """Draw the weights of one layer as pix2pix does: kernels N(0, 0.02), gains N(1, 0.02)."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, _INIT_SPREAD)
    elif isinstance(layer, nn.BatchNorm2d | nn.InstanceNorm2d):
        nn.init.normal_(layer.weight, 1.0, _INIT_SPREAD)
    else:
        return
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def _halving(inward: int, outward: int, norm: _Norm | None = None) -> list[nn.Module]:
    """Build what halves the size; a norm makes the bias useless."""
    convolution = nn.Conv2d(inward, outward, 4, 2, padding=1, bias=norm is None)
    return [convolution] if norm is None else [convolution, normalization(outward, norm)]


def _doubling(inward: int, outward: int, norm: _Norm, dropout: float) -> nn.Sequential:
    """Build what doubles the size on the way up."""
    enlarge = nn.ConvTranspose2d(inward, outward, 4, 2, padding=1, bias=False)
    return nn.Sequential(nn.ReLU(), enlarge, normalization(outward, norm), nn.Dropout(dropout))
