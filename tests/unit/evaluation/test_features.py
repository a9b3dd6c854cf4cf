from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image
from tests.feature_files import classifier_file, pair_file, vector_file
from tests.unit.evaluation.photographs import Folder

from photochrom.errors import InferenceError, InputError, ModelError
from photochrom.evaluation.features import FeatureFile, load_features, vectors
from photochrom.evaluation.findings import findings
from photochrom.evaluation.findings.findings import HALVES, set_distances
from photochrom.evaluation.findings.summary import pool_all, report_rows, summarize
from photochrom.evaluation.protocol import Setup
from photochrom.evaluation.run import measure_all
from photochrom.picture.pixels import to_gray


def test_a_pair_is_measured_in_its_range(tmp_path: Path) -> None:
    file = FeatureFile("lpips", pair_file(tmp_path / "p.onnx"))
    black, white = np.zeros((4, 5, 3), np.uint8), np.full((4, 5, 3), 255, np.uint8)
    assert file.run(black, white).tolist() == [2.0]  # from -1 to 1
    assert "a stand-in for tests" in file.recipe
    assert file.sha256[:16] in file.recipe


def test_lpips_is_a_mean_over_pictures_with_an_interval(folder: Folder, tmp_path: Path) -> None:
    setup = Setup(features={"lpips": pair_file(tmp_path / "p.onnx")})
    evaluation = measure_all({}, folder(color=4), setup)
    estimate = pool_all(evaluation).estimate(0, "lpips")
    originals = [evaluation.originals.rgb(number) for number in range(4)]
    each = [np.abs(rgb - to_gray(rgb)[..., None].astype(float)).mean() for rgb in originals]
    assert estimate.value == pytest.approx(np.mean(each) * 2 / 255, rel=1e-4)
    assert 0 < estimate.interval.low <= estimate.value <= estimate.interval.high < 2
    row = report_rows(summarize(evaluation))[0]
    assert row["also"]["lpips"] == pytest.approx(estimate.value, abs=1e-6)


