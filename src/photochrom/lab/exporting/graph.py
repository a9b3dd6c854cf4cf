"""Export torch modules as ONNX files: quietly, with their weights' own names, and proved."""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import onnx
import torch
from onnxscript.optimizer import fold_constants
from torch import Tensor, nn

from photochrom.engine.session import load_network
from photochrom.errors import InferenceError, ModelError
from photochrom.files import replace_whole, sweep_leftovers

OPSET: Final = 18


def to_graph(
    module: nn.Module,
    examples: Sequence[Tensor],
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
        An `onnx.ModelProto`, of which single numbers alone were folded: with bounds that are cast
        at run time, ONNX Runtime would not melt a Clip into the convolution before it. The whole
        optimizer folds batch norms and renames weights.
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
    proto = program.model_proto
    fold_constants(proto, input_size_limit=1, output_size_limit=1)
    return proto


def trace_graph(
    module: nn.Module,
    examples: Sequence[Tensor],
    *,
    input_names: Sequence[str],
    output_names: Sequence[str],
    free_sides: Mapping[str, Sequence[int]],
) -> Any:
    """Export a module with torch's older exporter, which writes down what one run computes.

    It takes a twentieth of the time of `to_graph` (1 instead of 20 s for a small DDColor, torch
    2.13), but takes sizes and branches for constant that do not come from tensors: prove the
    result at other sizes.

    Args:
        module: in evaluation mode.
        examples: its inputs.
        input_names: what they are called in the graph.
        output_names: what its outputs are called.
        free_sides: which sides of the inputs may have another length.

    Returns:
        An `onnx.ModelProto` that was not optimized, the weights under their own names.
    """
    payload: Any = io.BytesIO()  # which torch takes, and does not say so
    with quiet_exporter():
        torch.onnx.export(
            module,
            tuple(examples),
            payload,
            dynamo=False,
            do_constant_folding=False,
            training=torch.onnx.TrainingMode.PRESERVE,  # others melt norms into convolutions
            opset_version=OPSET,
            input_names=list(input_names),
            output_names=list(output_names),
            dynamic_axes={
                name: {side: f"{name}{side}" for side in sides}
                for name, sides in free_sides.items()
            },
        )
    return onnx.load_model_from_string(payload.getvalue())


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


def put_first(graph: Any, nodes: Iterable[Any]) -> None:
    """Put nodes at the head of a graph, so that what they give is there for all others."""
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *rest])


def finish(proto: Any, *, name: str, key: str, card: str) -> bytes:
    """Turn a graph into the bytes of a file, without the exporter's notes, which hold local paths.

    Args:
        proto: an `onnx.ModelProto`; what it said about itself is lost.
        name: of the graph.
        key: under which the file keeps the card.
        card: what the file says about itself.
    """
    graph = proto.graph
    for part in (proto, graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    graph.ClearField("value_info")
    graph.name = name
    proto.producer_name, proto.producer_version = "photochrom", ""
    proto.metadata_props.add(key=key, value=card)
    payload: bytes = proto.SerializeToString(deterministic=True)
    return payload


def prove(
    payload: bytes,
    compute: Callable[..., Mapping[str, Tensor]],
    cases: Iterable[Mapping[str, Tensor]],
    tolerances: Mapping[str, float],
    *,
    as_share: bool = False,
) -> dict[str, float]:
    """Prove that a file computes what torch does.

    Args:
        payload: of the file.
        compute: gives outputs by name, of inputs by name.
        cases: what to try, inputs by name.
        tolerances: below which differences must stay, by output; others are not looked at.
        as_share: whether differences are shares of the largest number that torch gives.

    Returns:
        The worst difference of each output.

    Raises:
        ModelError: when they differ, or ONNX Runtime cannot run the file.
    """
    network = load_network(payload, name="the exported network", providers=["CPUExecutionProvider"])
    worst: dict[str, float] = {}
    for inputs in cases:
        with torch.no_grad():
            computed = compute(**inputs)
        wanted = {name: computed[name].numpy() for name in tolerances if name in computed}
        try:
            found = network.run(list(wanted), {name: each.numpy() for name, each in inputs.items()})
        except InferenceError as error:
            size = "×".join(map(str, next(iter(inputs.values())).shape[2:]))
            raise ModelError(f"at {size} px {error}") from error
        for (name, ours), theirs in zip(wanted.items(), found, strict=True):
            if ours.shape != theirs.shape:
                raise ModelError(f"{name} is {ours.shape} in torch, {theirs.shape} in ONNX Runtime")
            difference = float(abs(ours - theirs).max())
            if as_share:
                difference /= max(float(abs(ours).max()), 1e-12)
            if not difference < tolerances[name]:  # true as well for what is no number
                raise ModelError(
                    f"torch and ONNX Runtime differ by {difference:.3g} in {name}; less than"
                    f" {tolerances[name]:g} is allowed"
                )
            worst[name] = max(worst.get(name, 0.0), difference)
    return worst


def write_model(target: Path, payload: bytes) -> None:
    """Put a model file in place; an existing one is replaced.

    Raises:
        ModelError: when it cannot be written.
    """
    try:
        replace_whole(target, payload)
        sweep_leftovers(target.parent)
    except OSError as error:
        raise ModelError(f"cannot write {target}: {error.strerror or error}") from error
