"""What every network of the lab gives, and what it says about itself."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from photochrom.arrays import F32


class NetworkOutput(NamedTuple):
    """What a network predicts; the sides of each part are fixed fractions of the input's.

    Attributes:
        chroma: (N, 2, h, w) a* and b*, about [-110, 110].
        distribution: (N, Q, h2, w2) probabilities over the network's bins, sum 1; None when the
            network does not classify.
        logits: (N, Q, h2, w2) float32, whose softmax the distribution is.
        rgb_lightness: (N, 1, h, w) L* in [0, 100] of networks that paint RGB; None elsewhere.
        features: (N, C, h3, w3) the end of the trunk, which an auxiliary label head pools.
    """

    chroma: Tensor
    distribution: Tensor | None = None
    logits: Tensor | None = None
    rgb_lightness: Tensor | None = None
    features: Tensor | None = None


class ColorNetwork(nn.Module):
    """Lightness in, a prediction out: the base of every network.

    `forward` takes (N, 1, H, W) L* in [0, 100] and, when the network takes hints, (N, 3, H, W)
    a*, b* and a mask of 0 or 1; normalization happens inside.

    Attributes:
        size_multiple: what H and W must be multiples of.
        feature_channels: of the prediction's features.
        takes_hints: whether `forward` has a second argument, the hints.
        paints_lightness: whether the prediction has `rgb_lightness`.
        temperature: T at which the distribution is decoded; None without a distribution.
        additions: beginnings of the names of weights that have no effect while they are fresh, so
            that a network may start from a model that lacks them.
        idle: weights that were published beside the network's own and play no part; those that
            are not on the meta device must be exactly these.
    """

    size_multiple: int
    feature_channels: int
    takes_hints: bool = False
    paints_lightness: bool = False
    temperature: float | None = None
    additions: tuple[str, ...] = ()
    idle: Mapping[str, Tensor] = MappingProxyType({})

    __call__: Callable[..., NetworkOutput]

    @property
    def has_batch_statistics(self) -> bool:
        """Whether a picture's prediction depends, in training, on the others of its batch."""
        return any(isinstance(part, _BatchNorm) for part in self.modules())

    def bin_centers(self) -> F32 | None:
        """Return the (Q, 2) a* and b* of the classes; None when the network does not classify."""
        return None
