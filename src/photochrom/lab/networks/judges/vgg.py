"""VGG-16: its features, for the perceptual loss of users who bring its weights, and its classes.

Source: Simonyan and Zisserman, arXiv:1409.1556, configuration D; names of torchvision's files
`vgg16-397923af.pth` and `vgg16_bn-6c64b313.pth`.
"""

from pathlib import Path
from typing import Final, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.errors import ModelError
from photochrom.lab.networks.weights_file import complaint, read_weights_file

IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)  # of sRGB in [0, 1]
IMAGENET_DEVIATION: Final = (0.229, 0.224, 0.225)

_CHANNELS: Final = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
_PREFIX: Final = "features."


class VggFeatures(nn.Module):
    """Five feature maps of VGG-16, with batch norms when the weights have them; it never learns.

    Args:
        weights: a `.pth` or `.safetensors` file of torchvision's `vgg16` or `vgg16_bn`; what is in
            it beside `features.*` (the classifier) is left alone.

    Raises:
        ModelError: the file cannot be read as plain weights, or is of another network.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, weights: Path) -> None:
        super().__init__()
        found = read_weights_file(weights)
        features = {name: value for name, value in found.items() if name.startswith(_PREFIX)}
        has_norms = any(name.endswith("running_mean") for name in features)
        self.features, self._taps = build_features(has_norms=has_norms)
        wrong = complaint(self.state_dict(), features)
        if wrong:
            raise ModelError(f"{weights} is no VGG-16 of torchvision: {wrong}")
        self.load_state_dict(features, strict=True)
        self.requires_grad_(False)
        self._constant("mean", IMAGENET_MEAN)
        self._constant("deviation", IMAGENET_DEVIATION)
        self.train(False)

    def _constant(self, name: str, values: tuple[float, ...]) -> None:
        self.register_buffer(name, torch.tensor(values).reshape(3, 1, 1), persistent=False)

    def train(self, mode: bool = True) -> Self:
        """Stay in evaluation, so that training around it leaves its statistics as they are."""
        return super().train(False)

    def forward(self, rgb: Tensor) -> tuple[Tensor, ...]:
        """Give the features after relu1_2, relu2_2, relu3_3, relu4_3 and relu5_3.

        Args:
            rgb: (N, 3, H, W) sRGB in [0, 1]; H and W at least 16.

        Returns:
            Five maps: 64, 128, 256, 512 and 512 channels at 1, 1/2, 1/4, 1/8 and 1/16 of the size.
        """
        maps = []
        features = (rgb - self.mean) / self.deviation
        for place, layer in enumerate(self.features):
            features = layer(features)
            if place in self._taps:
                maps.append(features)
        return tuple(maps)


def build_features(*, has_norms: bool) -> tuple[nn.Sequential, frozenset[int]]:
    """Build VGG-16's convolutions, up to the last ReLU.

    Args:
        has_norms: whether a batch norm follows every convolution, as in `vgg16_bn`.

    Returns:
        The layers under torchvision's names, and the places behind which maps are taken.
    """
    layers: list[nn.Module] = []
    taps: set[int] = set()
    inward = 3
    for block in _CHANNELS:
        if taps:
            layers.append(nn.MaxPool2d(2))
        for outward in block:
            layers.append(nn.Conv2d(inward, outward, 3, padding=1))
            if has_norms:
                layers.append(nn.BatchNorm2d(outward))
            layers.append(nn.ReLU())
            inward = outward
        taps.add(len(layers) - 1)
    return nn.Sequential(*layers), frozenset(taps)


SIDE: Final = 256  # pixels of the square that is cut
_CUT: Final = 224
_GRID: Final = 7  # the last feature map of 224 pixels
_WIDE: Final = 4096


class VggClassifier(nn.Module):
    """VGG-16 without batch norms, under torchvision's names."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features, _ = build_features(has_norms=False)
        channels = [layer for layer in self.features if isinstance(layer, nn.Conv2d)][-1]
        self.classifier = nn.Sequential(
            nn.Linear(channels.out_channels * _GRID**2, _WIDE),
            nn.ReLU(),
            nn.Identity(),  # dropout, in training
            nn.Linear(_WIDE, _WIDE),
            nn.ReLU(),
            nn.Identity(),
            nn.Linear(_WIDE, classes),
        )
        for name, values in (("mean", IMAGENET_MEAN), ("deviation", IMAGENET_DEVIATION)):
            self.register_buffer(name, torch.tensor(values).reshape(3, 1, 1), persistent=False)

    def forward(self, pictures: Tensor) -> Tensor:
        """Score every class.

        Args:
            pictures: (N, 3, 256, 256) sRGB in [0, 1].

        Returns:
            (N, classes) logits.
        """
        edge = (SIDE - _CUT) // 2
        cut = pictures[:, :, edge : edge + _CUT, edge : edge + _CUT]
        features = self.features((cut - self.mean) / self.deviation)
        scores: Tensor = self.classifier(F.max_pool2d(features, 2).flatten(1))
        return scores
