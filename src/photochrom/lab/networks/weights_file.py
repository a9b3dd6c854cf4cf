"""Read weights that others published: as plain numbers, never as code."""

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile, is_zipfile

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from photochrom.errors import ModelError

_UNREADABLE: Final = (
    SafetensorError,
    BadZipFile,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
)
_CONTAINERS: Final = (("params",), ("model",), ("model", "opt"))  # BasicSR; plain ones; fastai 1


def read_weights_file(source: Path) -> dict[str, Tensor]:
    """Read a file of weights, `.safetensors` or a PyTorch checkpoint; code in it is refused.

    A checkpoint may keep its weights under `params`, or under `model` with fastai's state of the
    optimizer, `opt`, beside them.

    Returns:
        Name to tensor, on the CPU.

    Raises:
        ModelError: the file is missing, damaged, of another kind, or holds more than weights.
    """
    read = load_file if source.suffix == ".safetensors" else _read_checkpoint
    try:
        loaded = read(source)
    except FileNotFoundError as error:
        raise ModelError(f"no weights at {source}") from error
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"{source} is not a PyTorch checkpoint of plain weights; nothing in it was run"
        ) from error
    except _UNREADABLE as error:
        raise ModelError(f"{source} cannot be read as weights: {_reason(error)}") from error
    if isinstance(loaded, Mapping) and tuple(loaded) in _CONTAINERS:
        loaded = loaded[next(iter(loaded))]
    if not isinstance(loaded, Mapping) or not all(_is_weight(*item) for item in loaded.items()):
        raise ModelError(f"{source} is not a plain table of names and weights")
    return dict(loaded)


def _read_checkpoint(source: Path) -> Any:
    if is_zipfile(source):
        with ZipFile(source) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
        if unpacked > source.stat().st_size:
            raise ValueError(f"it would unpack to {unpacked} bytes, and PyTorch never packs")
    with warnings.catch_warnings(), torch.serialization.safe_globals([slice]):
        # `slice`, which runs nothing, is in the optimizer's state of fastai's files
        warnings.simplefilter("ignore")  # torch's remarks on odd pickles: ours follow
        return torch.load(source, map_location="cpu", weights_only=True)


def _reason(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:120] or type(error).__name__


def _is_weight(name: Any, value: Any) -> bool:
    is_plain = isinstance(value, Tensor) and value.layout is torch.strided
    return is_plain and isinstance(name, str) and not value.is_quantized


def complaint(wanted: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> str:
    """Name what is wrong with a state dict in one line; empty when nothing is.

    Returns:
        How many weights are missing, unknown, of another shape or not finite, and the first of
        each.

    >>> complaint({"a": torch.zeros(2), "b": torch.zeros(2)}, {"a": torch.zeros(3)})
    '1 missing (first b), 1 of another shape (first a is (3,) instead of (2,))'
    """
    both = [name for name in wanted if name in found]
    fitting = [name for name in both if found[name].shape == wanted[name].shape]
    shapes = [
        f"{name} is {tuple(found[name].shape)} instead of {tuple(wanted[name].shape)}"
        for name in both
        if name not in fitting
    ]
    wrong = {
        "missing": [name for name in wanted if name not in found],
        "unknown": [name for name in found if name not in wanted],
        "of another shape": shapes,
        "not finite": [name for name in fitting if not bool(found[name].isfinite().all())],
    }
    parts = [f"{len(names)} {what} (first {names[0]})" for what, names in wrong.items() if names]
    return ", ".join(parts)
