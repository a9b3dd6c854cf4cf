"""The trunk: an ImageNet ResNet as one feature map at 1/8 of the size, and where its weights lie.

Its strides beyond 1/8 are replaced by dilation. Weights have the names that Hugging Face's ResNets
have; they come from a folder or from Hugging Face's cache, training never uses the network. The
files are hostile until checked: weights are read as safetensors only, code is never run.
Source: dilation as in Yu et al., CVPR 2017 (dilated residual networks), in the à trous form: every
eighth pixel, the features are exactly those of the network with strides.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.errors import InputError, ModelError
from photochrom.lab.networks.weights_file import complaint, read_weights_file
from photochrom.texts import parse_json

STRIDE: Final = 8  # pixels per feature

_CONFIG: Final = "config.json"
_WEIGHTS: Final = "model.safetensors"
_PICKLES: Final = (".bin", ".pt", ".pth", ".ckpt")
_PREFIX: Final = "resnet."  # of the trunk's weights in a file that has a head as well
_HEAD: Final = "classifier."
_DEFAULTS: Final[Mapping[str, Any]] = {  # of Hugging Face's ResNets
    "embedding_size": 64,
    "hidden_sizes": [256, 512, 1024, 2048],
    "depths": [3, 4, 6, 3],
    "layer_type": "bottleneck",
    "hidden_act": "relu",
    "num_channels": 3,
    "downsample_in_first_stage": False,
    "downsample_in_bottleneck": False,
}
_ONLY: Final[Mapping[str, tuple[Any, ...]]] = {
    "layer_type": ("basic", "bottleneck"),
    "hidden_act": ("relu",),
    "num_channels": (3,),
}
_SMALL: Final = {"layer_type": "basic", "hidden_sizes": [64, 128, 256, 512]}
_KNOWN: Final[Mapping[str, Mapping[str, Any]]] = {
    "microsoft/resnet-18": {**_SMALL, "depths": [2, 2, 2, 2]},
    "microsoft/resnet-26": {"depths": [2, 2, 2, 2]},
    "microsoft/resnet-34": _SMALL,
    "microsoft/resnet-50": {},
    "microsoft/resnet-101": {"depths": [3, 4, 23, 3]},
    "microsoft/resnet-152": {"depths": [3, 8, 36, 3]},
}


class Trunk(nn.Module):
    """A ResNet whose features come at 1/8 of the size.

    Args:
        settings: plain Hugging Face configuration of a ResNet.

    Attributes:
        channels: of the features.

    Raises:
        InputError: the configuration is of no usable trunk.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()
        about = complete_settings(settings)
        self.channels: int = about["hidden_sizes"][-1]
        stem = _unit(3, about["embedding_size"], 7, stride=2)
        stages = nn.ModuleList(
            nn.ModuleDict({"layers": nn.Sequential(*blocks)}) for blocks in _stages(about)
        )
        self.backbone = nn.ModuleDict(
            {
                "embedder": nn.Sequential(OrderedDict(embedder=stem)),
                "encoder": nn.ModuleDict({"stages": stages}),
            }
        )
        for part in self.backbone.modules():
            if isinstance(part, nn.Conv2d):
                nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute features.

        Args:
            pixels: (N, 3, H, W) normalized as ImageNet's; H and W multiples of `STRIDE`.

        Returns:
            (N, C, H/8, W/8).
        """
        features = F.max_pool2d(F.relu(self.backbone["embedder"](pixels)), 3, 2, 1)
        for block in self.backbone.modules():
            if isinstance(block, _Block):
                features = block(features)
        return features


class _Block(nn.Module):
    """Convolutions beside a shortcut."""

    def __init__(self, shortcut: nn.Module, units: list[nn.Module]) -> None:
        super().__init__()
        self.shortcut = shortcut
        self.layer = nn.ModuleList(units)

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, h, w) -> (N, C', h', w')."""
        branch = features
        for place, unit in enumerate(self.layer):
            branch = unit(F.relu(branch) if place else branch)
        return F.relu(branch + self.shortcut(features))


