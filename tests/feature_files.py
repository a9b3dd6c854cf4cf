"""Seeded stand-ins for the networks behind LPIPS, FID, KID and a classifier."""

import json
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from photochrom.evaluation.features import METADATA_KEY

_OPSET = 17


def pair_file(path: Path, **about: object) -> Path:
    """Write a network that gives the mean absolute difference of two pictures."""
    nodes = [
        helper.make_node("Sub", ["first", "second"], ["difference"]),
        helper.make_node("Abs", ["difference"], ["absolute"]),
        helper.make_node("ReduceMean", ["absolute"], ["distance"], axes=[1, 2, 3]),
    ]
    return _save(path, nodes, ["first", "second"], {"kind": "pair", "low": -1, **about})


def vector_file(path: Path, **about: object) -> Path:
    """Write a network that gives the mean of each channel and of its square: six features."""
    nodes = [
        helper.make_node("ReduceMean", ["pictures"], ["means"], axes=[2, 3], keepdims=0),
        helper.make_node("Mul", ["pictures", "pictures"], ["squares"]),
        helper.make_node("ReduceMean", ["squares"], ["powers"], axes=[2, 3], keepdims=0),
        helper.make_node("Concat", ["means", "powers"], ["features"], axis=1),
    ]
    return _save(path, nodes, ["pictures"], {"kind": "vector", "size": 32, **about})


def classifier_file(path: Path, classes: list[str], **about: object) -> Path:
    """Write a network whose scores are red, green and blue, in the order of three classes."""
    nodes = [helper.make_node("ReduceMean", ["pictures"], ["scores"], axes=[2, 3], keepdims=0)]
    return _save(path, nodes, ["pictures"], {"kind": "classifier", "classes": classes, **about})


def _save(
    path: Path,
    nodes: list[onnx.NodeProto],
    inputs: list[str],
    about: dict[str, object],
) -> Path:
    given = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", 3, "H", "W"]) for n in inputs
    ]
    made = [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "features", given, made)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)
    card = {"recipe": "a stand-in for tests", **about}
    helper.set_model_props(model, {METADATA_KEY: json.dumps(card)})
    path.write_bytes(model.SerializeToString())
    return path
