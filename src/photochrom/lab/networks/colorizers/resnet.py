"""A pretrained trunk under CIC's dilated head: the network of the ResNet-MCL paper.

The trunk is an ImageNet ResNet-50 with its last two strides replaced by dilation; the head is
blocks 5 to 8 of CIC's network.
Source: Li, Wang, Zhong, Huang, Michigan (ResNet-MCL); head as in Zhang et al., ECCV 2016.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.arrays import F32
from photochrom.color.bins import cic_bins
from photochrom.color.lab import lightness_to_gray
from photochrom.lab.networks.blocks import (
    CHROMA_SCALE,
    check_temperature,
    check_width,
    convolutions,
    quarter_head,
    scaled,
    start_for_relu,
)
from photochrom.lab.networks.judges.vgg import IMAGENET_DEVIATION, IMAGENET_MEAN
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput
from photochrom.lab.networks.trunk import STRIDE, Trunk, find_trunk, load_trunk_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class ResnetConfig:
    """Trunk and head of the network.

    Attributes:
        kind: the name of the network in recipes.
        trunk: a folder with a ResNet as Hugging Face saves it, or its name on Hugging Face.
        trunk_config: the trunk's own complete configuration, which `resolve_trunk` fills in, so
            that a model can be built again where the trunk's files are not.
        head: `bins` classifies over CIC's 313 bins, `chroma` paints a* and b* directly.
        temperature: T at which the distribution is decoded; the paper's is 1.
        width: multiple of the channels of CIC's head, above 0.
    """

    kind: Literal["resnet"] = "resnet"
    trunk: str = "microsoft/resnet-50"
    trunk_config: dict[str, Any] = field(default_factory=dict)
    head: Literal["bins", "chroma"] = "bins"
    temperature: float = 1.0
    width: float = 1.0

    def __post_init__(self) -> None:
        """Reject sizes that make no network."""
        if not self.trunk:
            raise ValueError("trunk must be a folder or a name on Hugging Face, not empty")
        check_width(self.width)
        check_temperature(self.temperature)


class ResnetNetwork(ColorNetwork):
    """A trunk at 1/8 of the size and a dilated head at 1/4.

    Args:
        config: trunk, whose `trunk_config` must be resolved, and head.

    Raises:
        InputError: the trunk's configuration is of no usable ResNet.
        ValueError: the trunk is not resolved.
    """

    mean: Tensor
    deviation: Tensor
    bins: Tensor

    def __init__(self, config: ResnetConfig) -> None:
        super().__init__()
        if not config.trunk_config:
            raise ValueError("trunk_config is empty: resolve_trunk fills it in")
        self.trunk = Trunk(config.trunk_config)
        self.size_multiple = STRIDE
        self.feature_channels = self.trunk.channels
        outputs = len(cic_bins()) if config.head == "bins" else 2
        self.head = _DilatedHead(self.trunk.channels, outputs, config.width)
        self.temperature = config.temperature if config.head == "bins" else None
        self._constant("mean", torch.tensor(IMAGENET_MEAN).reshape(3, 1, 1))
        self._constant("deviation", torch.tensor(IMAGENET_DEVIATION).reshape(3, 1, 1))
        self._constant("bins", torch.from_numpy(cic_bins().copy()))

    def _constant(self, name: str, values: Tensor) -> None:
        self.register_buffer(name, values, persistent=False)

    def bin_centers(self) -> F32 | None:
        """Return CIC's bins; None with the head `chroma`."""
        return None if self.temperature is None else cic_bins()

    def forward(self, lightness: Tensor) -> NetworkOutput:
        """Predict chroma and its distribution.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100]; H and W multiples of `size_multiple`.

        Returns:
            Chroma, distribution and logits at 1/4 of the size, the trunk's features at 1/8.
        """
        gray = lightness_to_gray(lightness)
        features = self.trunk((gray - self.mean) / self.deviation)
        output = self.head(features).float()
        if self.temperature is None:
            return NetworkOutput(CHROMA_SCALE * output, features=features)
        annealed = torch.softmax(output / self.temperature, dim=1)
        chroma = F.conv2d(annealed, self.bins.T[:, :, None, None]).float()
        return NetworkOutput(chroma, torch.softmax(output, dim=1), output, features=features)


class _DilatedHead(nn.Sequential):
    """Blocks 5 to 8 of CIC's network on top of a reduction of the channels."""

    def __init__(self, channels: int, outputs: int, width: float) -> None:
        narrow, wide = scaled(256, width), scaled(512, width)
        painter = quarter_head(wide, narrow, outputs)
        super().__init__(
            nn.Sequential(nn.Conv2d(channels, wide, 1), nn.ReLU(), nn.BatchNorm2d(wide)),
            convolutions((wide, wide, wide, wide), dilation=2),
            convolutions((wide, wide, wide, wide), dilation=2),
            convolutions((wide, wide, wide, wide)),
            *painter,
        )
        start_for_relu(self, heads=(painter[-1],))


def resolve_trunk(config: ResnetConfig) -> tuple[ResnetConfig, Path | None, str]:
    """Look for the trunk's files and write its own configuration into the network's.

    Args:
        config: names the trunk.

    Returns:
        The complete configuration, the folder with pretrained weights or None, and a sentence that
        says which it is.

    Raises:
        InputError: the trunk is not here, is no ResNet, or comes with code or pickles only.
    """
    found = find_trunk(config.trunk)
    return replace(config, trunk_config=found.settings), found.folder, found.remark


def load_trunk(network: ColorNetwork, folder: Path) -> None:
    """Load pretrained weights into the trunk of a network, strictly.

    Args:
        network: a `ResnetNetwork` whose configuration was resolved from the folder.
        folder: as `resolve_trunk` gives it.

    Raises:
        ModelError: the weights cannot be read, or are those of another trunk.
        TypeError: the network has no trunk.
    """
    if not isinstance(network, ResnetNetwork):
        raise TypeError(f"{type(network).__name__} has no trunk")
    load_trunk_weights(network.trunk, folder)
