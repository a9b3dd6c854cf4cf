"""The network of "Real-Time User-Guided Image Colorization" as released in PyTorch (siggraph17).

107 state-dict entries, 34,187,027 parameters, 75.2 GMAC at 256 x 256.
Source: Zhang et al., SIGGRAPH 2017, arXiv:1705.02999; layers and names of the published
checkpoint `siggraph17-df00044c.pth`.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from torch import Tensor, nn

from photochrom.arrays import F32
from photochrom.lab.networks.blocks import (
    CHROMA_SCALE,
    Norm,
    check_width,
    convolutions,
    scaled,
    start_for_relu,
)
from photochrom.lab.networks.colorizers.cic import LIGHTNESS_CENTER, LIGHTNESS_SCALE
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput

GRID_SIDE: Final = 23  # bins run from -110 to 110 in steps of 10 on both axes


@dataclass(frozen=True, slots=True, kw_only=True)
class SiggraphConfig:
    """Size of siggraph17's network.

    Attributes:
        kind: the name of the network in recipes.
        width: multiple of the published channels, above 0; 1 is the published network.
        norm: `batch` as published, or `group`, which depends on no other picture of the batch.
        mask_center: what is taken from the mask of the hints; 0 as released, 0.5 where the network
            was trained anew with its authors' later code, as InstColorization did.
    """

    kind: Literal["siggraph"] = "siggraph"
    width: float = 1.0
    norm: Norm = "batch"
    mask_center: float = 0.0

    def __post_init__(self) -> None:
        """Reject sizes that make no network."""
        check_width(self.width)


def grid_bins() -> F32:
    """List the bins of the class head: the whole grid, index 23 * a + b.

    Returns:
        (529, 2) a* and b*.

    >>> grid_bins()[:2].tolist(), grid_bins().shape
    ([[-110.0, -110.0], [-110.0, -100.0]], (529, 2))
    """
    axis = 10 * (np.arange(GRID_SIDE, dtype=np.float32) - GRID_SIDE // 2)
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)


def _convolution(inward: int, outward: int) -> nn.Conv2d:
    return nn.Conv2d(inward, outward, 3, padding=1)


def _doubling(inward: int, outward: int) -> nn.Sequential:
    return nn.Sequential(nn.ConvTranspose2d(inward, outward, 4, 2, padding=1))


class SiggraphNetwork(ColorNetwork):
    """A U-shaped network that paints at full size and takes color hints.

    The class head at 1/4 of the size trains the trunk; the colors come from the other head.
    """

    size_multiple = 8
    takes_hints = True
    temperature = 1.0

    def __init__(self, config: SiggraphConfig) -> None:
        super().__init__()
        one, two, three, four = (scaled(channels, config.width) for channels in (64, 128, 256, 512))
        norm = config.norm
        self._mask_center = config.mask_center
        self.feature_channels = four
        self.model1 = convolutions((4, one, one), norm=norm)
        self.model2 = convolutions((one, two, two), norm=norm)
        self.model3 = convolutions((two, three, three, three), norm=norm)
        self.model4 = convolutions((three, four, four, four), norm=norm)
        self.model5 = convolutions((four, four, four, four), norm=norm, dilation=2)
        self.model6 = convolutions((four, four, four, four), norm=norm, dilation=2)
        self.model7 = convolutions((four, four, four, four), norm=norm)
        self.model8up = _doubling(four, three)
        self.model3short8 = nn.Sequential(_convolution(three, three))
        self.model8 = nn.Sequential(nn.ReLU(), *convolutions((three, three, three), norm=norm))
        self.model9up = _doubling(three, two)
        self.model2short9 = nn.Sequential(_convolution(two, two))
        self.model9 = nn.Sequential(nn.ReLU(), *convolutions((two, two), norm=norm))
        self.model10up = _doubling(two, two)
        self.model1short10 = nn.Sequential(_convolution(one, two))
        self.model10 = nn.Sequential(nn.ReLU(), _convolution(two, two), nn.LeakyReLU(0.2))
        self.model_class = nn.Sequential(nn.Conv2d(three, GRID_SIDE**2, 1))
        self.model_out = nn.Sequential(nn.Conv2d(two, 2, 1), nn.Tanh())
        start_for_relu(self, heads=(self.model_class[0], self.model_out[0]))

    def bin_centers(self) -> F32:
        """Return the whole grid of bins."""
        return grid_bins()

    def forward(self, lightness: Tensor, hints: Tensor) -> NetworkOutput:
        """Predict chroma at full size and the class head's distribution at a quarter of it.

        The released forward leaves the class head unused; its training code applies it here.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100]; H and W multiples of 8.
            hints: (N, 3, H, W) a*, b* and a mask of 0 or 1; zeros where there is no hint.

        Returns:
            Chroma at full size, distribution and logits at 1/4 of it, features at 1/8.
        """
        lightness = (lightness - LIGHTNESS_CENTER) / LIGHTNESS_SCALE
        painted, mask = hints[:, :2] / CHROMA_SCALE, hints[:, 2:] - self._mask_center
        level1 = self.model1(torch.cat([lightness, painted, mask], dim=1))
        level2 = self.model2(level1[:, :, ::2, ::2])
        level3 = self.model3(level2[:, :, ::2, ::2])
        deep = self.model7(self.model6(self.model5(self.model4(level3[:, :, ::2, ::2]))))
        quarter = self.model8(self.model8up(deep) + self.model3short8(level3))
        middle = self.model9(self.model9up(quarter) + self.model2short9(level2))
        full = self.model10(self.model10up(middle) + self.model1short10(level1))
        chroma = CHROMA_SCALE * self.model_out(full).float()
        logits = self.model_class(quarter).float()
        return NetworkOutput(chroma, torch.softmax(logits, dim=1), logits, features=deep)
