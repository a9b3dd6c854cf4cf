"""Networks that tell photographs from colorized pictures."""

from abc import abstractmethod
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from photochrom.lab.auditor.settings import NetworkName

_LUMA: Final = (0.2126, 0.7152, 0.0722)  # of gamma-coded sRGB; exact enough to part light and color


class AuditorNetwork(nn.Module):
    """A network whose logits are those of being a photograph."""

    has_map: bool = False

    @abstractmethod
    def logit_map(self, picture: Tensor) -> Tensor:
        """Map (n, 3, size, size) sRGB in [0, 1] to (n, 1, h, w) logits of its places."""

    def forward(self, picture: Tensor) -> Tensor:
        """Map (n, 3, size, size) sRGB in [0, 1] to (n,) logits: the mean of the places."""
        return self.logit_map(picture).mean(dim=(1, 2, 3))


class PaperNetwork(AuditorNetwork):
    """The network of the Discriminator paper (Mu and Lee).

    Convolutions of 32, 32 and 64 channels (3 x 3 without borders, ReLU, each with a 2 x 2
    max-pool), 64 dense units, dropout 0.5, one logit; on sRGB in [0, 1].

    Args:
        size: side of the pictures in pixels, 150 in the paper.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3) for before, after in ((3, 32), (32, 32), (32, 64))
        )
        side = size
        for _ in self.convolutions:
            side = (side - 2) // 2
        self.dense = nn.Linear(64 * side * side, 64)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(64, 1)

    def logit_map(self, picture: Tensor) -> Tensor:
        """Give one logit for the whole picture, (n, 1, 1, 1)."""
        features = picture
        for convolution in self.convolutions:
            features = F.max_pool2d(F.relu(convolution(features)), 2)
        hidden = F.relu(self.dense(features.flatten(1)))
        logit: Tensor = self.head(self.dropout(hidden))
        return logit[..., None, None]


class PatchNetwork(AuditorNetwork):
    """A small fully convolutional network: every patch votes, and the mean of the votes decides.

    It sees lightness sharp, and of color the mean of every block: finer color tells more of how a
    file was once compressed, and of which network painted it, than of whether its colors are right.

    Args:
        color_block: side of these blocks in pixels.
        widths: channels, from fine to coarse.
    """

    has_map = True

    def __init__(self, color_block: int, widths: tuple[int, int, int] = (32, 64, 96)) -> None:
        super().__init__()
        self.color_block = color_block
        fine, middle, coarse = widths
        self.stem = _block(3, fine, 4, stride=2, padding=1)
        self.down = _block(fine, middle, 3, stride=2, padding=1)
        self.widen = _block(middle, coarse, 3, padding=1)
        self.context = nn.ModuleList(
            _block(coarse, coarse, 3, padding=reach, dilation=reach) for reach in (2, 4)
        )
        self.head = nn.Conv2d(coarse, 1, 1)
        luma = torch.tensor(_LUMA).reshape(1, 3, 1, 1)
        self.register_buffer("luma", luma, persistent=False)

    def logit_map(self, picture: Tensor) -> Tensor:
        """Give a logit for every place, a quarter of the size: (n, 1, size/4, size/4)."""
        features = self.widen(self.down(self.stem(self._parted(picture))))
        for block in self.context:
            features = features + block(features)
        logits: Tensor = self.head(features)
        return logits

    def _parted(self, picture: Tensor) -> Tensor:
        """Part lightness from color, and give every block its mean color."""
        luma = self.get_buffer("luma")
        light = (picture * luma).sum(dim=1, keepdim=True)
        color = (picture - light)[:, 0::2]
        pooled = F.avg_pool2d(color, self.color_block)
        coarse = F.interpolate(pooled, scale_factor=float(self.color_block), mode="nearest")
        return torch.cat([2 * light - 1, 4 * coarse], dim=1)


def _block(before: int, after: int, side: int, **geometry: int) -> nn.Sequential:
    convolution = nn.Conv2d(before, after, side, bias=False, **geometry)  # type: ignore[arg-type]
    return nn.Sequential(convolution, nn.BatchNorm2d(after), nn.LeakyReLU(0.1))


def build_auditor(name: NetworkName, size: int, color_block: int) -> AuditorNetwork:
    """Build a network with seeded random weights (seed torch first).

    Args:
        name: "paper" or "patch".
        size: side of the pictures in pixels.
        color_block: side in pixels of the blocks of which "patch" sees the mean color.
    """
    return PaperNetwork(size) if name == "paper" else PatchNetwork(color_block)
