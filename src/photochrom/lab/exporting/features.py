"""Turn a torch module into a feature file, and prove that both compute the same."""

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from photochrom.errors import ModelError
from photochrom.evaluation.features import METADATA_KEY, FeatureCard
from photochrom.lab.exporting.contract import write_model
from photochrom.lab.exporting.graph import strip_notes, to_graph

TOLERANCE: Final = 1e-3  # of the largest number that the network gives
_SIZES: Final = ((96, 128), (131, 97))  # (height, width) of the pictures of the proof


def write_feature_file(module: nn.Module, card: FeatureCard, target: Path) -> float:
    """Export a module as one feature file; it appears when ONNX Runtime repeats torch.

    Args:
        module: takes one picture, or the two of a pair, (N, 3, H, W) from `card.low` to
            `card.high`; any H and W when `card.size` is 0.
        card: what the file says about itself.
        target: where it goes; an existing file is replaced.

    Returns:
        The worst difference between torch and ONNX Runtime, as a share of the largest number.

    Raises:
        ModelError: they differ by more than `TOLERANCE`, or the file cannot be written.
    """
    frozen = module.eval()
    sizes = [(card.size, card.size)] if card.size else list(_SIZES)
    names = list(inspect.signature(frozen.forward).parameters)
    proto = to_graph(
        frozen,
        _pictures(card, names, count=2, size=sizes[0]),
        input_names=names,
        output_names=[card.kind],
        dynamic_shapes=tuple(_free_sides(card) for _ in names),
    )
    strip_notes(proto)
    proto.graph.name, proto.producer_name, proto.producer_version = card.kind, "photochrom", ""
    proto.metadata_props.add(key=METADATA_KEY, value=card.to_json())
    payload = proto.SerializeToString(deterministic=True)
    worst = max(_difference(frozen, payload, _pictures(card, names, 2, size)) for size in sizes)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_model(target, payload)
    return worst


def _free_sides(card: FeatureCard) -> dict[int, Any]:
    """Name the sides that may change: the batch, and height and width unless they are pinned."""
    names = ("batch",) if card.size else ("batch", None, "rows", "columns")
    return {place: torch.export.Dim(name) for place, name in enumerate(names) if name}


def _pictures(
    card: FeatureCard, names: Sequence[str], count: int, size: tuple[int, int]
) -> tuple[Tensor, ...]:
    """Draw one batch of noise for each input, in the range of the network."""
    random = torch.Generator().manual_seed(0)
    spread = card.high - card.low
    return tuple(card.low + spread * torch.rand((count, 3, *size), generator=random) for _ in names)


def _difference(module: nn.Module, payload: bytes, pictures: Sequence[Tensor]) -> float:
    """Run both; give the worst difference as a share of the largest number."""
    with torch.no_grad():
        wanted = module(*pictures).numpy()
    found = _run(payload, [each.numpy() for each in pictures])
    if wanted.shape != found.shape:
        raise ModelError(f"torch gives {wanted.shape} and ONNX Runtime {found.shape}")
    worst = float(np.abs(wanted - found).max() / max(float(np.abs(wanted).max()), 1e-12))
    if not worst <= TOLERANCE:
        raise ModelError(f"torch and ONNX Runtime differ by {worst:.2g}; {TOLERANCE:g} is allowed")
    return worst


def _run(payload: bytes, pictures: Sequence[NDArray[np.float32]]) -> NDArray[Any]:
    session = onnxruntime.InferenceSession(payload, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    try:
        output: NDArray[Any] = session.run(None, dict(zip(names, pictures, strict=True)))[0]
    except Exception as error:
        reason = str(error).split("\n", 1)[0][:200]
        raise ModelError(f"ONNX Runtime cannot run the exported network: {reason}") from error
    return output
