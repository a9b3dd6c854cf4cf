"""Whatever a stranger writes, the check must see the graph that ONNX Runtime sees."""

import contextlib
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from photochrom.errors import ModelError
from photochrom.models.graph import read_graph
from photochrom.models.wire import WireError

FOREIGN = b"com.microsoft"  # a domain whose operators ONNX Runtime knows


def number(value: int, least: int = 1) -> bytes:
    """Spell a number in ``least`` bytes or more."""
    spelled = bytearray()
    while value > 0x7F or len(spelled) + 1 < least:
        spelled.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*spelled, value])


def spell(field: int, content: bytes, *, tag: int = 1, size: int = 1, above: int = 0) -> bytes:
    """Spell a field: in so many bytes, and with bits above those that a tag may have."""
    return number(field << 3 | 2 | above << 32, tag) + number(len(content), size) + content


def foreign_model(spelling: Callable[[int, bytes], bytes]) -> bytes:
    """Write a model that ONNX Runtime can run, with an operator of its own."""
    sides = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N"]) for name in "xy"]
    node = helper.make_node("Gelu", ["x"], ["y"]).SerializeToString() + spelling(7, FOREIGN)
    graph = helper.make_graph([], "g", sides[:1], sides[1:]).SerializeToString()
    around = onnx.ModelProto(ir_version=9)
    around.opset_import.append(helper.make_opsetid("", 17))
    around.opset_import.append(helper.make_opsetid(FOREIGN.decode(), 1))
    return around.SerializeToString() + spelling(7, spelling(1, node) + graph)


@pytest.mark.parametrize(
    "about", [{"tag": 5}, {"size": 5}, {"above": 1}, {"above": 7}, {"tag": 3, "size": 2}]
)
def test_an_operator_hidden_by_its_spelling_is_refused(about: dict[str, int]) -> None:
    """ONNX Runtime drops the upper bits of a tag of five bytes."""
    hidden = foreign_model(lambda field, content: spell(field, content, **about))
    onnxruntime.InferenceSession(hidden)  # it does load
    with pytest.raises(WireError):
        read_graph(hidden)


@pytest.mark.parametrize("order", [(b"", FOREIGN), (FOREIGN, b"")])
def test_an_operator_hidden_behind_a_second_domain_is_refused(order: tuple[bytes, ...]) -> None:
    """Of two, protobuf takes the last."""

    def spelling(field: int, content: bytes) -> bytes:
        contents = order if content == FOREIGN else (content,)
        return b"".join(spell(field, each) for each in contents)

    with pytest.raises(WireError, match="twice"):
        read_graph(foreign_model(spelling))


@settings(max_examples=300)
@given(data=st.data())
def test_a_foreign_operator_is_refused_however_it_is_spelled(data: st.DataObject) -> None:
    few = st.integers(1, 6)

    def spelling(field: int, content: bytes) -> bytes:
        above = data.draw(st.integers(0, 15))
        one = spell(field, content, tag=data.draw(few), size=data.draw(few), above=above)
        beside = st.sampled_from(
            [b"", spell(99, b"?"), number(99 << 3 | 3) + number(99 << 3 | 4), spell(field, b"")]
        )
        return data.draw(beside) + one + data.draw(beside)

    with pytest.raises((ModelError, WireError)):
        read_graph(foreign_model(spelling))


def _bytes_changed(good: bytes, data: st.DataObject) -> bytes:
    changed = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed) - 1))
        new = bytes(data.draw(st.lists(st.integers(0, 255), max_size=3)))
        changed[place : place + data.draw(st.integers(0, 3))] = new
    return bytes(changed)


@settings(max_examples=300)
@given(data=st.data())
def test_what_is_accepted_means_the_same_to_protobuf(data: st.DataObject, tiny_model: Path) -> None:
    changed = _bytes_changed(tiny_model.read_bytes(), data)
    with contextlib.suppress(ModelError, WireError):
        facts = read_graph(changed)
        model = onnx.load_model_from_string(changed)
        assert [spec.name for spec in facts.outputs] == [each.name for each in model.graph.output]
        weights = {each.name for each in model.graph.initializer}
        taken = [each.name for each in model.graph.input if each.name not in weights]
        assert [spec.name for spec in facts.inputs] == taken
        assert {node.domain for node in model.graph.node} <= {"", "ai.onnx"}
        found = {key: bytes(value) for key, value in facts.metadata.items()}
        told = {each.key: each.value for each in model.metadata_props}  # bytes if no UTF-8
        assert found == {k: v if isinstance(v, bytes) else v.encode() for k, v in told.items()}
        assert not any(each.external_data or each.data_location for each in model.graph.initializer)


def test_weights_elsewhere_are_found_behind_a_location_that_is_cut(tiny_model: Path) -> None:
    """An enumeration is cut to 32 bits: one more than 2 to the 32 is EXTERNAL."""
    model = onnx.load(tiny_model)
    weight = model.graph.initializer.pop()
    location = number(14 << 3) + number((1 << 32) + 1)
    graph = model.graph.SerializeToString() + spell(5, weight.SerializeToString() + location)
    model.ClearField("graph")
    with pytest.raises(ModelError, match="other files"):
        read_graph(model.SerializeToString() + spell(7, graph))


def test_a_type_that_replaces_the_tensor_is_refused() -> None:
    """Of a value's types, which exclude each other, protobuf takes the last."""
    tensor = helper.make_tensor_type_proto(TensorProto.FLOAT, ["N"])
    sequence = helper.make_sequence_type_proto(tensor)
    both = tensor.SerializeToString() + sequence.SerializeToString()
    graph = spell(12, spell(1, b"chroma") + spell(2, both))
    with pytest.raises(ModelError, match="no tensor"):
        read_graph(spell(7, graph))


def test_metadata_that_is_there_twice_is_refused(tiny_model: Path) -> None:
    model = onnx.load(tiny_model)
    model.metadata_props.append(model.metadata_props[0])
    with pytest.raises(ModelError, match="twice"):
        read_graph(model.SerializeToString())


@pytest.mark.parametrize(
    "graph",
    [
        spell(5, number(1 << 3) + number(1)) * 20_000,  # weights of one dimension
        spell(12, spell(2, spell(1, spell(2, spell(1, spell(2, b"")) * 20_000)))),  # dimensions
        spell(1, spell(5, spell(6, spell(11, b"") * 20_000))),  # inputs of an inner graph
    ],
    ids=["weights", "dimensions", "inner"],
)
def test_what_a_file_repeats_takes_little_more_memory_than_the_file(graph: bytes) -> None:
    data = spell(7, graph + spell(12, b""))
    tracemalloc.start()
    try:
        read_graph(data)
        assert tracemalloc.get_traced_memory()[1] < 12 * len(data)
    finally:
        tracemalloc.stop()
