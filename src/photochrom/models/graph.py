"""What the contract needs to know of an ONNX file, read without the `onnx` package.

Field numbers are those of onnx.proto (ONNX 1.17, Apache-2.0).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from photochrom.errors import ModelError
from photochrom.models.wire import (
    Value,
    WireError,
    WireReader,
    expect_bytes,
    expect_number,
    expect_text,
)

FLOAT: Final = 1  # TensorProto.DataType
INT64: Final = 7

_STANDARD_DOMAINS: Final = ("", "ai.onnx")
_MAX_DEPTH: Final = 8  # graphs inside graphs, as in If and Loop
_IN_THIS_FILE: Final = 0  # TensorProto.DataLocation

# Fields that a message has at most one of, by message.
_OF_MODEL: Final = frozenset(range(1, 8))
_OF_GRAPH: Final = frozenset({2, 10})
_OF_NODE: Final = frozenset({3, 4, 6, 7, 8})
_OF_ATTRIBUTE: Final = frozenset({1, 2, 3, 4, 5, 6, 13, 14, 20, 21, 22})
_OF_TENSOR: Final = frozenset({2, 3, 8, 9, 12, 14})
_OF_SMALL: Final = frozenset({1, 2, 3})  # sparse tensors, pairs, values, types and dimensions


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Name, element type and shape of an input or output; None for a dimension left open."""

    name: str
    element_type: int = 0
    shape: tuple[int | None, ...] = ()


@dataclass(slots=True)
class GraphFacts:
    """What was found in a file.

    Attributes:
        inputs: the main graph's inputs, without those that are only names of weights.
        outputs: the main graph's outputs.
        metadata: key-value pairs of the model.
    """

    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    metadata: dict[str, memoryview] = field(default_factory=dict)


def read_graph(data: bytes) -> GraphFacts:
    """Walk an ONNX file and collect its facts.

    Args:
        data: the whole file.

    Returns:
        Its inputs, outputs and metadata.

    Raises:
        WireError: when it is no protobuf message, is cut short, or spelled in another way than
            protobuf's own.
        ModelError: when it uses operators outside the standard, local functions, weights in
            other files, or graphs nested too deep.
    """
    return _Walk().model(memoryview(data))


class _Walk:
    """One pass over one file."""

    def __init__(self) -> None:
        self._reader = WireReader()
        self._facts = GraphFacts()

    def model(self, message: memoryview) -> GraphFacts:
        for number, value in self._reader.fields(message, once=_OF_MODEL):
            if number == 7:
                self._main_graph(expect_bytes(value))
            elif number == 14:
                key, text = self._pair(value)
                if key in self._facts.metadata:
                    raise ModelError(f"the model file has metadata {key[:40]!r} twice")
                self._facts.metadata[key] = text
            elif number in (20, 25):
                raise ModelError("the model file has training steps or functions of its own")
        if not self._facts.outputs:
            raise WireError("no graph")
        return self._facts

    def _main_graph(self, message: memoryview) -> None:
        inputs, outputs, weights = [], [], set()
        for number, value in self._reader.fields(message, once=_OF_GRAPH):
            if number == 5:
                weights.add(self._tensor(value))
            elif number == 11:
                inputs.append(self._value_info(value))
            elif number == 12:
                outputs.append(self._value_info(value))
            else:
                self._graph_field(number, value, depth=0)
        self._facts.inputs = tuple(spec for spec in inputs if spec.name not in weights)
        self._facts.outputs = tuple(outputs)

    def _graph_field(self, number: int, value: Value, depth: int) -> None:
        """Check what a graph of any depth contains: nodes and weights."""
        if number == 1:
            self._node(value, depth)
        elif number == 5:
            self._tensor(value)
        elif number == 15:
            self._sparse_tensor(value)

    def _subgraph(self, value: Value, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise ModelError(f"the model file nests graphs deeper than {_MAX_DEPTH}")
        for number, inner in self._reader.fields(expect_bytes(value), once=_OF_GRAPH):
            self._graph_field(number, inner, depth)

    def _node(self, value: Value, depth: int) -> None:
        domain, operator = "", ""
        for number, inner in self._reader.fields(expect_bytes(value), once=_OF_NODE):
            if number == 4:
                operator = expect_text(inner)
            elif number == 7:
                domain = expect_text(inner)
            elif number == 5:
                self._attribute(inner, depth)
        if domain not in _STANDARD_DOMAINS:
            named = f"{domain[:40]}.{operator[:40]}"
            raise ModelError(f"the model file uses {named!r}, which is not a standard operator")

    def _attribute(self, value: Value, depth: int) -> None:
        checks: dict[int, Callable[[Value], object]] = {
            5: self._tensor,
            10: self._tensor,
            22: self._sparse_tensor,
            23: self._sparse_tensor,
            6: lambda graph: self._subgraph(graph, depth + 1),
            11: lambda graph: self._subgraph(graph, depth + 1),
        }
        for number, inner in self._reader.fields(expect_bytes(value), once=_OF_ATTRIBUTE):
            if number in checks:
                checks[number](inner)

    def _tensor(self, value: Value) -> str:
        """Return the name of a weight, having made sure that its values are in this file."""
        name = ""
        for number, inner in self._reader.fields(expect_bytes(value), once=_OF_TENSOR):
            if number == 8:
                name = expect_text(inner)
            elif number == 13 or (number == 14 and expect_number(inner) != _IN_THIS_FILE):
                raise ModelError("the model keeps weights in other files; it must be one file")
        return name

    def _sparse_tensor(self, value: Value) -> None:
        for number, inner in self._single_fields(value):
            if number in (1, 2):
                self._tensor(inner)

    def _pair(self, value: Value) -> tuple[str, memoryview]:
        key, content = "", memoryview(b"")
        for number, inner in self._single_fields(value):
            if number == 1:
                key = expect_text(inner)
            elif number == 2:
                content = expect_bytes(inner)
        return key, content

    def _value_info(self, value: Value) -> TensorSpec:
        name, element_type, shape = "", 0, tuple[int | None, ...]()
        for number, inner in self._single_fields(value):
            if number == 1:
                name = expect_text(inner)
            elif number == 2:
                element_type, shape = self._tensor_type(inner)
        return TensorSpec(name, element_type, shape)

    def _tensor_type(self, value: Value) -> tuple[int, tuple[int | None, ...]]:
        """Read a type: of a tensor, and nothing that would take its place."""
        element_type, shape = 0, tuple[int | None, ...]()
        for number, inner in self._single_fields(value):
            if number not in (1, 6):  # 6 is a remark
                raise ModelError("the model file has an input or output that is no tensor")
            if number == 6:
                continue
            for part, about in self._single_fields(inner):
                if part == 1:
                    element_type = expect_number(about)
                elif part == 2:
                    dimensions = self._reader.fields(expect_bytes(about))
                    shape = tuple(self._dimension(dim) for at, dim in dimensions if at == 1)
        return element_type, shape

    def _dimension(self, value: Value) -> int | None:
        found = dict(self._single_fields(value))
        if {1, 2} <= found.keys():
            raise WireError("a dimension that is a number and a name")
        return expect_number(found[1]) if 1 in found else None

    def _single_fields(self, value: Value) -> Iterator[tuple[int, Value]]:
        return self._reader.fields(expect_bytes(value), once=_OF_SMALL)
