"""Turn a torch module into a contract file, and prove that both compute the same.

Every exported model, trained here or published elsewhere, goes through `write_contract`.
"""

import copy
import inspect
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from photochrom.errors import ModelError
from photochrom.lab.exporting.graph import (
    finish,
    prove,
    put_first,
    to_graph,
    trace_graph,
    write_model,
)
from photochrom.models.card import Card
from photochrom.models.contract import METADATA_KEY, read_contract

_CHROMA_TOLERANCE: Final = 0.01  # a*, b* units: 1e-4 of the range of about 110
_PROBABILITY_TOLERANCE: Final = 1e-4
TOLERANCES: Final = {  # by output, in their order, below which torch and ONNX Runtime may differ
    "chroma": _CHROMA_TOLERANCE,
    "distribution": _PROBABILITY_TOLERANCE,
    "label_probability": _PROBABILITY_TOLERANCE,
    "object_mask": _PROBABILITY_TOLERANCE,
    "rgb_lightness": _CHROMA_TOLERANCE,
}

EXAMPLE_SIZES: Final = ((64, 96), (128, 128))  # (height, width) of the pictures of the proof

_INPUT_CHANNELS: Final = {"lightness": 1, "hints": 3, "labels": 1}
_SIDE_NAMES: Final = {
    "lightness": ("H", "W"),
    "hints": ("H", "W"),
    "labels": ("H", "W"),
    "distribution": ("h2", "w2"),
}
_HALF_FROM_ELEMENTS: Final = 512  # biases and norms are small and decide much: they stay float32
_HALF_MAX: Final = float(np.finfo(np.float16).max)


