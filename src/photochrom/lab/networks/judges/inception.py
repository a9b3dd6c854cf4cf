"""Inception as FID was defined on it: Google's weights of December 2015, in PyTorch's names.

It differs from torchvision's Inception v3: means at the border leave the padding out, and the last
block takes a maximum where all others take a mean.
Source: Szegedy et al., arXiv:1512.00567; Heusel et al., arXiv:1706.08500; names and shapes of
`pt_inception-2015-12-05-6726825d.pth`, which pytorch-fid and torch-fidelity publish.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIDE: Final = 299  # pixels that the network was trained on
_EPSILON: Final = 1e-3  # of the batch norms


class FidInception(nn.Module):
    """The features behind the last pooling, 2048 numbers for a picture of any size."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = _unit(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = _unit(32, 32, 3, padding=0)
        self.Conv2d_2b_3x3 = _unit(32, 64, 3)
        self.Conv2d_3b_1x1 = _unit(64, 80, 1)
        self.Conv2d_4a_3x3 = _unit(80, 192, 3, padding=0)
        self.Mixed_5b = _block_a(192, 32)
        self.Mixed_5c = _block_a(256, 64)
        self.Mixed_5d = _block_a(288, 64)
        self.Mixed_6a = _block_b(288)
        self.Mixed_6b = _block_c(128)
        self.Mixed_6c = _block_c(160)
        self.Mixed_6d = _block_c(160)
        self.Mixed_6e = _block_c(192)
        self.Mixed_7a = _block_d(768)
        self.Mixed_7b = _block_e(1280, _mean_pooling())
        self.Mixed_7c = _block_e(2048, nn.MaxPool2d(3, stride=1, padding=1))

    def forward(self, pictures: Tensor) -> Tensor:
        """Give the features of pictures.

        Pictures are brought to 299 x 299 as pytorch-fid does it: bilinearly between pixel centers,
        without antialiasing.

        Args:
            pictures: (N, 3, H, W) sRGB in [-1, 1].

        Returns:
            (N, 2048).
        """
        features = F.interpolate(pictures, (SIDE, SIDE), mode="bilinear", align_corners=False)
        for stem in (self.Conv2d_1a_3x3, self.Conv2d_2a_3x3, self.Conv2d_2b_3x3):
            features = stem(features)
        features = F.max_pool2d(features, 3, stride=2)
        features = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(features))
        features = F.max_pool2d(features, 3, stride=2)
        for block in self.children():
            if isinstance(block, _Block):
                features = block(features)
        return features.mean(dim=(2, 3))


class _Block(nn.Module):
    """Branches side by side, wired as their published names say.

    `branch5x5_2` follows `branch5x5_1`; `branch3x3_2a` and `branch3x3_2b` both follow
    `branch3x3_1`; `branch_pool`, where there is one, follows the pooling.

    Args:
        units: by published name, in the order of the output's channels.
        pooling: of the last branch.
    """

    def __init__(self, units: Mapping[str, nn.Module], pooling: nn.Module) -> None:
        super().__init__()
        for name, unit in units.items():
            self.add_module(name, unit)
        self.pooling = pooling
        self._pooled = ("branch_pool",) if "branch_pool" in units else ()
        names = [name for name in units if name not in self._pooled]
        self._branches = [
            [list(step) for _, step in groupby(branch, _step)]
            for branch in (
                list(group) for _, group in groupby(names, lambda name: name.partition("_")[0])
            )
        ]

    def forward(self, features: Tensor) -> Tensor:
        parts = [part for branch in self._branches for part in self._follow(branch, features)]
        pooled = self.pooling(features)
        for name in self._pooled:
            pooled = self.get_submodule(name)(pooled)
        return torch.cat([*parts, pooled], dim=1)

    def _follow(self, branch: list[list[str]], features: Tensor) -> Iterator[Tensor]:
        """Run a branch; a fork at its end gives two parts."""
        *path, last = branch
        for (name,) in path:
            features = self.get_submodule(name)(features)
        for name in last:
            yield self.get_submodule(name)(features)


