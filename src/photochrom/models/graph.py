"""What the contract needs to know of an ONNX file, read without the `onnx` package.

Field numbers are those of onnx.proto (ONNX 1.17, Apache-2.0).
"""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from photochrom.errors import ModelError
from photochrom.models.wire import WireError, WireReader

FLOAT: Final = 1  # TensorProto.DataType
INT64: Final = 7

_STANDARD_DOMAINS: Final = ("", "ai.onnx")
_MAX_DEPTH: Final = 8  # graphs inside graphs, as in If and Loop
_IN_THIS_FILE: Final = 0  # TensorProto.DataLocation

# Of each message: the fields that are looked at, and those that it has at most one of.
_MODEL: Final = {7: memoryview, 14: memoryview}
_ONCE_IN_MODEL: Final = frozenset(range(1, 8))
_GRAPH: Final = dict.fromkeys((1, 5, 11, 12, 15), memoryview)
_ONCE_IN_GRAPH: Final = frozenset({2, 10})
_NODE: Final = {4: str, 5: memoryview, 7: str}
_ONCE_IN_NODE: Final = frozenset({3, 4, 6, 7, 8})
_ATTRIBUTE: Final = dict.fromkeys((5, 6, 10, 11, 22, 23), memoryview)
_ONCE_IN_ATTRIBUTE: Final = frozenset({1, 2, 3, 4, 5, 6, 13, 14, 20, 21, 22})
_TENSOR: Final = {8: str, 14: int}
_ONCE_IN_TENSOR: Final = frozenset({2, 3, 8, 9, 12, 14})
_ONCE: Final = frozenset({1, 2, 3})  # in sparse tensors, pairs, values, types and dimensions


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
    walk, facts = _Walk(), GraphFacts()
    for number, value in walk.fields(memoryview(data), _MODEL, once=_ONCE_IN_MODEL):
        if number == 7:
            facts.inputs, facts.outputs = walk.graph(value)
        elif number == 14:
            pair: dict[int, Any] = {1: "", 2: memoryview(b"")}
            for part, about in walk.fields(value, {1: str, 2: memoryview}, once=_ONCE):
                pair |= {part: about} if part in pair else {}
            if pair[1] in facts.metadata:
                raise ModelError(f"the model file has metadata {pair[1][:40]!r} twice")
            facts.metadata[pair[1]] = pair[2]
        elif number in (20, 25):
            raise ModelError("the model file has training steps or functions of its own")
    if not facts.outputs:
        raise WireError("no graph")
    return facts


class _Walk(WireReader):
    """One pass over one file."""

    def graph(self, message: memoryview, depth: int = 0) -> tuple[tuple[TensorSpec, ...], ...]:
        """Check the nodes and weights of a graph; give inputs and outputs of the main one."""
        if depth > _MAX_DEPTH:
            raise ModelError(f"the model file nests graphs deeper than {_MAX_DEPTH}")
        inputs, outputs, weights = list[TensorSpec](), list[TensorSpec](), set[str]()
        for number, value in self.fields(message, _GRAPH, once=_ONCE_IN_GRAPH):
            if number == 1:
                self.node(value, depth)
            elif number == 5:
                weights.add(self.tensor(value))
            elif number == 15:
                self.sparse_tensor(value)
            elif number in (11, 12) and not depth:
                (inputs if number == 11 else outputs).append(self.value_info(value))
        return tuple(spec for spec in inputs if spec.name not in weights), tuple(outputs)

    def node(self, message: memoryview, depth: int) -> None:
        domain, operator = "", ""
        for number, value in self.fields(message, _NODE, once=_ONCE_IN_NODE):
            if number == 4:
                operator = value
            elif number == 7:
                domain = value
            elif number == 5:
                self.attribute(value, depth)
        if domain not in _STANDARD_DOMAINS:
            named = f"{domain[:40]}.{operator[:40]}"
            raise ModelError(f"the model file uses {named!r}, which is not a standard operator")

    def attribute(self, message: memoryview, depth: int) -> None:
        for number, value in self.fields(message, _ATTRIBUTE, once=_ONCE_IN_ATTRIBUTE):
            if number in (6, 11):
                self.graph(value, depth + 1)
            elif number in (5, 10):
                self.tensor(value)
            elif number in (22, 23):
                self.sparse_tensor(value)

    def tensor(self, message: memoryview) -> str:
        """Return the name of a weight, having made sure that its values are in this file."""
        name = ""
        for number, value in self.fields(message, _TENSOR, once=_ONCE_IN_TENSOR):
            if number == 8:
                name = value
            elif number == 13 or (number == 14 and value != _IN_THIS_FILE):
                raise ModelError("the model keeps weights in other files; it must be one file")
        return name

    def sparse_tensor(self, message: memoryview) -> None:
        wanted = {1: memoryview, 2: memoryview}
        for number, value in self.fields(message, wanted, once=_ONCE):
            if number in wanted:
                self.tensor(value)

    def value_info(self, message: memoryview) -> TensorSpec:
        """Read an input or output, which must be a tensor, and nothing that would replace it."""
        spec = TensorSpec("")
        for number, value in self.fields(message, {1: str, 2: memoryview}, once=_ONCE):
            if number == 1:
                spec = replace(spec, name=value)
            elif number == 2:
                element_type, shape = self.tensor_type(value)
                spec = replace(spec, element_type=element_type, shape=shape)
        return spec

    def tensor_type(self, message: memoryview) -> tuple[int, tuple[int | None, ...]]:
        element_type, shape = 0, tuple[int | None, ...]()
        for number, value in self.fields(message, {1: memoryview}, once=_ONCE):
            if number not in (1, 6):  # 6 is a remark
                raise ModelError("the model file has an input or output that is no tensor")
            if number == 6:
                continue
            for part, about in self.fields(value, {1: int, 2: memoryview}, once=_ONCE):
                if part == 1:
                    element_type = about
                elif part == 2:
                    dimensions = self.fields(about, {1: memoryview})
                    shape = tuple(self.dimension(each) for at, each in dimensions if at == 1)
        return element_type, shape

    def dimension(self, message: memoryview) -> int | None:
        fields = self.fields(message, {1: int}, once=_ONCE)
        found: dict[int, Any] = {number: value for number, value in fields if number in (1, 2)}
        if len(found) == 2:
            raise WireError("a dimension that is a number and a name")
        return found.get(1)
