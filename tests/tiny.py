"""Tiny models that follow the contract, built in memory and seeded."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from photochrom.models.card import Card
from photochrom.models.contract import METADATA_KEY

BINS = tuple((float(a), float(b)) for a in range(-60, 61, 30) for b in range(-60, 61, 30))
_OPSET = 17


def tiny_model(
    path: Path,
    *,
    seed: int = 0,
    distribution: bool = True,
    hints: bool = False,
    stride: int = 2,
    strength: float = 60.0,
) -> Path:
    """Write a small convolutional network whose chroma reaches ``strength`` in every direction."""
    build = _Build(np.random.default_rng(seed))
    build.add("Sub", ["lightness", build.weight("middle", np.float32(50))], "centered")
    build.add("Mul", ["centered", build.weight("scale", np.float32(0.02))], "scaled")
    build.convolve("scaled", "features", (8, 1, 3, 3), stride=1)
    build.add("Tanh", ["features"], "active")
    build.convolve("active", "colors", (2, 8, stride, stride), stride=stride)
    build.add("Tanh", ["colors"], "bounded")
    build.add("Mul", ["bounded", build.weight("strength", np.float32(strength))], "painted")
    inputs = [_tensor("lightness", 1)]
    if hints:
        inputs.append(_tensor("hints", 3))
        build.add_hints(stride)
    else:
        build.add("Identity", ["painted"], "chroma")
    outputs = [_tensor("chroma", 2)]
    if distribution:
        build.convolve("active", "logits", (len(BINS), 8, 4, 4), stride=4)
        build.add("Softmax", ["logits"], "distribution", axis=1)
        outputs.append(_tensor("distribution", len(BINS)))
    card = tiny_card(
        bins=BINS if distribution else (),
        temperature=1.0 if distribution else None,
        neutral_inputs={"hints": 0.0} if hints else {},
    )
    return save(path, build, inputs, outputs, card)


def deep_model(path: Path, *, channels: int = 32) -> Path:
    """Write a model most of whose weights lie between its ends, as in real networks."""
    build = _Build(np.random.default_rng(0))
    build.add("Mul", ["lightness", build.weight("scale", np.float32(0.02))], "scaled")
    build.convolve("scaled", "first", (channels, 1, 3, 3), stride=1)
    build.add("Tanh", ["first"], "seen")
    build.convolve("seen", "second", (channels, channels, 3, 3), stride=1)
    build.add("Tanh", ["second"], "known")
    build.convolve("known", "colors", (2, channels, 2, 2), stride=2)
    build.add("Tanh", ["colors"], "bounded")
    build.add("Mul", ["bounded", build.weight("strength", np.float32(15))], "chroma")
    inputs, outputs = [_tensor("lightness", 1)], [_tensor("chroma", 2)]
    return save(path, build, inputs, outputs, tiny_card(name="deep"))


def echo_model(path: Path, *, stride: int = 1, multiple: int = 32) -> Path:
    """Write a model whose chroma is a* = L* - 50 and b* = 0, averaged over its stride."""
    build = _Build(np.random.default_rng(0))
    kernel = [stride, stride]
    build.add("AveragePool", ["lightness"], "pooled", kernel_shape=kernel, strides=kernel)
    build.add("Sub", ["pooled", build.weight("middle", np.float32(50))], "a")
    build.add("Mul", ["a", build.weight("zero", np.float32(0))], "b")
    build.add("Concat", ["a", "b"], "chroma", axis=1)
    card = tiny_card(size_multiple=multiple)
    return save(path, build, [_tensor("lightness", 1)], [_tensor("chroma", 2)], card)


def constant_model(path: Path, a: float, b: float, **about: object) -> Path:
    """Write a model that paints everything in one color; more may be said about it on its card."""
    build = _Build(np.random.default_rng(0))
    build.add("Mul", ["lightness", build.weight("zero", np.float32(0))], "nothing")
    color = np.array([a, b], np.float32).reshape(1, 2, 1, 1)
    build.add("Add", ["nothing", build.weight("color", color)], "chroma")
    return save(path, build, [_tensor("lightness", 1)], [_tensor("chroma", 2)], tiny_card(**about))


def broken_on_bright(path: Path) -> Path:
    """Write a model that paints nothing, and gives no number where L* is above 98 everywhere."""
    build = _Build(np.random.default_rng(0))
    build.add("ReduceMin", ["lightness"], "darkest", keepdims=1)
    build.add("Sub", [build.weight("bright", np.float32(98)), "darkest"], "left")
    build.add("Sqrt", ["left"], "root")  # of a negative number where all is bright
    build.add("Mul", ["root", build.weight("zero", np.float32(0))], "nothing")
    build.add("Mul", ["lightness", "nothing"], "flat")
    build.add("Concat", ["flat", "flat"], "chroma", axis=1)
    return save(path, build, [_tensor("lightness", 1)], [_tensor("chroma", 2)], tiny_card())


def stubborn_model(path: Path, outputs: Mapping[str, np.ndarray], **about: object) -> Path:
    """Write a model that gives the same arrays whatever it is shown, as the contract wants or not.

    Args:
        path: of the file.
        outputs: by name, float32; their shapes are not declared.
        about: what more its card says.
    """
    build = _Build(np.random.default_rng(0))
    for name, value in outputs.items():
        build.add("Identity", [build.weight(f"{name}.stored", value)], name)
    shown = [_tensor(name, 0) for name in outputs]
    for value in shown:
        for dimension in value.type.tensor_type.shape.dim:
            dimension.ClearField("value")
        if value.name == "label_probability":
            del value.type.tensor_type.shape.dim[2:]
    return save(path, build, [_tensor("lightness", 1)], shown, tiny_card(**about))


def endless_model(path: Path) -> Path:
    """Write a model that never ends: it waits for its condition to become false."""
    build = _Build(np.random.default_rng(0))
    value = helper.make_tensor_value_info("value", TensorProto.FLOAT, None)
    condition = helper.make_tensor_value_info("condition", TensorProto.BOOL, [])
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["condition"], ["again"]),
            helper.make_node("Identity", ["value"], ["same"]),
        ],
        "body",
        [helper.make_tensor_value_info("turn", TensorProto.INT64, []), condition, value],
        [
            helper.make_tensor_value_info("again", TensorProto.BOOL, []),
            helper.make_tensor_value_info("same", TensorProto.FLOAT, None),
        ],
    )
    build.add("Loop", ["", build.weight("true", np.array(True)), "lightness"], "one", body=body)
    build.add("Concat", ["one", "one"], "chroma", axis=1)
    return save(path, build, [_tensor("lightness", 1)], [_tensor("chroma", 2)], tiny_card())


def painting_model(path: Path, lightness: float, a: float, b: float) -> Path:
    """Write a model that paints everything in one color, with a lightness of its own."""
    build = _Build(np.random.default_rng(0))
    kernel = [2, 2]
    build.add("AveragePool", ["lightness"], "pooled", kernel_shape=kernel, strides=kernel)
    build.add("Mul", ["pooled", build.weight("zero", np.float32(0))], "nothing")
    color = np.array([a, b], np.float32).reshape(1, 2, 1, 1)
    build.add("Add", ["nothing", build.weight("color", color)], "chroma")
    build.add("Add", ["nothing", build.weight("own", np.float32(lightness))], "rgb_lightness")
    outputs = [_tensor("chroma", 2), _tensor("rgb_lightness", 1)]
    return save(path, build, [_tensor("lightness", 1)], outputs, tiny_card())


def tiny_card(**changes: object) -> Card:
    """Make a card with the fields that matter to a test."""
    values: dict[str, object] = {
        "name": "tiny",
        "working_size": 64,
        "size_multiple": 8,
        "license": "CC0-1.0",
        "training_data": "none: seeded random weights",
    }
    return Card(**(values | changes))  # type: ignore[arg-type]


@dataclass
class _Build:
    """Collects nodes and weights."""

    rng: np.random.Generator

    def __post_init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, value: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, operator: str, inputs: list[str], output: str, **attributes: object) -> None:
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))

    def convolve(self, source: str, target: str, shape: tuple[int, ...], *, stride: int) -> None:
        """Add a convolution of fan-in variance; stored as fp16 and cast, as shipped models are."""
        kernel = self.rng.standard_normal(shape) * 2 / np.sqrt(np.prod(shape[1:]))
        stored = self.weight(f"{target}.weight", kernel.astype(np.float16))
        self.add("Cast", [stored], f"{target}.kernel", to=TensorProto.FLOAT)
        pads = [shape[2] // 2] * 4 if stride == 1 and shape[2] > 1 else [0] * 4
        self.add("Conv", [source, f"{target}.kernel"], target, strides=[stride] * 2, pads=pads)

    def add_hints(self, stride: int) -> None:
        """Replace chroma by a* and b* of the hints where their mask is 1."""
        kernel = [stride, stride]
        self.add("AveragePool", ["hints"], "pooled_hints", kernel_shape=kernel, strides=kernel)
        self.weight("split", np.array([2, 1], np.int64))
        self.add("Split", ["pooled_hints", "split"], "hint_color", axis=1)
        self.nodes[-1].output.append("mask")
        self.add("Sub", [self.weight("one", np.float32(1)), "mask"], "free")
        self.add("Mul", ["painted", "free"], "left")
        self.add("Add", ["left", "hint_color"], "chroma")


def _tensor(name: str, channels: int) -> onnx.ValueInfoProto:
    sides = ["H", "W"] if name in {"lightness", "hints"} else [f"{name}_h", f"{name}_w"]
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", channels, *sides])


def save(
    path: Path,
    build: _Build,
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    card: Card,
) -> Path:
    """Check the graph with ONNX's own checker, and write it."""
    graph = helper.make_graph(build.nodes, "tiny", inputs, outputs, build.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)
    helper.set_model_props(model, {METADATA_KEY: card.to_json()})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path
