"""The network of "Colorful Image Colorization" as released in PyTorch (eccv16).

82 state-dict entries, 32,236,011 parameters, 41.8 GMAC at 256 x 256.
Source: Zhang, Isola, Efros, ECCV 2016, arXiv:1603.08511; layers and names of the published
checkpoint `colorization_release_v2-9b330a0b.pth`.
"""

from dataclasses import dataclass
from typing import Final, Literal

import torch
from torch import Tensor, nn

from photochrom.arrays import F32
from photochrom.color.bins import cic_bins
from photochrom.lab.networks.blocks import (
    CHROMA_SCALE,
    Norm,
    check_temperature,
    check_width,
    convolutions,
    quarter_head,
    scaled,
    start_for_relu,
)
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput

LIGHTNESS_CENTER: Final = 50.0
LIGHTNESS_SCALE: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CicConfig:
    """Size and head of CIC's network.

    Attributes:
        kind: the name of the network in recipes.
        width: multiple of the published channels, above 0; 1 is the published network.
        head: `bins` classifies over 313 bins, `chroma` paints a* and b* directly, as the paper's
            L2 baseline does.
        temperature: T at which the distribution is decoded; the paper's is 0.38, the released
            network leaves the distribution as it is (1).
        norm: `batch` as published, or `group`, which depends on no other picture of the batch.
    """

    kind: Literal["cic"] = "cic"
    width: float = 1.0
    head: Literal["bins", "chroma"] = "bins"
    temperature: float = 0.38
    norm: Norm = "batch"

    def __post_init__(self) -> None:
        """Reject sizes that make no network."""
        check_width(self.width)
        check_temperature(self.temperature)


class CicNetwork(ColorNetwork):
    """CIC's dilated trunk at 1/8 of the size and its head at 1/4.

    The last layer of the classifier is its decoder: its weights are the bins, and do not train.
    """

    size_multiple = 8

    def __init__(self, config: CicConfig) -> None:
        super().__init__()
        one, two, three, four = (scaled(channels, config.width) for channels in (64, 128, 256, 512))
        norm = config.norm
        self.feature_channels = four
        self.model1 = convolutions((1, one, one), norm=norm, stride=2)
        self.model2 = convolutions((one, two, two), norm=norm, stride=2)
        self.model3 = convolutions((two, three, three, three), norm=norm, stride=2)
        self.model4 = convolutions((three, four, four, four), norm=norm)
        self.model5 = convolutions((four, four, four, four), norm=norm, dilation=2)
        self.model6 = convolutions((four, four, four, four), norm=norm, dilation=2)
        self.model7 = convolutions((four, four, four, four), norm=norm)
        self.model8 = quarter_head(four, three, len(cic_bins()) if config.head == "bins" else 2)
        start_for_relu(self, heads=(self.model8[-1],))
        if config.head == "bins":
            self.temperature = config.temperature
            decoder = nn.Conv2d(len(cic_bins()), 2, 1, bias=False).requires_grad_(False)
            centers = torch.from_numpy(cic_bins() / CHROMA_SCALE)
            decoder.weight.copy_(centers.T[:, :, None, None])
            self.model_out = decoder  # turns a distribution into its mean chroma, and is fixed

    def bin_centers(self) -> F32 | None:
        """Return CIC's bins; None with the head `chroma`."""
        return None if self.temperature is None else cic_bins()

    def forward(self, lightness: Tensor) -> NetworkOutput:
        """Predict chroma and its distribution.

        The released code enlarges chroma four times (bilinear) before it returns it; here
        geometry stays outside, and the caller enlarges.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100]; H and W multiples of 8.

        Returns:
            Chroma, distribution and logits at 1/4 of the size, features at 1/8.
        """
        features = (lightness - LIGHTNESS_CENTER) / LIGHTNESS_SCALE
        for block in (self.model1, self.model2, self.model3, self.model4):
            features = block(features)
        trunk = self.model7(self.model6(self.model5(features)))
        output = self.model8(trunk).float()
        if self.temperature is None:
            return NetworkOutput(CHROMA_SCALE * output, features=trunk)
        annealed = torch.softmax(output / self.temperature, dim=1)
        chroma = CHROMA_SCALE * self.model_out(annealed).float()
        return NetworkOutput(chroma, torch.softmax(output, dim=1), output, features=trunk)
