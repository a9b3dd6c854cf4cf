"""LPIPS: how different two pictures look, by AlexNet's features under weights learned from people.

Source: Zhang, Isola, Efros, Shechtman, Wang, arXiv:1801.03924, version 0.1; the trunk is
torchvision's `alexnet-owt-7be5be79.pth` (Krizhevsky, arXiv:1404.5997), the heads are `alex.pth` of
the package lpips. The heads were checked as they are published, the trunk by names and shapes.
"""

from typing import Final

import torch
from torch import Tensor, nn

_SHIFT: Final = (-0.030, -0.088, -0.188)  # mean and deviation of ImageNet for RGB in [-1, 1]
_SCALE: Final = (0.458, 0.448, 0.450)
_TINY: Final = 1e-10  # added to the length of a feature vector, as published
_CHANNELS: Final = (64, 192, 384, 256, 256)  # behind the five ReLUs


class LpipsAlex(nn.Module):
    """LPIPS with AlexNet; weights keep the names of the two published files."""

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.features = _alexnet()
        self.lin0, self.lin1, self.lin2, self.lin3, self.lin4 = map(_Head, _CHANNELS)
        for name, values in (("shift", _SHIFT), ("scale", _SCALE)):
            self.register_buffer(name, torch.tensor(values).reshape(3, 1, 1), persistent=False)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Measure pairs of pictures.

        Args:
            first: (N, 3, H, W) sRGB in [-1, 1]; H and W at least 35.
            second: the same shape.

        Returns:
            (N,) distances, 0 for the same picture.
        """
        heads = (self.lin0, self.lin1, self.lin2, self.lin3, self.lin4)
        pairs = zip(self._directions(first), self._directions(second), strict=True)
        parts = [
            head((one - other) ** 2).mean(dim=(1, 2, 3))
            for head, (one, other) in zip(heads, pairs, strict=True)
        ]
        return torch.stack(parts).sum(dim=0)

    def _directions(self, pictures: Tensor) -> list[Tensor]:
        """Give the feature vectors behind every ReLU, each at length 1."""
        features, maps = (pictures - self.shift) / self.scale, []
        for layer in self.features:
            features = layer(features)
            if isinstance(layer, nn.ReLU):
                length = (features**2).sum(dim=1, keepdim=True).sqrt()
                maps.append(features / (length + _TINY))
        return maps


class _Head(nn.Module):
    """One weight per channel, under the published name `model.1.weight`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.model = nn.Sequential(nn.Identity(), nn.Conv2d(channels, 1, 1, bias=False))

    def forward(self, squares: Tensor) -> Tensor:
        weighted: Tensor = self.model(squares)
        return weighted


def _alexnet() -> nn.Sequential:
    """Build AlexNet's convolutions under torchvision's names, up to the last ReLU."""
    one, two, three, four, five = _CHANNELS
    return nn.Sequential(
        nn.Conv2d(3, one, 11, stride=4, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(one, two, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(two, three, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(three, four, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(four, five, 3, padding=1),
        nn.ReLU(),
    )
