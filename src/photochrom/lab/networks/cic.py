"""The network of "Colorful Image Colorization" as released in PyTorch (eccv16).

82 state-dict entries, 32,236,011 parameters, 41.8 GMAC at 256 x 256.
Source: Zhang, Isola, Efros, ECCV 2016, arXiv:1603.08511; layers and names of the published
checkpoint `colorization_release_v2-9b330a0b.pth`.
"""

from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn

SIZE_MULTIPLE: Final = 8
CHROMA_SCALE: Final = 110.0  # a*, b* per unit of the network
LIGHTNESS_CENTER: Final = 50.0
LIGHTNESS_SCALE: Final = 100.0

BIN_COUNT: Final = 313


def convolutions(channels: tuple[int, ...], *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Build one block: 3 x 3 convolutions with ReLU, then a batch norm.

    Args:
        channels: what goes in, then what each convolution gives.
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
    return nn.Sequential(*layers, nn.BatchNorm2d(channels[-1]))


class CicNetwork(nn.Module):
    """CIC's classifier over 313 bins and its linear decoder, both at a quarter of the size."""

    def __init__(self) -> None:
        super().__init__()
        self.model1 = convolutions((1, 64, 64), stride=2)
        self.model2 = convolutions((64, 128, 128), stride=2)
        self.model3 = convolutions((128, 256, 256, 256), stride=2)
        self.model4 = convolutions((256, 512, 512, 512))
        self.model5 = convolutions((512, 512, 512, 512), dilation=2)
        self.model6 = convolutions((512, 512, 512, 512), dilation=2)
        self.model7 = convolutions((512, 512, 512, 512))
        self.model8 = nn.Sequential(
            nn.ConvTranspose2d(512, 256, 4, 2, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, BIN_COUNT, 1),
        )
        self.model_out = nn.Conv2d(BIN_COUNT, 2, 1, bias=False)

    def forward(self, lightness: Tensor) -> dict[str, Tensor]:
        """Predict chroma and its distribution; no temperature is applied, as released.

        The released code enlarges chroma four times (bilinear) before it returns it; here
        geometry stays outside, and the caller enlarges.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100]; H and W multiples of 8.

        Returns:
            `chroma` (N, 2, H/4, W/4), a* and b*; `distribution` (N, 313, H/4, W/4), sum 1.
        """
        features = (lightness - LIGHTNESS_CENTER) / LIGHTNESS_SCALE
        for block in (self.model1, self.model2, self.model3, self.model4):
            features = block(features)
        for block in (self.model5, self.model6, self.model7, self.model8):
            features = block(features)
        distribution = torch.softmax(features, dim=1)
        return {
            "chroma": self.model_out(distribution) * CHROMA_SCALE,
            "distribution": distribution,
        }
