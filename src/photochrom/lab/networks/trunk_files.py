"""Where trunks come from: a folder, or Hugging Face's cache. Training never uses the network.

The files are hostile until checked: weights are read as safetensors only, code is never run.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch
from safetensors import SafetensorError

from photochrom.errors import InputError, ModelError
from photochrom.lab.networks.trunk import Trunk, complete_settings, quiet
from photochrom.lab.networks.weights_file import complaint
from photochrom.texts import parse_json

_WEIGHTS: Final = "model*.safetensors"
_FILES: Final = ("config.json", _WEIGHTS, "model.safetensors.index.json")
_FRESH: Final = "hidden_states_norms."
_PICKLES: Final = (".bin", ".pt", ".pth", ".ckpt")

_SMALL, _LARGE = [64, 128, 256, 512], [256, 512, 1024, 2048]
_RESNETS: Final = {
    "microsoft/resnet-18": ("basic", _SMALL, [2, 2, 2, 2]),
    "microsoft/resnet-26": ("bottleneck", _LARGE, [2, 2, 2, 2]),
    "microsoft/resnet-34": ("basic", _SMALL, [3, 4, 6, 3]),
    "microsoft/resnet-50": ("bottleneck", _LARGE, [3, 4, 6, 3]),
    "microsoft/resnet-101": ("bottleneck", _LARGE, [3, 4, 23, 3]),
    "microsoft/resnet-152": ("bottleneck", _LARGE, [3, 8, 36, 3]),
}


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
        InputError: it is not here, is no backbone, or comes with code or pickles only.
    """
    folder = Path(trunk).expanduser()
    if not folder.is_dir():
        found = _hub_folder(trunk)
        if found is None:
            return _well_known(trunk)
        folder = found
    settings = complete_settings(_read_settings(folder))
    if any(folder.glob(_WEIGHTS)):
        return FoundTrunk(settings, folder, f"trunk {trunk}: pretrained weights from {folder}")
    pickles = sorted(path.name for path in folder.iterdir() if path.suffix in _PICKLES)
    if pickles:
        raise InputError(
            f"trunk {trunk}: {pickles[0]} is a pickle, which may hold code; save the weights as"
            " model.safetensors"
        )
    remark = f"trunk {trunk}: there are no weights, so it starts from random ones"
    return FoundTrunk(settings, None, remark)


def _well_known(trunk: str) -> FoundTrunk:
    if trunk not in _RESNETS:
        raise InputError(
            f"no trunk {trunk}: give a folder with config.json and model.safetensors, a name on"
            f" Hugging Face whose files are here (`hf download` fetches them), or one"
            f" of {', '.join(_RESNETS)}, which may start without"
        )
    kind, widths, depths = _RESNETS[trunk]
    settings = {
        "model_type": "resnet",
        "layer_type": kind,
        "hidden_sizes": widths,
        "depths": depths,
    }
    remark = f"trunk {trunk}: its files are not here, so it starts from random weights"
    return FoundTrunk(complete_settings(settings), None, remark)


def _hub_folder(name: str) -> Path | None:
    """Find the files of a name in Hugging Face's cache; None when they are not there."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415

    try:
        with quiet():
            folder = Path(
                snapshot_download(name, allow_patterns=list(_FILES), local_files_only=True)
            )
    except (OSError, ValueError):  # unknown, or no name at all
        return None
    return folder if any(folder.glob(_WEIGHTS)) else None


def _read_settings(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        settings = parse_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"trunk {folder} has no readable config.json: {error}") from error
    if not isinstance(settings, dict):
        raise InputError(f"trunk {folder}: config.json is not a table of names and values")
    return settings


def load_trunk_weights(trunk: Trunk, folder: Path) -> None:
    """Load pretrained weights into a trunk, strictly.

    The head that they were trained with is left alone; the norms that transformers adds behind a
    backbone's stages start fresh, as nobody publishes them.

    Args:
        trunk: as the folder's configuration describes it.
        folder: with `model.safetensors`, or several such files and their index.

    Raises:
        ModelError: the weights cannot be read, or are those of another trunk.
    """
    backbone: Any = trunk.backbone
    try:
        with quiet():
            loaded, report = type(backbone).from_pretrained(
                folder,
                config=backbone.config,
                attn_implementation="eager",
                dtype=torch.float32,
                ignore_mismatched_sizes=True,  # and reported, which is refused below
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
            )
    except (SafetensorError, OSError, RuntimeError, ValueError, LookupError) as error:
        reason = " ".join(str(error).split())[:160]
        raise ModelError(f"trunk {folder}: its weights cannot be read: {reason}") from error
    wanted, found = backbone.state_dict(), loaded.state_dict()
    fitting = {name: value for name, value in found.items() if name in wanted}
    wrong = _misfits(backbone, report) or complaint(wanted, fitting)
    if wrong:
        raise ModelError(f"trunk {folder}: its weights do not fit its config.json: {wrong}")
    backbone.load_state_dict(fitting, strict=True)


def _misfits(backbone: Any, report: Mapping[str, Any]) -> str:
    """Name what files lack, hold in another shape or hold beyond the trunk; empty if nothing."""
    parts = {name for name, _ in backbone.named_children()}
    prefix = f"{backbone.base_model_prefix}."
    surplus = {
        name
        for name in report["unexpected_keys"]
        if {name.split(".")[0], name.removeprefix(prefix).split(".")[0]} & parts
    }
    wrong = {
        "missing": {key for key in report["missing_keys"] if not key.startswith(_FRESH)},
        "of another shape": {key for key, *_ in report["mismatched_keys"]},
        "unknown": surplus,
    }
    named = [f"{len(keys)} {what} (first {min(keys)})" for what, keys in wrong.items() if keys]
    return ", ".join(named)
