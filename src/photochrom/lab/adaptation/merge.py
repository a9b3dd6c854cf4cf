"""Put base and refiner into one contract file, and prove that it computes what both do."""

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from torch import Tensor

from photochrom.engine.session import feed_of
from photochrom.errors import ModelError
from photochrom.lab.adaptation.base import COARSE, Base
from photochrom.lab.adaptation.refiners import Refinement
from photochrom.lab.exporting.contract import TOLERANCES, named_outputs
from photochrom.lab.exporting.graph import (
    OPSET,
    finish,
    prove,
    put_first,
    to_graph,
    write_model,
)
from photochrom.models.card import Card
from photochrom.models.contract import METADATA_KEY, read_contract

DECIDE: Final = -1  # the neutral label: the model decides
_PREFIX: Final = "adapted"
_OURS: Final = ("object_mask", "label_probability")
_FORMATS: Final[Mapping[str, Sequence[str | int]]] = {
    "chroma": ("N", 2, "h", "w"),
    "object_mask": ("N", 1, "h", "w"),
}


def merge(base: Base, refinement: Refinement, card: Card, target: Path) -> float:
    """Write base and refiner as one contract file.

    The base's weights keep their names and its further outputs and inputs stay; a base that has
    labels of its own goes on deciding by itself, below the new ones.

    Args:
        base: the frozen base.
        refinement: in evaluation mode, on the CPU.
        card: of the merged model.
        target: where the file goes; an existing one is replaced.

    Returns:
        The worst difference between the merged graph and its two halves, in ab units.

    Raises:
        ModelError: when they differ, or the base's graph cannot be merged.
    """
    proto = onnx.load_model_from_string(base.payload)
    added = _export(base, refinement)
    _to_same_opset(proto, base.card.name)
    # names that the graph does not use: a base may be adapted itself
    used = {name.split("/", 1)[0] for node in proto.graph.node for name in node.output}
    prefix = next(name for number in count(1) if (name := f"{_PREFIX}{number}") not in used)
    _rename(added.graph, f"{prefix}/", keep={"lightness", "labels"})
    _feed_base_labels(proto.graph, prefix)
    _join(proto.graph, added.graph, base, prefix)
    proto.ir_version = max(proto.ir_version, added.ir_version)
    payload = finish(proto, name=card.name, key=METADATA_KEY, card=card.to_json())
    read_contract(payload)
    worst = _prove(payload, base, refinement, card)
    write_model(target, payload)
    return worst


