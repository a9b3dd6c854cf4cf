"""PatchGAN: a discriminator that judges overlapping patches instead of the whole picture.

Source: Isola et al., CVPR 2017, arXiv:1611.07004, section 6.1.2; 2.8 M parameters and patches of
70 px at 3 layers and width 64.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from photochrom.lab.networks.blocks import CHROMA_SCALE, normalization
from photochrom.lab.networks.colorizers.unet import start_as_pix2pix


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchConfig:
    """Size of the discriminator.

    Attributes:
        layers: convolutions of stride 2, 1 to 5; they decide how large a patch is.
        width: channels of the first layer; they double up to 8 times as many.
        norm: of all layers but the first and the last; the gradient penalty of a Wasserstein
            critic needs `instance` or `none`, because batch norm mixes pictures.
    """

    layers: int = 3
    width: int = 64
    norm: Literal["instance", "batch", "none"] = "instance"

    def __post_init__(self) -> None:
        """Reject sizes that make no network."""
        if not 1 <= self.layers <= 5:
            raise ValueError(f"layers must be 1 to 5, not {self.layers}")
        if self.width < 1:
            raise ValueError(f"width must be at least 1, not {self.width}")


def smallest_side(layers: int) -> int:
    """Tell how small a picture may be to give one score.

    Args:
        layers: convolutions of stride 2.

    Returns:
        Side of the picture in pixels.

    >>> smallest_side(3)
    24
    """
    return 3 << layers


class PatchDiscriminator(nn.Module):
    """Score patches of a picture by how real their colors are, given its lightness.

    Args:
        config: size of the discriminator.
        channels_in: 3 for L* and a*, b*; 4 for L* and painted L*, a*, b*.
    """

    def __init__(self, config: PatchConfig, channels_in: int) -> None:
        super().__init__()
        widths = [config.width * min(8, 2**layer) for layer in range(config.layers + 1)]
        layers: list[nn.Module] = [nn.Conv2d(channels_in, widths[0], 4, 2, padding=1)]
        for place in range(1, len(widths)):
            stride = 2 if place < config.layers else 1
            layers += [
                nn.LeakyReLU(0.2),
                nn.Conv2d(
                    widths[place - 1], widths[place], 4, stride, 1, bias=config.norm == "none"
                ),
            ]
            if config.norm != "none":
                layers.append(normalization(widths[place], config.norm))
        self.layers = nn.Sequential(
            *layers, nn.LeakyReLU(0.2), nn.Conv2d(widths[-1], 1, 4, padding=1)
        )
        self.apply(start_as_pix2pix)

    def forward(self, lightness: Tensor, colors: Tensor) -> Tensor:
        """Score every patch.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100] that the colors were made for; H and W at least
                `smallest_side`.
            colors: (N, 2, H, W) a*, b*, or (N, 3, H, W) L*, a*, b* of models that paint all of RGB.

        Returns:
            (N, 1, h, w) raw scores, without a sigmoid; higher is more real.
        """
        painted, chroma = colors[:, :-2], colors[:, -2:]
        scaled = torch.cat([lightness / 50 - 1, painted / 50 - 1, chroma / CHROMA_SCALE], dim=1)
        scores: Tensor = self.layers(scaled)
        return scores
