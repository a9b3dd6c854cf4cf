"""Trunks: any Hugging Face backbone as one feature map at 1/8 of the size.

ResNets have their strides beyond 1/8 replaced by dilation; of other backbones, convolutional or
transformer, the last three feature maps are brought to 1/8 and stacked.
Source: dilation as in Yu et al., CVPR 2017 (dilated residual networks), in the à trous form: every
eighth pixel, the features are exactly those of the network with strides.
"""

import json
import logging
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.errors import InputError

STRIDE: Final = 8  # pixels per feature

_PROBE_SIDE: Final = 224  # a multiple of all usual strides and patches: 4, 8, 14, 16, 28, 32
_STACKED_MAPS: Final = 3

# What a configuration says about anything but the architecture; some of it could fetch code.
_IGNORED: Final = frozenset(
    {
        "architectures", "attn_implementation", "auto_map", "dtype", "id2label", "label2id",
        "problem_type", "quantization_config", "torch_dtype", "transformers_version",
    }
)  # fmt: skip
_FOREIGN: Final = (
    RuntimeError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    ImportError,
    OSError,
)


class Trunk(nn.Module):
    """A backbone whose features come at 1/8 of the size.

    Args:
        settings: plain Hugging Face configuration of a backbone, `model_type` among its keys.

    Attributes:
        channels: of the features.
        size_multiple: what height and width must be multiples of.

    Raises:
        InputError: the configuration is of no usable backbone.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()
        maps, idle = _probe(settings)
        if any(_PROBE_SIDE % features.shape[-1] for features in maps):
            raise InputError(f"trunk {settings['model_type']}: its features fit no grid of pixels")
        strides = [_PROBE_SIDE // features.shape[-1] for features in maps]
        self.channels = sum(features.shape[1] for features in maps)
        self.size_multiple = math.lcm(STRIDE, *strides)
        self.backbone = _build(settings)
        for name in idle:  # files cannot hold them, and processes that train together would wait
            owner, _, key = name.rpartition(".")
            self.backbone.get_submodule(owner).register_parameter(key, None)

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute features.

        Args:
            pixels: (N, 3, H, W) normalized as ImageNet's; H and W multiples of `size_multiple`.

        Returns:
            (N, C, H/8, W/8).
        """
        size = (pixels.shape[2] // STRIDE, pixels.shape[3] // STRIDE)
        maps = _feature_maps(self.backbone, pixels)
        if len(maps) == 1:
            return maps[0]
        scaled = [F.interpolate(part, size, mode="bilinear", align_corners=False) for part in maps]
        return torch.cat(scaled, dim=1)


def complete_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Complete a Hugging Face configuration with its defaults.

    Args:
        settings: the content of a `config.json`; code that it names is never run.

    Returns:
        Plain JSON values that describe the architecture and nothing else.

    Raises:
        InputError: the configuration is of no usable backbone.
    """
    with quiet(), _plain_errors("has an impossible configuration"):
        text = _configuration(settings).to_json_string(use_diff=False)
    return _architecture(json.loads(text))


def _architecture(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in settings.items()
        if key not in _IGNORED and not key.startswith("_")
    }


def _configuration(settings: Mapping[str, Any]) -> Any:
    """Turn plain values into a Hugging Face configuration that asks for the right feature maps."""
    transformers = _transformers()
    kinds, backbones = transformers.CONFIG_MAPPING, transformers.MODEL_FOR_BACKBONE_MAPPING
    kind = str(settings.get("model_type"))
    if kind not in kinds or kinds[kind] not in backbones or kind == "timm_backbone":
        remedy = "give one such as resnet, convnext, swin or dinov2; code of its own is never run"
        raise InputError(f"trunk: model type {kind} is no backbone of transformers; {remedy}")
    outputs = ("out_features", "out_indices")
    plain = {k: v for k, v in _architecture(settings).items() if k not in outputs}
    configuration = kinds[kind].from_dict(plain)
    last = len(configuration.stage_names)
    first = last - 1 if kind == "resnet" else max(0, last - _STACKED_MAPS)
    configuration.out_indices = list(range(first, last))
    return configuration


def _build(settings: Mapping[str, Any]) -> nn.Module:
    """Build a backbone with fresh weights."""
    with quiet(), _plain_errors("cannot be built"):
        configuration, factory = _configuration(settings), _transformers().AutoBackbone
        backbone: nn.Module = factory.from_config(configuration, attn_implementation="eager")
    if settings["model_type"] == "resnet":
        _dilate(backbone)
    return backbone


def _probe(settings: Mapping[str, Any]) -> tuple[tuple[Tensor, ...], list[str]]:
    """Run a backbone without numbers.

    Returns:
        Its feature maps, of which only the shapes count, and the names of the weights that no
        feature depends on.
    """
    with torch.device("meta"), torch.enable_grad(), quiet(), _plain_errors("cannot be run"):
        backbone = _build(settings).eval()
        maps = _feature_maps(backbone, torch.zeros(1, 3, _PROBE_SIDE, _PROBE_SIDE))
        total = torch.stack([features.sum() for features in maps]).sum()
        names, weights = zip(*backbone.named_parameters(), strict=True)
        slopes: tuple[Tensor | None, ...] = torch.autograd.grad(total, weights, allow_unused=True)
    return maps, [name for name, slope in zip(names, slopes, strict=True) if slope is None]


def _feature_maps(backbone: nn.Module, pixels: Tensor) -> tuple[Tensor, ...]:
    maps: tuple[Tensor, ...] = backbone(pixel_values=pixels).feature_maps
    return maps


def _dilate(backbone: Any) -> None:
    """Replace the strides of a ResNet beyond 1/8 by dilation of all that follows."""
    stride, dilation = 4, 1  # behind the stem
    blocks = [block for stage in backbone.encoder.stages for block in stage.layers]
    for block in blocks:
        is_fine = stride < STRIDE
        for convolution in _convolutions(block.layer):
            convolution.dilation = (dilation, dilation)
            convolution.padding = tuple(dilation * (side // 2) for side in convolution.kernel_size)
            if convolution.stride != (1, 1):
                stride, dilation = (2 * stride, dilation) if is_fine else (stride, 2 * dilation)
        if not is_fine:
            for convolution in _convolutions(block):
                convolution.stride = (1, 1)


def _convolutions(block: nn.Module) -> Iterator[nn.Conv2d]:
    return (part for part in block.modules() if isinstance(part, nn.Conv2d))


def _transformers() -> Any:
    """Import transformers when it is needed: that takes seconds."""
    return import_module("transformers")


@contextmanager
def _plain_errors(what: str) -> Iterator[None]:
    """Turn what transformers and torch say about a bad configuration into one line."""
    from huggingface_hub.errors import StrictDataclassError  # noqa: PLC0415

    try:
        yield
    except (*_FOREIGN, StrictDataclassError) as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise InputError(f"trunk {what}: {reason}") from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the remarks and progress bars of transformers and its downloads from the user."""
    remarks = _transformers().utils.logging
    hub = logging.getLogger("huggingface_hub")
    level, verbosity = hub.level, remarks.get_verbosity()
    has_bars = remarks.is_progress_bar_enabled()
    hub.setLevel(logging.ERROR)
    remarks.set_verbosity_error()
    remarks.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        hub.setLevel(level)
        remarks.set_verbosity(verbosity)
        if has_bars:
            remarks.enable_progress_bar()
