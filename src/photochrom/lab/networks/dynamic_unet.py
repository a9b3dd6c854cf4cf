"""Blocks of fastai's dynamic U-Net with spectral norm, which DeOldify and DDColor are built of.

Source: fastai 1 and DeOldify, layers and names of the published checkpoints. The blur after a pixel
shuffle is applied at every one, as in the fastai that both were trained with (1.0.5x; 1.0.61 leaves
it out at the last one of DeOldify).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.lab.networks.folding import NormedConv2d, WeightNorm


def normed_convolution(
    inward: int,
    outward: int,
    side: int = 3,
    *,
    relu: bool = True,
    batch_norm: bool = True,
    norm: WeightNorm = "spectral",
) -> nn.Sequential:
    """Build a convolution whose weight was published with a norm, then ReLU, then a batch norm.

    Args:
        inward: channels that go in.
        outward: channels that come out.
        side: of the kernel in pixels; the padding keeps the size.
        relu: whether there is one.
        batch_norm: whether there is one; the convolution has a bias where there is not.
        norm: of the weight.

    Returns:
        The layers, with the names 0, 1, …
    """
    convolution = NormedConv2d(inward, outward, side, padding=side // 2, bias=not batch_norm)
    convolution.published_norm = norm
    layers: list[nn.Module] = [convolution]
    if relu:
        layers.append(nn.ReLU())
    if batch_norm:
        layers.append(nn.BatchNorm2d(outward))
    return nn.Sequential(*layers)


class ShuffledEnlargement(nn.Module):
    """A pixel shuffle that makes features finer, and a blur over 2 x 2 against its checkerboard.

    Args:
        inward: channels that go in.
        outward: channels that come out.
        scale: how much larger height and width become.
        batch_norm: whether a batch norm follows the convolution.
        norm: of its weight.
    """

    def __init__(
        self,
        inward: int,
        outward: int,
        *,
        scale: int = 2,
        batch_norm: bool = True,
        norm: WeightNorm = "spectral",
    ) -> None:
        super().__init__()
        self.scale = scale
        self.conv = normed_convolution(
            inward, outward * scale**2, 1, relu=False, batch_norm=batch_norm, norm=norm
        )

    def forward(self, features: Tensor) -> Tensor:
        """(N, inward, h, w) -> (N, outward, scale h, scale w)."""
        fine = F.pixel_shuffle(torch.relu(self.conv(features)), self.scale)
        return F.avg_pool2d(F.pad(fine, (1, 0, 1, 0), mode="replicate"), 2, stride=1)


class WideBlock(nn.Module):
    """One step up of the U: enlarge, join with the features of that size, convolve.

    Args:
        below: channels of what comes from below.
        skip: channels of the encoder's features at twice the size.
        outward: channels of the enlarged features, and of what comes out.
    """

    def __init__(self, below: int, skip: int, outward: int) -> None:
        super().__init__()
        self.shuf = ShuffledEnlargement(below, outward)
        self.bn = nn.BatchNorm2d(skip)
        self.conv = normed_convolution(outward + skip, outward)

    def forward(self, below: Tensor, skip: Tensor) -> Tensor:
        """(N, below, h, w) and (N, skip, 2 h, 2 w) -> (N, outward, 2 h, 2 w)."""
        joined: Tensor = self.conv(torch.relu(torch.cat([self.shuf(below), self.bn(skip)], dim=1)))
        return joined
