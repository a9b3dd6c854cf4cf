"""What the contract needs to know of an ONNX file, read without the `onnx` package.

Field numbers are those of onnx.proto (ONNX 1.17, Apache-2.0).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from photochrom.errors import ModelError
from photochrom.models.wire import (
    Value,
    WireReader,
    expect_bytes,
    expect_number,
    expect_text,
)

FLOAT: Final = 1  # TensorProto.DataType
INT64: Final = 7

_STANDARD_DOMAINS: Final = ("", "ai.onnx")
_MAX_DEPTH: Final = 8  # graphs inside graphs, as in If and Loop
_EXTERNAL: Final = 1  # TensorProto.DataLocation


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
        weight_count: weights stored in the main graph.
    """

    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    metadata: dict[str, memoryview] = field(default_factory=dict)
    weight_count: int = 0


def read_graph(data: bytes) -> GraphFacts:
    """Walk an ONNX file and collect its facts.

    Args:
        data: the whole file.

    Returns:
        Its inputs, outputs and metadata.

    Raises:
        WireError: when it is no protobuf message or is cut short.
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
        for number, value in self._reader.fields(message):
            if number == 7:
                self._main_graph(expect_bytes(value))
            elif number == 14:
                key, text = self._pair(value)
                self._facts.metadata[key] = text
            elif number in (20, 25):
                raise ModelError("the model file has training steps or functions of its own")
        return self._facts

    def _main_graph(self, message: memoryview) -> None:
        inputs, outputs, weights = [], [], set()
        for number, value in self._reader.fields(message):
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
        self._facts.weight_count = len(weights)

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
        for number, inner in self._reader.fields(expect_bytes(value)):
            self._graph_field(number, inner, depth)

    def _node(self, value: Value, depth: int) -> None:
        domain, operator = "", ""
        for number, inner in self._reader.fields(expect_bytes(value)):
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
        for number, inner in self._reader.fields(expect_bytes(value)):
            if number in checks:
                checks[number](inner)

    def _tensor(self, value: Value) -> str:
        """Return the name of a weight, having made sure that its values are in this file."""
        name = ""
        for number, inner in self._reader.fields(expect_bytes(value)):
            if number == 8:
                name = expect_text(inner)
            elif number == 13 or (number == 14 and expect_number(inner) == _EXTERNAL):
                raise ModelError("the model keeps weights in other files; it must be one file")
        return name

    def _sparse_tensor(self, value: Value) -> None:
        for number, inner in self._reader.fields(expect_bytes(value)):
            if number in (1, 2):
                self._tensor(inner)

    def _pair(self, value: Value) -> tuple[str, memoryview]:
        key, content = "", memoryview(b"")
        for number, inner in self._reader.fields(expect_bytes(value)):
            if number == 1:
                key = expect_text(inner)
            elif number == 2:
                content = expect_bytes(inner)
        return key, content

    def _value_info(self, value: Value) -> TensorSpec:
        name, element_type, shape = "", 0, tuple[int | None, ...]()
        for number, inner in self._reader.fields(expect_bytes(value)):
            if number == 1:
                name = expect_text(inner)
            elif number == 2:
                element_type, shape = self._tensor_type(inner)
        return TensorSpec(name, element_type, shape)

    def _tensor_type(self, value: Value) -> tuple[int, tuple[int | None, ...]]:
        element_type, shape = 0, tuple[int | None, ...]()
        for number, inner in self._only(value, 1):
            if number == 1:
                element_type = expect_number(inner)
            elif number == 2:
                shape = tuple(self._dimension(dim) for _, dim in self._only_values(inner))
        return element_type, shape

    def _dimension(self, value: Value) -> int | None:
        for number, inner in self._reader.fields(expect_bytes(value)):
            if number == 1:
                return expect_number(inner)
        return None

    def _only(self, value: Value, wanted: int) -> Iterator[tuple[int, Value]]:
        """Yield the fields of the messages stored under one field number."""
        for number, inner in self._reader.fields(expect_bytes(value)):
            if number == wanted:
                yield from self._reader.fields(expect_bytes(inner))

    def _only_values(self, value: Value) -> Iterator[tuple[int, Value]]:
        return (pair for pair in self._reader.fields(expect_bytes(value)) if pair[0] == 1)
