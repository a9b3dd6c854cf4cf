"""The plain convolutional network of the Deep-CNN paper: 16 layers, no skips, no norms.

The layers are counted as Keras lists them: the input, nine 3 x 3 convolutions with ReLU, then
enlarge, convolve, enlarge, convolve, convolve to 2 channels with tanh, enlarge.
Source: Aguilar Gomez, Alaskari, Rivera, and the tutorial network that it follows (Wallner 2017).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from torch import Tensor, nn

from photochrom.lab.networks.blocks import CHROMA_SCALE, check_width, scaled, start_for_relu
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput

_CHANNELS: Final = (64, 64, 128, 128, 256, 256, 512, 256, 128)
_STRIDES: Final = (1, 2, 1, 2, 1, 2, 1, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainConfig:
    """Size of the plain network.

    Attributes:
        kind: the name of the network in recipes.
        width: multiple of the paper's channels, above 0; 1 is the paper's network.
    """

    kind: Literal["plain"] = "plain"
    width: float = 1.0

    def __post_init__(self) -> None:
        """Reject sizes that make no network."""
        check_width(self.width)


class PlainNetwork(ColorNetwork):
    """Down to 1/8 of the size and up again; lightness goes in as L* / 100."""

    size_multiple = 8

    def __init__(self, config: PlainConfig) -> None:
        super().__init__()
        channels = [1, *(scaled(count, config.width) for count in _CHANNELS)]
        middle, last = scaled(64, config.width), scaled(32, config.width)
        head = nn.Conv2d(last, 2, 3, padding=1)
        self.feature_channels = channels[-1]
        self.encode = nn.Sequential(
            *(
                _convolution(inward, outward, stride)
                for (inward, outward), stride in zip(pairwise(channels), _STRIDES, strict=True)
            )
        )
        self.decode = nn.Sequential(
            _Doubling(),
            _convolution(channels[-1], middle),
            _Doubling(),
            _convolution(middle, last),
            head,
            nn.Tanh(),
            _Doubling(),
        )
        start_for_relu(self, heads=(head,))

    def forward(self, lightness: Tensor) -> NetworkOutput:
        """Predict chroma.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100]; H and W multiples of 8.

        Returns:
            Chroma at full size, features at 1/8 of it.
        """
        features = self.encode(lightness / 100)
        return NetworkOutput(CHROMA_SCALE * self.decode(features).float(), features=features)


def _convolution(inward: int, outward: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inward, outward, 3, stride, padding=1), nn.ReLU())


class _Doubling(nn.Upsample):
    """Repeat every row and column."""

    def __init__(self) -> None:
        super().__init__(scale_factor=2, mode="nearest")
