"""What the contract needs to know of an ONNX file, read without the `onnx` package.

Field numbers are those of onnx.proto (ONNX 1.17, Apache-2.0).
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Final

from photochrom.errors import ModelError
from photochrom.models.wire import WireError, WireReader

FLOAT: Final = 1  # TensorProto.DataType
INT64: Final = 7

_STANDARD_DOMAINS: Final = ("", "ai.onnx")
_MAX_DEPTH: Final = 8  # graphs inside graphs, as in If and Loop
_IN_THIS_FILE: Final = 0  # TensorProto.DataLocation
_REMARK: Final = 6  # TypeProto.denotation

# Of each message: the fields that are looked at, numbers, texts, bytes or messages of a name; and
# those that it has at most one of.
_GRAPH: Final = {1: "node", 5: "tensor", 15: "sparse"}
_FIELDS: Final[Mapping[str, tuple[Mapping[int, type | str], Set[int]]]] = {
    "model": ({7: "graph", 14: "pair"}, frozenset(range(1, 8))),
    "graph": ({**_GRAPH, 11: "value", 12: "value"}, {2, 10}),
    "inner graph": ({**_GRAPH, 11: memoryview, 12: memoryview}, {2, 10}),
    "node": ({4: str, 5: "attribute", 7: str}, {3, 4, 6, 7, 8}),
    "attribute": (
        {
            5: "tensor",
            6: "inner graph",
            10: "tensor",
            11: "inner graph",
            22: "sparse",
            23: "sparse",
        },
        {1, 2, 3, 4, 5, 6, 13, 14, 20, 21, 22},
    ),
    "tensor": ({8: str, 14: int}, {2, 3, 8, 9, 12, 14}),
    "sparse": ({1: "tensor", 2: "tensor"}, {1, 2, 3}),
    "pair": ({1: str, 2: memoryview}, {1, 2, 3}),
    "value": ({1: str, 2: "type"}, {1, 2, 3}),
    "type": ({1: "tensor type"}, {1, 2, 3}),
    "tensor type": ({1: int, 2: "shape"}, {1, 2, 3}),
    "shape": ({1: "dimension"}, frozenset()),
    "dimension": ({1: int}, {1, 2, 3}),
}
_LISTED: Final = ("tensor", "pair", "value", "dimension")  # there may be several of them
_NO_BYTES: Final = memoryview(b"")
_NO_TENSOR: Final = (0, ())  # element type and shape

Found = dict[int, Any]  # by number, what a message holds; a list where it may hold several


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

    Raises:
        WireError: when it is no protobuf message, is cut short, or spelled in another way than
            protobuf's own.
        ModelError: when it uses operators outside the standard, local functions, weights in
            other files, or graphs nested too deep.
    """
    model: Found = _Walk().read("model", memoryview(data))
    facts = GraphFacts()
    for key, value in model.get(14, ()):
        if key in facts.metadata:
            raise ModelError(f"the model file has metadata {key[:40]!r} twice")
        facts.metadata[key] = value
    graph: Found = model.get(7, {})
    weights = set(graph.get(5, ()))
    facts.inputs = tuple(spec for spec in graph.get(11, ()) if spec.name not in weights)
    facts.outputs = tuple(graph.get(12, ()))
    if not facts.outputs:
        raise WireError("no graph")
    return facts


class _Walk(WireReader):
    """One pass over one file."""

    def read(self, kind: str, message: memoryview, depth: int = 0) -> Any:
        """Read a message and all that it holds; give what is kept of it."""
        if depth > _MAX_DEPTH:
            raise ModelError(f"the model file nests graphs deeper than {_MAX_DEPTH}")
        fields, once = _FIELDS[kind]
        found: Found = {}
        for number, value in self.fields(message, once=once):
            wanted = fields.get(number)
            if wanted is None:
                found[number] = None  # it is there
                continue
            if isinstance(value, int) is not (wanted is int):
                told = "a number where a message belongs, or a message where a number does"
                raise WireError(told)
            held: Any = value
            if wanted is str:
                try:
                    held = str(value, "utf-8")
                except UnicodeDecodeError as error:
                    raise WireError("text that is not UTF-8") from error
            elif isinstance(wanted, str):
                held = self.read(wanted, value, depth + (wanted == "inner graph"))
            if number in once:
                found[number] = held
            elif wanted in _LISTED:
                found.setdefault(number, []).append(held)
        _refuse(kind, found)
        return _kept(kind, found)


def _kept(kind: str, found: Found) -> Any:  # noqa: PLR0911 - one for each kind
    """Keep of a message no more than is asked of it, as a file may hold a million; or nothing."""
    match kind:
        case "model" | "graph":
            return found
        case "tensor":
            return found.get(8, "")
        case "pair":
            return found.get(1, ""), found.get(2, _NO_BYTES)
        case "value":
            return TensorSpec(found.get(1, ""), *found.get(2, _NO_TENSOR))
        case "type":
            return found.get(1, _NO_TENSOR)
        case "tensor type":
            return found.get(1, 0), found.get(2, ())
        case "shape":
            return tuple(found.get(1, ()))
        case "dimension":
            return found.get(1)
    return None


def _refuse(kind: str, found: Found) -> None:
    """Refuse what the contract rules out."""
    if kind == "model" and found.keys() & {20, 25}:
        raise ModelError("the model file has training steps or functions of its own")
    if kind == "node" and (domain := found.get(7, "")) not in _STANDARD_DOMAINS:
        named = f"{domain[:40]}.{found.get(4, '')[:40]}"
        raise ModelError(f"the model file uses {named!r}, which is not a standard operator")
    if kind == "tensor" and (13 in found or found.get(14, _IN_THIS_FILE) != _IN_THIS_FILE):
        raise ModelError("the model keeps weights in other files; it must be one file")
    if kind == "type" and found.keys() - {1, _REMARK}:
        raise ModelError("the model file has an input or output that is no tensor")
    if kind == "dimension" and found.keys() >= {1, 2}:
        raise WireError("a dimension that is a number and a name")