def _step(name: str) -> str:
    """Tell a step of a branch: 3a and 3b are one."""
    return name.partition("_")[2].rstrip("ab")


class _Unit(nn.Module):
    """A convolution, its norm and a ReLU."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv
        self.bn = nn.BatchNorm2d(conv.out_channels, eps=_EPSILON)

    def forward(self, features: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(features)))


def _unit(
    inward: int,
    outward: int,
    kernel: int | tuple[int, int],
    *,
    stride: int = 1,
    padding: int | None = None,
) -> _Unit:
    """Build a unit that keeps the size, unless it strides or the padding is given."""
    rows, columns = (kernel, kernel) if isinstance(kernel, int) else kernel
    same = (rows // 2, columns // 2) if stride == 1 else 0
    around = same if padding is None else padding
    return _Unit(
        nn.Conv2d(inward, outward, (rows, columns), stride=stride, padding=around, bias=False)
    )


def _mean_pooling() -> nn.Module:
    return nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)


def _block_a(inward: int, pooled: int) -> _Block:
    units = {
        "branch1x1": _unit(inward, 64, 1),
        "branch5x5_1": _unit(inward, 48, 1),
        "branch5x5_2": _unit(48, 64, 5),
        "branch3x3dbl_1": _unit(inward, 64, 1),
        "branch3x3dbl_2": _unit(64, 96, 3),
        "branch3x3dbl_3": _unit(96, 96, 3),
        "branch_pool": _unit(inward, pooled, 1),
    }
    return _Block(units, _mean_pooling())


def _block_b(inward: int) -> _Block:
    units = {
        "branch3x3": _unit(inward, 384, 3, stride=2),
        "branch3x3dbl_1": _unit(inward, 64, 1),
        "branch3x3dbl_2": _unit(64, 96, 3),
        "branch3x3dbl_3": _unit(96, 96, 3, stride=2),
    }
    return _Block(units, nn.MaxPool2d(3, stride=2))


def _block_c(narrow: int, inward: int = 768) -> _Block:
    flat, tall = (1, 7), (7, 1)
    units = {
        "branch1x1": _unit(inward, 192, 1),
        "branch7x7_1": _unit(inward, narrow, 1),
        "branch7x7_2": _unit(narrow, narrow, flat),
        "branch7x7_3": _unit(narrow, 192, tall),
        "branch7x7dbl_1": _unit(inward, narrow, 1),
        "branch7x7dbl_2": _unit(narrow, narrow, tall),
        "branch7x7dbl_3": _unit(narrow, narrow, flat),
        "branch7x7dbl_4": _unit(narrow, narrow, tall),
        "branch7x7dbl_5": _unit(narrow, 192, flat),
        "branch_pool": _unit(inward, 192, 1),
    }
    return _Block(units, _mean_pooling())


def _block_d(inward: int) -> _Block:
    units = {
        "branch3x3_1": _unit(inward, 192, 1),
        "branch3x3_2": _unit(192, 320, 3, stride=2),
        "branch7x7x3_1": _unit(inward, 192, 1),
        "branch7x7x3_2": _unit(192, 192, (1, 7)),
        "branch7x7x3_3": _unit(192, 192, (7, 1)),
        "branch7x7x3_4": _unit(192, 192, 3, stride=2),
    }
    return _Block(units, nn.MaxPool2d(3, stride=2))


def _block_e(inward: int, pooling: nn.Module) -> _Block:
    units = {
        "branch1x1": _unit(inward, 320, 1),
        "branch3x3_1": _unit(inward, 384, 1),
        "branch3x3_2a": _unit(384, 384, (1, 3)),
        "branch3x3_2b": _unit(384, 384, (3, 1)),
        "branch3x3dbl_1": _unit(inward, 448, 1),
        "branch3x3dbl_2": _unit(448, 384, 3),
        "branch3x3dbl_3a": _unit(384, 384, (1, 3)),
        "branch3x3dbl_3b": _unit(384, 384, (3, 1)),
        "branch_pool": _unit(inward, 192, 1),
    }
    return _Block(units, pooling)