def write_contract(  # noqa: PLR0913 - what is written, how, and how it is proved
    module: nn.Module,
    card: Card,
    target: Path,
    *,
    half: bool,
    traced: bool = False,
    tolerance: float = _CHROMA_TOLERANCE,
    example_sizes: Sequence[tuple[int, int]] = EXAMPLE_SIZES,
) -> float:
    """Export a module as one contract file, and prove that ONNX Runtime computes what torch does.

    Initializers keep their names in `module.state_dict()`, batch norms stay as they are, and the
    target appears only when the proof has succeeded. An existing target is replaced.

    Args:
        module: `forward(lightness)` takes (N, 1, H, W) L* and returns `chroma`, the pair
            `chroma, distribution`, or outputs by name (a named tuple or dict; what is None or
            unknown to the contract, such as logits, is left out). Further inputs of the contract
            (`hints`, `labels`) are recognized by the names of its parameters.
        card: what the file says about itself.
        target: where the file goes.
        half: store the large weights as float16; the proof is then against the rounded weights.
        traced: export with `trace_graph`, for deep networks that take `to_graph` minutes.
        tolerance: a*, b* and L* units by which torch and ONNX Runtime may differ.
        example_sizes: (height, width) of the pictures of the proof, rounded up to the card's
            `size_multiple`.

    Returns:
        The worst difference between torch and ONNX Runtime in a*, b* units.

    Raises:
        ModelError: torch and ONNX Runtime differ by the tolerance, a weight lost its name or
            does not fit into float16, the result breaks the contract, or it cannot be
            written.
    """
    frozen = copy.deepcopy(module).to("cpu", torch.float32).eval()
    weights = frozen.state_dict()
    for name in _half_names(frozen) if half else ():
        largest = float(weights[name].abs().max())
        if not largest <= _HALF_MAX:
            raise ModelError(f"weight {name} reaches {largest:g}, which float16 cannot hold")
        weights[name].copy_(weights[name].half().float())  # shares memory with the module
    multiple = card.size_multiple
    sizes = [
        (-(-high // multiple) * multiple, -(-wide // multiple) * multiple)
        for high, wide in example_sizes
    ]
    largest = max(max(size) for size in sizes)
    proto = _export(frozen, card.size_multiple, at_least=largest, traced=traced)
    stored = {item.name for item in proto.graph.initializer}
    named = [name for name in frozen.state_dict() if not name.endswith("num_batches_tracked")]
    lost = [name for name in named if name not in stored]  # counters of batch norms play no part
    if lost:
        raise ModelError(f"the exporter lost {len(lost)} weights, the first is {lost[0]}")
    if half:
        _store_as_half(proto, set(_half_names(frozen)))
    _name_sides(proto.graph)
    payload = finish(proto, name=card.name, key=METADATA_KEY, card=card.to_json())
    read_contract(payload)
    random = torch.Generator().manual_seed(1)
    cases = (
        {name: _example(name, count, size, random) for name in _input_names(frozen)}
        for count, size in enumerate(sizes, start=1)
    )
    allowed = {**TOLERANCES, "chroma": tolerance, "rgb_lightness": tolerance}
    worst = prove(payload, lambda **inputs: named_outputs(frozen(**inputs)), cases, allowed)
    write_model(target, payload)
    return worst["chroma"]


def read_weights(source: Path | bytes) -> dict[str, Tensor]:
    """Read the weights of a contract file under their training names.

    Args:
        source: a contract file, or its bytes.

    Returns:
        Name to tensor, float16 widened to float32. The exporter's own constants, if any, are among
        them; the counters `num_batches_tracked` of batch norms are not stored.
    """
    payload = source if isinstance(source, bytes) else source.read_bytes()
    proto = onnx.load_model_from_string(payload)
    arrays = {item.name: onnx.numpy_helper.to_array(item) for item in proto.graph.initializer}
    weights = {name: torch.tensor(array) for name, array in arrays.items()}
    return {n: w.float() if w.dtype == torch.float16 else w for n, w in weights.items()}


def _half_names(module: nn.Module) -> Iterator[str]:
    for name, value in module.state_dict().items():
        is_large = value.numel() >= _HALF_FROM_ELEMENTS and value.ndim > 1
        if value.is_floating_point() and is_large:
            yield name


def _input_names(module: nn.Module) -> list[str]:
    names = list(inspect.signature(module.forward).parameters)
    unknown = [name for name in names if name not in _INPUT_CHANNELS]
    if unknown or names[:1] != ["lightness"]:
        raise TypeError(f"forward must take lightness, then hints or labels; it takes {names}")
    return names


def _example(name: str, count: int, size: tuple[int, int], random: torch.Generator) -> Tensor:
    shape = (count, _INPUT_CHANNELS[name], *size)
    if name == "labels":
        return torch.zeros(shape, dtype=torch.int64)
    values = torch.rand(shape, generator=random)
    if name == "lightness":
        return 100 * values
    mask = (values[:, 2:] > 0.9).float()
    return torch.cat([(120 * values[:, :2] - 60) * mask, mask], dim=1)


def named_outputs(result: Any) -> dict[str, Tensor]:
    """Give every output its name, in the order of the graph; what is None is no output."""
    if hasattr(result, "_asdict"):
        result = result._asdict()
    if isinstance(result, Mapping):
        return {name: value for name, value in result.items() if value is not None}
    values = result if isinstance(result, tuple) else (result,)
    return dict(zip(TOLERANCES, values[:2], strict=False))


def _export(module: nn.Module, size_multiple: int, *, at_least: int, traced: bool) -> Any:
    names = _input_names(module)
    side = size_multiple * max(2, -(-at_least // size_multiple))
    random = torch.Generator().manual_seed(0)
    examples = tuple(_example(name, 2, (side, side + size_multiple), random) for name in names)
    with torch.no_grad():
        outputs = named_outputs(module(*examples))
    if traced:
        proto = trace_graph(
            module,
            examples,
            input_names=names,
            output_names=list(outputs),
            free_sides=dict.fromkeys(names, (0, 2, 3)),
        )
        for value in proto.graph.output:  # whose channels are guessed, and guessed wrong, by onnx
            value.type.tensor_type.shape.dim[1].dim_value = outputs[value.name].shape[1]
        return proto
    batch, rows, columns = (torch.export.Dim(name) for name in ("batch", "rows", "columns"))
    if size_multiple > 1:
        rows, columns = size_multiple * rows, size_multiple * columns
    return to_graph(
        module,
        examples,
        input_names=names,
        output_names=list(outputs),
        dynamic_shapes=tuple({0: batch, 2: rows, 3: columns} for _ in names),
    )


def _store_as_half(proto: Any, names: set[str]) -> None:
    """Store weights as float16, each widened again by a Cast at the head of the graph."""
    graph = proto.graph
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name in names:
                node.input[place] = f"{name}.float32"
    casts = []
    for item in graph.initializer:
        if item.name in names:
            array = onnx.numpy_helper.to_array(item).astype(np.float16)
            item.CopyFrom(onnx.numpy_helper.from_array(array, item.name))
            wide = f"{item.name}.float32"
            casts.append(
                onnx.helper.make_node(
                    "Cast", [item.name], [wide], name=wide, to=onnx.TensorProto.FLOAT
                )
            )
    put_first(graph, casts)


def _name_sides(graph: Any) -> None:
    """Drop outputs that the contract does not know, and name the free sides of the others."""
    for value in [value for value in graph.output if value.name not in TOLERANCES]:
        graph.output.remove(value)
    for value in (*graph.input, *graph.output):
        sides = ("N", None, *_SIDE_NAMES.get(value.name, ("h", "w")))
        for dim, side in zip(value.type.tensor_type.shape.dim, sides, strict=False):
            if side is not None:
                dim.dim_param = side
