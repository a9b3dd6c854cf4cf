"""VGG-16 as a classifier: does it still see in a colored picture what the photograph shows?

CIC measures its colorizer so ("semantic interpretability").
Source: Simonyan and Zisserman, arXiv:1409.1556, configuration D; names and shapes of torchvision's
`vgg16-397923af.pth`, and its recipe: the middle 224 x 224 of 256 x 256.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.lab.networks.judges import vgg

SIDE: Final = 256  # pixels of the square that is cut
_CUT: Final = 224
_GRID: Final = 7  # the last feature map of 224 pixels
_WIDE: Final = 4096


class VggClassifier(nn.Module):
    """VGG-16 without batch norms, under torchvision's names.

    Args:
        classes: how many it tells apart.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features, _ = vgg.build_features(has_norms=False)
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
        for name, values in (("mean", vgg.IMAGENET_MEAN), ("deviation", vgg.IMAGENET_DEVIATION)):
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