def _unit(inward: int, outward: int, side: int, *, stride: int = 1, dilation: int = 1) -> nn.Module:
    """Build a convolution and its norm; the padding keeps the size."""
    convolution = nn.Conv2d(
        inward, outward, side, stride, dilation * (side // 2), dilation, bias=False
    )
    norm = nn.BatchNorm2d(outward)
    return nn.Sequential(OrderedDict(convolution=convolution, normalization=norm))


def _stages(about: Mapping[str, Any]) -> Iterator[list[nn.Module]]:
    """Build the blocks of each stage, with dilation for the strides beyond 1/8."""
    stride, dilation = 4, 1  # behind the stem
    inward = about["embedding_size"]
    is_early = about["downsample_in_bottleneck"]
    for number, (width, depth) in enumerate(
        zip(about["hidden_sizes"], about["depths"], strict=True)
    ):
        blocks: list[nn.Module] = []
        for place in range(depth):
            is_step = place == 0 and (number > 0 or about["downsample_in_first_stage"])
            step = 2 if is_step else 1
            plan = [(inward, width, 3, step), (width, width, 3, 1)]
            if about["layer_type"] == "bottleneck":
                narrow = width // 4
                steps = (step, 1) if is_early else (1, step)
                plan = [(inward, narrow, 1, steps[0]), (narrow, narrow, 3, steps[1])]
                plan.append((narrow, width, 1, 1))
            is_fine = stride < STRIDE
            units = []
            for before, after, side, own in plan:
                kept = own if is_fine else 1
                units.append(_unit(before, after, side, stride=kept, dilation=dilation))
                stride, dilation = stride * kept, dilation * own // kept
            shortcut: nn.Module = nn.Identity()
            if is_step or inward != width:
                shortcut = _unit(inward, width, 1, stride=step if is_fine else 1)
            blocks.append(_Block(shortcut, units))
            inward = width
        yield blocks


def complete_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Take of a Hugging Face configuration what describes a ResNet, with its defaults.

    Args:
        settings: the content of a `config.json`; code that it names is never run.

    Returns:
        Plain JSON values.

    Raises:
        InputError: the configuration is of no usable trunk.
    """
    kind = settings.get("model_type")
    if kind != "resnet":
        remedy = "give a resnet; code of its own is never run"
        raise InputError(f"trunk: model type {kind} is no backbone that is known here: {remedy}")
    complete = {name: settings.get(name, default) for name, default in _DEFAULTS.items()}
    for name, value in complete.items():
        if not _is_possible(name, value):
            what = f"{name} is {str(value)[:80]}"
            raise InputError(f"trunk has an impossible configuration and cannot be built: {what}")
    if not len(complete["depths"]) == len(complete["hidden_sizes"]) > 1:
        raise InputError(
            "trunk cannot be built: it needs two hidden_sizes or more, and their depths"
        )
    return {"model_type": kind, **complete}


def _is_possible(name: str, value: Any) -> bool:
    """Tell whether a setting has a value that a ResNet can have."""
    default = _DEFAULTS[name]
    if type(value) is not type(default) or value not in _ONLY.get(name, (value,)):
        return False
    if isinstance(default, bool | str):
        return True
    sizes = value if isinstance(value, list) else [value]
    least = 4 if name == "hidden_sizes" else 1  # a bottleneck has a quarter of the channels
    return all(type(size) is int and least <= size <= 10_000 for size in sizes)


class FoundTrunk(NamedTuple):
    """What is known of a trunk.

    Attributes:
        settings: its complete Hugging Face configuration.
        folder: where its pretrained weights are; None when they are not here.
        remark: what a person should know about that, in one sentence.
    """

    settings: dict[str, Any]
    folder: Path | None
    remark: str


def find_trunk(trunk: str) -> FoundTrunk:
    """Look for a trunk: a folder, then Hugging Face's cache.

    Args:
        trunk: a folder with `config.json` and, if pretrained, `model.safetensors`; or a name on
            Hugging Face whose files were downloaded before. The ResNets of Microsoft are known by
            name without any file.

    Returns:
        The trunk, without weights when there are none.

    Raises:
        InputError: it is not here, is no ResNet, or comes with code or pickles only.
    """
    folder = Path(trunk).expanduser()
    if not folder.is_dir():
        cached = _cached(trunk)
        if cached is None and trunk not in _KNOWN:
            raise InputError(
                f"no trunk {trunk}: give a folder with {_CONFIG} and {_WEIGHTS}, a name on"
                f" Hugging Face whose files are here (`hf download` fetches them), or one"
                f" of {', '.join(_KNOWN)}, which may start without"
            )
        if cached is None:
            remark = f"trunk {trunk}: its files are not here, so it starts from random weights"
            settings = complete_settings({"model_type": "resnet", **_KNOWN[trunk]})
            return FoundTrunk(settings, None, remark)
        folder = cached
    settings = complete_settings(_read_settings(folder))
    if (folder / _WEIGHTS).exists():
        return FoundTrunk(settings, folder, f"trunk {trunk}: pretrained weights from {folder}")
    pickles = sorted(path.name for path in folder.iterdir() if path.suffix in _PICKLES)
    if pickles:
        raise InputError(
            f"trunk {trunk}: {pickles[0]} is a pickle, which may hold code; save the weights as"
            f" {_WEIGHTS}"
        )
    remark = f"trunk {trunk}: there are no weights, so it starts from random ones"
    return FoundTrunk(settings, None, remark)


def _cached(name: str) -> Path | None:
    """Find the weights of a name in Hugging Face's cache; None when they are not there."""
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415

    try:
        found = try_to_load_from_cache(name, _WEIGHTS)
    except ValueError:  # no name at all
        return None
    return Path(found).parent if isinstance(found, str) else None


def _read_settings(folder: Path) -> dict[str, Any]:
    try:
        settings = parse_json((folder / _CONFIG).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"trunk {folder} has no readable {_CONFIG}: {error}") from error
    if not isinstance(settings, dict):
        raise InputError(f"trunk {folder}: {_CONFIG} is not a table of names and values")
    return settings


def load_trunk_weights(trunk: Trunk, folder: Path) -> None:
    """Load pretrained weights into a trunk, strictly; the head that they were trained with is left.

    Args:
        trunk: as the folder's configuration describes it.
        folder: with `model.safetensors`.

    Raises:
        ModelError: the weights cannot be read, or are those of another trunk.
    """
    wanted = trunk.backbone.state_dict()
    given = {}
    for name, weight in read_weights_file(folder / _WEIGHTS).items():
        short = name.removeprefix(_PREFIX)
        if not name.startswith(_HEAD):
            given[short if short in wanted else name] = weight
    if wrong := complaint(wanted, given):
        raise ModelError(f"trunk {folder}: its weights do not fit its {_CONFIG}: {wrong}")
    trunk.backbone.load_state_dict(given, strict=True)