def test_top1_counts_labels_that_the_classifier_knows(tmp_path: Path) -> None:
    colors = {"red": (220, 40, 40), "green": (40, 200, 40), "strange": (40, 40, 200)}
    for label, code in colors.items():
        place = tmp_path / "photos" / label
        place.mkdir(parents=True)
        Image.fromarray(np.full((12, 12, 3), code, np.uint8)).save(place / f"{label}.png")
    classifier = classifier_file(tmp_path / "c.onnx", ["red", "green", "blue"])
    setup = Setup(features={"top1": classifier})
    always_red = {"red": lambda gray: np.stack([gray, gray // 2, gray // 2], axis=-1)}
    evaluation = measure_all(always_red, tmp_path / "photos", setup)
    assert pool_all(evaluation).estimate(0, "top1").value == 50


def test_fid_is_refused_below_2048_and_kid_is_not(folder: Folder, tmp_path: Path) -> None:
    vectors = vector_file(tmp_path / "v.onnx")
    evaluation = measure_all({}, folder(color=12), Setup(features={"fid": vectors, "kid": vectors}))
    fid, *kids = set_distances(evaluation)
    assert (fid.value, fid.model) == (None, "all")
    assert "FID needs 2048 photographs, here are 12" in fid.remark
    assert [each.model for each in kids] == [*evaluation.models, HALVES]
    assert all(each.spread is not None for each in kids)


def test_fid_ranks_models_and_knows_its_anchors(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "FEWEST", 8)
    setup = Setup(features={"fid": vector_file(tmp_path / "v.onnx")})
    evaluation = measure_all({}, folder(color=24), setup)
    found = {each.model: each.value for each in set_distances(evaluation)}
    assert found["gray"] is not None
    assert found["random-colors"] is not None
    assert found["random-colors"] < found["gray"]


def test_one_file_for_two_metrics_runs_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = vector_file(tmp_path / "v.onnx")
    files, _ = load_features({"fid": path, "kid": path})
    runs = []
    real = FeatureFile.run

    def counted(self: FeatureFile, *pictures: np.ndarray) -> np.ndarray:
        runs.append(self.name)
        return real(self, *pictures)

    monkeypatch.setattr(FeatureFile, "run", counted)
    found = vectors(files, np.full((8, 8, 3), 51, np.uint8))
    assert len(runs) == 1
    assert found["fid"].tolist() == found["kid"].tolist() == pytest.approx([0.2] * 3 + [0.04] * 3)


def test_missing_weights_are_skipped_with_the_place_to_put_them(
    folder: Folder, tmp_path: Path
) -> None:
    setup = Setup(features={"lpips": tmp_path / "none.onnx"})
    evaluation = measure_all({}, folder(color=2), setup)
    assert (
        f"lpips is skipped: put its weights at {tmp_path / 'none.onnx'}" in (evaluation.warnings[0])
    )
    assert "lpips" not in pool_all(evaluation).names


@pytest.mark.parametrize(
    ("about", "name", "error", "line"),
    [
        ({}, "fid", InputError, "is a pair, and fid needs a vector"),
        ({}, "ssim", InputError, "no metric 'ssim' of a network"),
        (
            {"side": 3},
            "lpips",
            ModelError,
            "unknown key 'side'; there are kind, recipe",
        ),
        ({"size": 99999}, "lpips", ModelError, "out of range"),
        ({"size": 32.0}, "lpips", ModelError, "bad 'size': 32.0 is not a whole number"),
        ({"size": True}, "lpips", ModelError, "bad 'size': True is not a number"),
        ({"low": float("nan")}, "lpips", ModelError, "not valid JSON"),
        ({"high": 1e30}, "lpips", ModelError, "out of range"),
        ({"low": "0"}, "lpips", ModelError, "bad 'low': '0' is not a number"),
        ({"recipe": 7}, "lpips", ModelError, "bad 'recipe': 7 is not text"),
        ({"kind": ["pair"]}, "lpips", ModelError, r"bad 'kind': \['pair'\] is not text"),
        ({"classes": {"a": 1}}, "lpips", ModelError, "bad 'classes': .* is not a list"),
        ({"kind": "classifier"}, "top1", ModelError, "must name its classes"),
    ],
)
def test_files_that_do_not_fit_are_one_line(
    tmp_path: Path, about: dict[str, object], name: str, error: type[Exception], line: str
) -> None:
    with pytest.raises(error, match=line):
        load_features({name: pair_file(tmp_path / "p.onnx", **about)})


def test_a_colorizer_is_no_feature_file(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match="is no feature file"):
        FeatureFile("lpips", tiny_model)


def test_a_feature_file_that_reaches_for_other_files_is_refused(tmp_path: Path) -> None:
    path = vector_file(tmp_path / "v.onnx")
    model = onnx.load(path)
    weight = model.graph.initializer.add(name="w", dims=[1], data_type=1)
    weight.external_data.add(key="location", value="/etc/passwd")
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="weights in other files"):
        FeatureFile("fid", path)


def test_a_foreign_operator_in_a_feature_file_is_refused(tmp_path: Path) -> None:
    path = vector_file(tmp_path / "v.onnx")
    model = onnx.load(path)
    model.graph.node[0].domain = "com.microsoft"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="not a standard operator"):
        FeatureFile("fid", path)


def test_a_classifier_with_other_scores_than_classes_is_refused(tmp_path: Path) -> None:
    """Its best score might belong to no class at all."""
    file = FeatureFile("top1", classifier_file(tmp_path / "c.onnx", ["red", "green"]))
    with pytest.raises(InferenceError, match="top1 gave 3 numbers, not 2"):
        file.hit(np.zeros((8, 8, 3), np.uint8), "red")


def test_vectors_that_change_their_length_are_refused(tmp_path: Path) -> None:
    path = vector_file(tmp_path / "v.onnx", size=0)
    model = onnx.load(path)
    del model.graph.node[:]
    model.graph.node.append(onnx.helper.make_node("Identity", ["pictures"], ["features"]))
    path.write_bytes(model.SerializeToString())
    file = FeatureFile("fid", path)
    file.run(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(InferenceError, match="fid gave 216 numbers, not 192"):
        file.run(np.zeros((8, 9, 3), np.uint8))


def test_a_feature_file_that_is_no_picture_network_is_refused(tmp_path: Path) -> None:
    path = vector_file(tmp_path / "v.onnx")
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 4
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match=r"its inputs are not float32 \(N, 3, H, W\)"):
        FeatureFile("fid", path)
