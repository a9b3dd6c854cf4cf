"""Export torch modules as ONNX graphs, quietly and with their weights' own names."""

import contextlib
import logging
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, Final

import torch
from torch import nn

OPSET: Final = 18


def to_graph(
    module: nn.Module,
    examples: Sequence[torch.Tensor],
    *,
    input_names: Sequence[str],
    output_names: Sequence[str],
    dynamic_shapes: Any,
) -> Any:
    """Export a module.

    Args:
        module: in evaluation mode.
        examples: its inputs.
        input_names: what they are called in the graph.
        output_names: what its outputs are called.
        dynamic_shapes: of the inputs, as `torch.export` wants them.

    Returns:
        An `onnx.ModelProto` that was not optimized: the optimizer folds batch norms and renames
        weights.
    """
    with quiet_exporter():
        program: Any = torch.onnx.export(
            module,
            tuple(examples),
            dynamo=True,
            optimize=False,
            opset_version=OPSET,
            verbose=False,
            input_names=list(input_names),
            output_names=list(output_names),
            dynamic_shapes=dynamic_shapes,
        )
    return program.model_proto


@contextlib.contextmanager
def quiet_exporter() -> Iterator[None]:
    """Silence torch's remarks on its own internals (torchvision, tree specs): none is ours."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def strip_notes(proto: Any) -> None:
    """Remove the exporter's notes, which hold local paths."""
    graph = proto.graph
    for part in (proto, graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    graph.ClearField("value_info")
