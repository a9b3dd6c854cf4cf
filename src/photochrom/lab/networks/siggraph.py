"""The network of "Real-Time User-Guided Image Colorization" as released in PyTorch (siggraph17).

107 state-dict entries, 34,187,027 parameters, 75.2 GMAC at 256 x 256.
Source: Zhang et al., SIGGRAPH 2017, arXiv:1705.02999; layers and names of the published
checkpoint `siggraph17-df00044c.pth`.
"""

from typing import Final

import torch
from torch import Tensor, nn

from photochrom.lab.networks.cic import (
    CHROMA_SCALE,
    LIGHTNESS_CENTER,
    LIGHTNESS_SCALE,
    convolutions,
)

GRID_SIDE: Final = 23  # bins run from -110 to 110 in steps of 10 on both axes


def grid_bins() -> tuple[tuple[float, float], ...]:
    """List the bins of the class head: the whole grid, index 23 * a + b.

    Returns:
        529 pairs of a* and b*.

    >>> grid_bins()[0], grid_bins()[1], len(grid_bins())
    ((-110.0, -110.0), (-110.0, -100.0), 529)
    """
    axis = [10.0 * (place - GRID_SIDE // 2) for place in range(GRID_SIDE)]
    return tuple((a, b) for a in axis for b in axis)


def _convolution(inward: int, outward: int) -> nn.Conv2d:
    return nn.Conv2d(inward, outward, 3, padding=1)


def _doubling(inward: int, outward: int) -> nn.Sequential:
    return nn.Sequential(nn.ConvTranspose2d(inward, outward, 4, 2, padding=1))


class SiggraphNetwork(nn.Module):
    """A U-shaped network that paints at full size and takes color hints."""

    def __init__(self) -> None:
        super().__init__()
        self.model1 = convolutions((4, 64, 64))
        self.model2 = convolutions((64, 128, 128))
        self.model3 = convolutions((128, 256, 256, 256))
        self.model4 = convolutions((256, 512, 512, 512))
        self.model5 = convolutions((512, 512, 512, 512), dilation=2)
        self.model6 = convolutions((512, 512, 512, 512), dilation=2)
        self.model7 = convolutions((512, 512, 512, 512))
        self.model8up = _doubling(512, 256)
        self.model3short8 = nn.Sequential(_convolution(256, 256))
        self.model8 = nn.Sequential(nn.ReLU(), *convolutions((256, 256, 256)))
        self.model9up = _doubling(256, 128)
        self.model2short9 = nn.Sequential(_convolution(128, 128))
        self.model9 = nn.Sequential(nn.ReLU(), *convolutions((128, 128)))
        self.model10up = _doubling(128, 128)
        self.model1short10 = nn.Sequential(_convolution(64, 128))
        self.model10 = nn.Sequential(nn.ReLU(), _convolution(128, 128), nn.LeakyReLU(0.2))
        self.model_class = nn.Sequential(nn.Conv2d(256, GRID_SIDE**2, 1))
        self.model_out = nn.Sequential(nn.Conv2d(128, 2, 1), nn.Tanh())

    def forward(self, lightness: Tensor, hints: Tensor) -> dict[str, Tensor]:
        """Predict chroma at full size and the class head's distribution at a quarter of it.

        The released forward leaves the class head unused; its training code applies it here.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100]; H and W multiples of 8.
            hints: (N, 3, H, W) a*, b* and a mask of 0 or 1; zeros where there is no hint.

        Returns:
            `chroma` (N, 2, H, W), a* and b*; `distribution` (N, 529, H/4, W/4), sum 1.
        """
        lightness = (lightness - LIGHTNESS_CENTER) / LIGHTNESS_SCALE
        painted, mask = hints[:, :2] / CHROMA_SCALE, hints[:, 2:]
        level1 = self.model1(torch.cat([lightness, painted, mask], dim=1))
        level2 = self.model2(level1[:, :, ::2, ::2])
        level3 = self.model3(level2[:, :, ::2, ::2])
        deep = self.model7(self.model6(self.model5(self.model4(level3[:, :, ::2, ::2]))))
        quarter = self.model8(self.model8up(deep) + self.model3short8(level3))
        middle = self.model9(self.model9up(quarter) + self.model2short9(level2))
        full = self.model10(self.model10up(middle) + self.model1short10(level1))
        return {
            "chroma": self.model_out(full) * CHROMA_SCALE,
            "distribution": torch.softmax(self.model_class(quarter), dim=1),
        }
