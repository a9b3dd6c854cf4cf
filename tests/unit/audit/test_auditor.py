from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from tests.auditor_files import SIZE, auditor_file, stubborn_auditor

from photochrom.audit.auditor import CONTROLS, open_auditor, shipped_auditor
from photochrom.errors import InferenceError, ModelError
from photochrom.files import file_sha256
from photochrom.models.registry import DEFAULT_MODEL, resolve_model

GRAY = np.full((40, 60, 3), 128, np.uint8)
RED = np.full((40, 60, 3), (255, 0, 0), np.uint8)


def test_it_judges_and_tells_where(tmp_path: Path) -> None:
    auditor = open_auditor(auditor_file(tmp_path / "a.onnx"))
    half = np.concatenate([GRAY, RED], axis=1)
    gray, red, both = auditor.judge([GRAY, RED, half])
    assert [each.probability for each in (gray, red, both)] == pytest.approx([1, 0, 0.5])
    assert both.map is not None
    assert both.map.shape == (SIZE // 4, SIZE // 4)
    assert both.map[:, :4].max() == 0
    assert both.map[:, 4:].min() == pytest.approx(1)


def test_more_pictures_than_a_batch_keep_their_order(tmp_path: Path) -> None:
    auditor = open_auditor(auditor_file(tmp_path / "a.onnx"))
    reds = [np.full((8, 8, 3), (code, 0, 0), np.uint8) for code in range(0, 250, 10)]
    found = [each.probability for each in auditor.judge(reds)]
    assert found == pytest.approx([1 - code / 255 for code in range(0, 250, 10)], abs=1e-5)


def test_one_without_a_map_tells_no_place(tmp_path: Path) -> None:
    auditor = open_auditor(auditor_file(tmp_path / "a.onnx", has_map=False))
    assert auditor.judge([RED])[0].map is None
    assert auditor.judge([]) == []


def test_the_card_is_read(tmp_path: Path) -> None:
    card = open_auditor(auditor_file(tmp_path / "a.onnx", more="unknown keys do no harm")).card
    assert (card.size, card.model, card.pair_fooled) == (SIZE, "tiny", 0.04)
    assert card.accuracy_per_epoch == (0.6, 0.8, 0.9)
    assert card.controls.keys() == CONTROLS.keys()
    assert all(control.is_passed for control in card.controls.values())


def test_a_control_whose_interval_leaves_chance_out_is_not_passed(tmp_path: Path) -> None:
    leaking = {"lightness_only_auc": {"value": 0.6, "interval": [0.55, 0.65]}}
    card = open_auditor(auditor_file(tmp_path / "a.onnx", controls=leaking)).card
    assert not card.controls["lightness_only_auc"].is_passed


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"size": 4}, "bad 'size'"),
        ({"size": 64}, r"its 'picture' is not float32 \(n, 3, 64, 64\)"),
        ({"version": 2}, "follows contract 2"),
        ({"pair_fooled": 4}, "bad 'pair_fooled'"),
        ({"interval": [0.1]}, "bad 'interval'"),
        ({"accuracy_per_epoch": ["much"]}, "bad 'accuracy_per_epoch'"),
        ({"controls": {"luck": {}}}, "bad 'controls': 'luck'"),
        ({"model_sha256": 5}, "bad 'model_sha256'"),
        ({"inputs": "image"}, "it must take 'picture'"),
    ],
)
def test_files_that_break_the_contract_are_one_line(
    tmp_path: Path, changes: dict[str, Any], line: str
) -> None:
    with pytest.raises(ModelError, match=line):
        open_auditor(auditor_file(tmp_path / "a.onnx", **changes))


def test_a_colorizer_is_no_auditor(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match="an ONNX file, but no auditor"):
        open_auditor(tiny_model)


def test_any_other_file_is_no_auditor(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_text("<html>not found</html>")
    with pytest.raises(ModelError, match="a web page, not an ONNX model"):
        open_auditor(tmp_path / "a.onnx")
    with pytest.raises(ModelError, match="cannot read the model"):
        open_auditor(tmp_path / "none.onnx")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ModelError, match="no auditor is called 'nobody'; there are: "):
        open_auditor("nobody")
    assert shipped_auditor("nobody").name == "nobody-auditor.onnx"


def test_what_is_no_probability_is_refused(tmp_path: Path) -> None:
    auditor = open_auditor(auditor_file(tmp_path / "a.onnx", gain=3.0))
    with pytest.raises(InferenceError, match="no probabilities"):
        auditor.judge([RED])


def test_what_rounding_puts_outside_is_cut_off(tmp_path: Path) -> None:
    auditor = open_auditor(auditor_file(tmp_path / "a.onnx", gain=1 + 1e-6))
    (red,) = auditor.judge([RED])
    assert red.probability == 0
    assert red.map is not None
    assert red.map.max() == 1


@pytest.mark.parametrize(
    ("probability", "shape", "message"),
    [
        ([0.5, 0.5], (1, 1, 8, 8), "no probabilities"),
        ([float("nan")], (1, 1, 8, 8), "no probabilities"),
        ([0.5], (1, 2, 8, 8), "a map of shape"),
        ([0.5], (8, 8), "a map of shape"),
        ([0.5], (2, 1, 8, 8), "a map of shape"),
        ([0.5], (1, 1, 0, 8), "a map of shape"),
        ([0.5], (1, 1, 8, 10 * SIZE), "a map of shape"),
    ],
)
def test_what_the_contract_rules_out_is_refused(
    tmp_path: Path, probability: list[float], shape: tuple[int, ...], message: str
) -> None:
    auditor = open_auditor(stubborn_auditor(tmp_path / "a.onnx", probability, shape))
    with pytest.raises(InferenceError, match=message):
        auditor.judge([RED])


def test_an_auditor_that_reaches_for_other_files_is_refused(tmp_path: Path) -> None:
    path = auditor_file(tmp_path / "a.onnx")
    model = onnx.load(path)
    model.graph.initializer[0].external_data.add(key="location", value="secret")
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="weights in other files"):
        open_auditor(path)


def test_the_auditor_in_the_package_was_trained_against_the_model_in_the_package() -> None:
    shipped = file_sha256(resolve_model(DEFAULT_MODEL))
    assert open_auditor(DEFAULT_MODEL).card.model_sha256 == shipped
