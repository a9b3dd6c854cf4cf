"""A stand-in for a trained auditor: what is colorful looks artificial to it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from photochrom.audit.auditor import AUDITOR_KEY

SIZE = 32
_OPSET = 17
_POOL = {"kernel_shape": [4, 4], "strides": [4, 4]}


def auditor_card(**changes: Any) -> dict[str, Any]:
    """Make the card of an auditor trained against the model "tiny"."""
    card = {
        "version": 1,
        "size": SIZE,
        "network": "patch",
        "model": "tiny",
        "model_sha256": "ab" * 32,
        "trained_on": {"pairs": 100},
        "pair_fooled": 0.04,
        "interval": [0.02, 0.08],
        "accuracy": 0.9,
        "accuracy_per_epoch": [0.6, 0.8, 0.9],
        "calibration": {"temperature": 1.5, "ece": 0.02, "ece_uncalibrated": 0.05},
        "controls": {
            "lightness_only_auc": {"value": 0.51, "interval": [0.48, 0.54]},
            "reencoded_auc": {"value": 0.5, "interval": [0.47, 0.53]},
            "shuffled_auc": {"value": 0.49, "interval": [0.46, 0.52]},
        },
        "verdict": "valid",
        "words": "The controls found nothing but colors to tell the sides by.",
    }
    return card | changes


def auditor_file(
    path: Path,
    *,
    has_map: bool = True,
    gain: float = 1.0,
    side: int | str = SIZE,
    inputs: str = "picture",
    **changes: Any,
) -> Path:
    """Write an auditor whose map is the spread of the channels, and whose probability 1 - mean.

    Args:
        path: of the file.
        has_map: whether it tells where.
        gain: that the map is multiplied with; above 1 it may give what is no share.
        side: that the graph asks for.
        inputs: name of its input.
        changes: of its card.
    """
    constants = {"gain": gain, "one": 1.0}
    nodes = [
        helper.make_node("ReduceMax", [inputs], ["most"], axes=[1], keepdims=1),
        helper.make_node("ReduceMin", [inputs], ["least"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["most", "least"], ["spread"]),
        helper.make_node("AveragePool", ["spread"], ["pooled"], **_POOL),
        helper.make_node("Mul", ["pooled", "gain"], ["map"]),
        helper.make_node("ReduceMean", ["map"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Sub", ["one", "mean"], ["probability"]),
    ]
    weights = [helper.make_tensor(n, TensorProto.FLOAT, [], [v]) for n, v in constants.items()]
    taken = [helper.make_tensor_value_info(inputs, TensorProto.FLOAT, ["n", 3, side, side])]
    made = [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["n"])]
    if has_map:
        made.append(helper.make_tensor_value_info("map", TensorProto.FLOAT, ["n", 1, "h", "w"]))
    graph = helper.make_graph(nodes, "auditor", taken, made, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)
    helper.set_model_props(model, {AUDITOR_KEY: json.dumps(auditor_card(**changes))})
    path.write_bytes(model.SerializeToString())
    return path


def stubborn_auditor(path: Path, probability: list[float], shape: tuple[int, ...]) -> Path:
    """Write an auditor that gives the same numbers, and a map of such a shape, for any picture."""
    where = numpy_helper.from_array(np.full(shape, 0.5, np.float32), "where")
    given = helper.make_tensor("given", TensorProto.FLOAT, [len(probability)], probability)
    names = {"given": "probability", "where": "map"}
    nodes = [helper.make_node("Identity", [stored], [name]) for stored, name in names.items()]
    taken = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, SIZE, SIZE])
    made = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in names.values()]
    graph = helper.make_graph(nodes, "stubborn", [taken], made, [given, where])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)
    helper.set_model_props(model, {AUDITOR_KEY: json.dumps(auditor_card())})
    path.write_bytes(model.SerializeToString())
    return path