def _export(base: Base, refinement: Refinement) -> Any:
    """Export the refiner; its inputs are lightness, labels and the base's parts, `base_NAME`."""
    cells = 4  # so many multiples along each side of the example
    side = base.multiple * cells
    names = ["lightness", "labels", *(f"base_{part.name}" for part in base.parts)]
    examples = [
        torch.rand(2, 1, side, side + base.multiple) * 100,
        torch.full((2, 1, side, side + base.multiple), DECIDE, dtype=torch.int64),
        *(
            torch.rand(2, part.channels, side // part.stride, (side + base.multiple) // part.stride)
            for part in base.parts
        ),
    ]
    batch, rows, columns = (torch.export.Dim(name) for name in ("batch", "rows", "columns"))
    strides = [1, 1, *(part.stride for part in base.parts)]
    shapes = [
        {0: batch, 2: base.multiple // stride * rows, 3: base.multiple // stride * columns}
        for stride in strides
    ]
    with torch.no_grad():
        outputs = named_outputs(refinement(*examples))
    return to_graph(
        refinement,
        examples,
        input_names=names,
        output_names=list(outputs),
        dynamic_shapes=(shapes[0], shapes[1], tuple(shapes[2:])),
    )


def _to_same_opset(proto: Any, name: str) -> None:
    """Bring an older or newer base to our operators.

    Raises:
        ModelError: when onnx cannot.
    """
    versions = [opset.version for opset in proto.opset_import if opset.domain in ("", "ai.onnx")]
    if versions == [OPSET]:
        return
    try:
        converted = onnx.version_converter.convert_version(proto, OPSET)
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise ModelError(f"the base {name} cannot be brought to opset {OPSET}: {reason}") from error
    proto.CopyFrom(converted)


def _rename(graph: Any, prefix: str, *, keep: set[str]) -> None:
    """Put a prefix before every name of a graph without sub-graphs."""

    def renamed(name: str) -> str:
        return name if not name or name in keep else prefix + name

    for node in graph.node:
        node.name = renamed(node.name)
        node.input[:] = [renamed(name) for name in node.input]
        node.output[:] = [renamed(name) for name in node.output]
    for value in (*graph.initializer, *graph.input, *graph.output):
        value.name = renamed(value.name)


def _feed_base_labels(graph: Any, prefix: str) -> None:
    """Let a base that takes labels decide for itself: its input becomes a constant."""
    found = [value for value in graph.input if value.name == "labels"]
    if not found:
        return
    graph.input.remove(found[0])
    inner = f"{prefix}/base_labels"
    for node in graph.node:
        node.input[:] = [inner if name == "labels" else name for name in node.input]
    shape = onnx.helper.make_node("Shape", ["lightness"], [f"{prefix}/sides"])
    fill = onnx.helper.make_node(
        "ConstantOfShape",
        [f"{prefix}/sides"],
        [inner],
        value=onnx.helper.make_tensor("value", onnx.TensorProto.INT64, [1], [DECIDE]),
    )
    put_first(graph, [shape, fill])


def _join(graph: Any, added: Any, base: Base, prefix: str) -> None:
    """Lead the base's tensors into the refiner, and its outputs out."""
    inner = {
        output.name: f"{prefix}/base_{output.name}"
        for output in graph.output
        if output.name in ("chroma", *_OURS)
    }
    for node in graph.node:
        node.input[:] = [inner.get(name, name) for name in node.input]
        node.output[:] = [inner.get(name, name) for name in node.output]
    kept = [value for value in graph.output if value.name not in inner]
    del graph.output[:]
    sources = {
        f"{prefix}/base_{part.name}": inner.get(part.tensor, part.tensor) for part in base.parts
    }
    for node in added.node:
        node.input[:] = [sources.get(name, name) for name in node.input]
    graph.node.extend(added.node)
    graph.initializer.extend(added.initializer)
    graph.input.append(
        onnx.helper.make_tensor_value_info("labels", onnx.TensorProto.INT64, ["N", 1, "H", "W"])
    )
    graph.output.extend(_outputs(graph, added, prefix))
    graph.output.extend(kept)


def _outputs(graph: Any, added: Any, prefix: str) -> Sequence[Any]:
    """Give the refiner's outputs the names of the contract."""
    values = []
    for output in added.output:
        name = output.name.removeprefix(f"{prefix}/")
        graph.node.append(onnx.helper.make_node("Identity", [output.name], [name]))
        kinds = output.type.tensor_type.shape.dim[1].dim_value
        sides = _FORMATS.get(name, ("N", kinds))
        values.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, sides))
    return values


def _prove(payload: bytes, base: Base, refinement: Refinement, card: Card) -> float:
    """Compare the merged graph with base and refiner, one after the other."""

    def both(lightness: Tensor, labels: Tensor, **_: Tensor) -> dict[str, Tensor]:
        seen = base.look(lightness[0, 0].numpy())
        parts = (torch.from_numpy(seen[part.name])[None] for part in base.parts)
        return named_outputs(refinement(lightness, labels, *parts))

    random = np.random.default_rng(1)
    cases = []
    for rows, columns, label in ((3, 4, DECIDE), (4, 2, 1)):
        size = (rows * base.multiple, columns * base.multiple)
        coarse = random.uniform(0, 100, [side // COARSE for side in size]).astype(np.float32)
        lightness = coarse.repeat(COARSE, 0).repeat(COARSE, 1)
        feed = feed_of(card, lightness, {"labels": np.full((1, *size), label)})
        cases.append({name: torch.from_numpy(values) for name, values in feed.items()})
    return prove(payload, both, cases, TOLERANCES)["chroma"]
