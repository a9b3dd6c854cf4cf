import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from tests.tiny import tiny_card
from tests.tiny import tiny_model as write_tiny_model

from photochrom.errors import ModelError
from photochrom.models.contract import METADATA_KEY, Signature, read_contract
from photochrom.models.wire import MAX_FIELDS, WireError, WireReader


@pytest.fixture(scope="module")
def good(tiny_model: Path) -> bytes:
    return tiny_model.read_bytes()


def _changed(data: bytes, change: Callable[[onnx.ModelProto], object]) -> bytes:
    model = onnx.load_from_string(data)
    change(model)
    serialized: bytes = model.SerializeToString()
    return serialized


def test_good_model_is_read(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "model.onnx", hints=True)
    card, signature = read_contract(path)
    assert card.name == "tiny"
    assert signature == Signature(("lightness", "hints"), ("chroma", "distribution"))
    assert read_contract(path.read_bytes()) == (card, signature)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html>not found</html>", "a web page"),
        (b"\n<html>", "a web page"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not an ONNX model"),
        (b"\x80" * 100, "not an ONNX model"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "not an ONNX model"),
        (b"\x08\x09", "not an ONNX model"),
        (b"\x38\x01", "not an ONNX model"),
        (b"PK\x03\x04" + bytes(64), "not an ONNX model"),
    ],
)
def test_what_is_no_onnx_file_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_contract(data)


def test_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read the model"):
        read_contract(tmp_path / "none.onnx")


def test_what_is_no_regular_file_is_not_read(tmp_path: Path) -> None:
    """Reading a device or a pipe may never end."""
    for path in (tmp_path, Path(os.devnull)):
        with pytest.raises(ModelError, match="not a file"):
            read_contract(path)


def test_file_that_is_cut_short_is_refused(good: bytes) -> None:
    for length in range(0, len(good) - 1, max(1, len(good) // 60)):
        with pytest.raises(ModelError):
            read_contract(good[:length])


@settings(max_examples=200)
@given(data=st.data())
def test_flipped_bytes_raise_nothing_but_model_errors(data: st.DataObject, good: bytes) -> None:
    damaged = bytearray(good)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ModelError):
        read_contract(bytes(damaged))


def test_weights_in_other_files_are_refused(good: bytes) -> None:
    def point_outside(model: onnx.ModelProto) -> None:
        weight = model.graph.initializer[0]
        weight.data_location = TensorProto.EXTERNAL
        weight.external_data.add(key="location", value="/etc/passwd")

    with pytest.raises(ModelError, match="other files"):
        read_contract(_changed(good, point_outside))


def test_weights_in_other_files_are_found_inside_constants(good: bytes) -> None:
    def point_outside(model: onnx.ModelProto) -> None:
        tensor = numpy_helper.from_array(numpy_helper.to_array(model.graph.initializer[0]), "t")
        tensor.external_data.add(key="location", value="../secret")
        model.graph.node.append(helper.make_node("Constant", [], ["unused"], value=tensor))

    with pytest.raises(ModelError, match="other files"):
        read_contract(_changed(good, point_outside))


def test_foreign_operators_are_refused_at_any_depth(good: bytes) -> None:
    foreign = helper.make_node("Evil", [], ["e"], domain="com.example")
    graph = helper.make_graph([foreign], "inner", [], [])
    for _ in range(3):
        node = helper.make_node("If", ["c"], ["r"], then_branch=graph, else_branch=graph)
        graph = helper.make_graph([node], "outer", [], [])
    for node in (foreign, graph.node[0]):
        with pytest.raises(ModelError, match=r"com\.example\.Evil.*not a standard operator"):
            read_contract(_changed(good, lambda model, node=node: model.graph.node.append(node)))


def test_deep_nesting_is_refused() -> None:
    graph = b""
    for _ in range(2000):
        attribute = _message(6, graph)
        graph = _message(1, _message(5, attribute))
    with pytest.raises(ModelError, match="deeper"):
        read_contract(_message(7, graph))


def _message(number: int, content: bytes) -> bytes:
    size, length = len(content), b""
    while size > 0x7F:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def test_local_functions_are_refused(good: bytes) -> None:
    with pytest.raises(ModelError, match="functions of its own"):
        read_contract(_changed(good, lambda model: model.functions.add(name="f", domain="f")))


def test_countless_fields_are_refused_in_bounded_time() -> None:
    reader = WireReader()
    with pytest.raises(WireError, match="fields"):
        for _ in reader.fields(memoryview(b"\x08\x01" * (MAX_FIELDS + 1))):
            pass


def test_model_without_card_says_so(good: bytes) -> None:
    bare = _changed(good, lambda model: model.ClearField("metadata_props"))
    with pytest.raises(ModelError, match="carries no card"):
        read_contract(bare)


def test_newer_contract_names_the_file(tmp_path: Path, good: bytes) -> None:
    def make_newer(model: onnx.ModelProto) -> None:
        newer = tiny_card().to_json().replace('"contract": 1', '"contract": 2')
        helper.set_model_props(model, {METADATA_KEY: newer})

    path = tmp_path / "newer.onnx"
    path.write_bytes(_changed(good, make_newer))
    with pytest.raises(ModelError, match=r"newer\.onnx: .*contract 2"):
        read_contract(path)


def _rename_output(model: onnx.ModelProto) -> None:
    model.graph.output[0].name = "colour"


def _halve_type(model: onnx.ModelProto) -> None:
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT16


def _triple_channels(model: onnx.ModelProto) -> None:
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 3


def _fix_height(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 256


def _drop_axis(model: onnx.ModelProto) -> None:
    del model.graph.output[0].type.tensor_type.shape.dim[3]


def _add_input(model: onnx.ModelProto) -> None:
    model.graph.input.append(
        helper.make_tensor_value_info("hints", TensorProto.FLOAT, ["N", 3, "H", "W"])
    )


def _drop_bins(model: onnx.ModelProto) -> None:
    helper.set_model_props(model, {METADATA_KEY: tiny_card().to_json()})


def _double_output(model: onnx.ModelProto) -> None:
    model.graph.output.append(model.graph.output[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_rename_output, "knows no 'colour'"),
        (_halve_type, "not float32"),
        (_triple_channels, "3 channels, not 2"),
        (_fix_height, "fixed height"),
        (_drop_axis, r"not \(N, channels, height, width\)"),
        (_add_input, "optional inputs"),
        (_drop_bins, "lists no bins"),
        (_double_output, "twice"),
    ],
)
def test_wrong_signature_is_refused(
    good: bytes, change: Callable[[onnx.ModelProto], object], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        read_contract(_changed(good, change))
