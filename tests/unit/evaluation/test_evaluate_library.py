import numpy as np
import pytest
from tests.unit.evaluation.photographs import Folder, colorful

from photochrom.collection import open_collection
from photochrom.errors import InputError
from photochrom.evaluation import evaluate
from photochrom.evaluation.contestants.baselines import colorize_gray
from photochrom.evaluation.findings.summary import json_rows, report_rows, summarize
from photochrom.evaluation.tally import RATIOS, Truth, measure
from photochrom.metrics.auc import ab_errors, auc_from_sums, error_sums


def perfect(folder_items: list[np.ndarray]):
    """Make a colorizer that knows the answers."""
    answers = {Truth(rgb).gray.tobytes(): rgb for rgb in folder_items}
    return lambda gray: answers[gray.tobytes()]


def value(measured: np.ndarray, name: str) -> float:
    """Read one metric of one picture."""
    column = RATIOS.index(name)
    return float(measured[0, column] / measured[1, column])


def test_the_truth_itself_scores_perfectly(folder: Folder) -> None:
    photos = open_collection(folder(color=3))
    evaluation = evaluate({"oracle": perfect([item.read() for item in photos])}, photos)
    oracle = json_rows(summarize(evaluation))[0]
    assert oracle["model"] == "oracle"
    assert (oracle["auc"], oracle["auc_rebalanced"]) == (100, 100)
    assert (oracle["psnr"], oracle["ssim"], oracle["delta_e"]) == (100, 1, 0)
    assert oracle["colorfulness"] == oracle["colorfulness_truth"]
    assert oracle["delta_colorfulness"] == oracle["lightness_error"] == 0
    assert oracle["percent_different"] == {"0": 0, "2": 0, "8": 0, "16": 0}


def test_json_has_exactly_the_keys_of_the_interface(folder: Folder) -> None:
    rows = json_rows(summarize(evaluate({}, folder())))
    assert [row["model"] for row in rows] == ["gray", "random-colors", "per-lightness"]
    assert list(rows[0]) == [
        "model", "n", "auc", "auc_rebalanced", "psnr", "ssim", "delta_e", "colorfulness",
        "colorfulness_truth", "delta_colorfulness", "percent_different", "lightness_error",
        "seconds_per_picture",
    ]  # fmt: skip


def test_gray_is_what_the_metrics_say_of_gray(folder: Folder) -> None:
    photos = open_collection(folder(color=1))
    gray = json_rows(summarize(evaluate({}, photos)))[0]
    truth = Truth(photos[0].read())
    plain = Truth(colorize_gray(truth.gray))
    auc = auc_from_sums(*error_sums(ab_errors(plain.lab, truth.lab)))
    assert gray["auc"] == pytest.approx(auc, abs=1e-5)
    assert gray["colorfulness"] == 0
    assert gray["delta_colorfulness"] == gray["colorfulness_truth"]
    assert gray["lightness_error"] < 0.3


def test_auc_pools_pixels_and_the_rest_averages_pictures() -> None:
    big, small = Truth(colorful(1, 40, 40)), Truth(colorful(2, 10, 10))
    each = [measure(colorize_gray(t.gray), t) for t in (big, small)]
    pooled = np.add(*each)
    shares = 0.16 * 100 / 17, 1 / 17
    expected = value(each[0], "auc") * 16 / 17 + value(each[1], "auc") * shares[1]
    assert value(pooled, "auc") == pytest.approx(expected, abs=1e-6)
    mean = (value(each[0], "psnr") + value(each[1], "psnr")) / 2
    assert value(pooled, "psnr") == pytest.approx(mean)


def test_delta_colorfulness_is_a_difference_of_means(folder: Folder) -> None:
    shifted = iter([0, 255])

    def flat_then_loud(gray: np.ndarray) -> np.ndarray:
        shown = colorize_gray(gray)
        shown[..., 2] = next(shifted, 128)
        return shown

    row = report_rows(summarize(evaluate({"odd": flat_then_loud}, folder(color=2))))[0]
    of_means = abs(row["colorfulness"] - row["colorfulness_truth"])
    assert row["delta_colorfulness"] == pytest.approx(of_means, abs=1e-5)
    assert row["also"]["mean_colorfulness_difference"] >= of_means - 1e-5


def test_gray_originals_are_dropped_and_counted(folder: Folder) -> None:
    evaluation = evaluate({}, folder(color=2, gray=3))
    assert len(evaluation.pictures) == 2
    assert evaluation.gray_originals == ("gray-0.png", "gray-1.png", "gray-2.png")


def test_a_damaged_picture_is_named_and_the_run_goes_on(folder: Folder) -> None:
    evaluation = evaluate({}, folder(color=2, broken=1))
    assert len(evaluation.pictures) == 2
    assert [failure.name for failure in evaluation.failures] == ["broken-0.png"]


def test_only_gray_originals_are_one_clear_line(folder: Folder) -> None:
    with pytest.raises(InputError, match="no color photograph to measure: 2 gray or toned"):
        evaluate({}, folder(color=0, gray=2))


def test_a_model_of_another_shape_is_named(folder: Folder) -> None:
    with pytest.raises(InputError, match=r"half gives uint8 \(10, 26, 3\) instead of"):
        evaluate({"half": lambda gray: colorize_gray(gray[::2])}, folder())


def test_a_limit_is_spread_over_the_collection(folder: Folder) -> None:
    evaluation = evaluate({}, folder(color=9), limit=3)
    assert [p.name for p in evaluation.pictures] == ["color-0.png", "color-3.png", "color-6.png"]


def test_progress_reaches_the_end(folder: Folder) -> None:
    seen: list[tuple[int, int]] = []
    evaluate({}, folder(color=3), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_differences_to_gray_are_paired(folder: Folder) -> None:
    def nearly_gray(gray: np.ndarray) -> np.ndarray:
        shown = colorize_gray(gray)
        shown[0, 0, 0] ^= 1
        return shown

    rows = summarize(evaluate({"nearly": nearly_gray}, folder(color=8)))
    nearly, gray = rows[0], rows[1]
    width = nearly.estimates["auc"].interval.high - nearly.estimates["auc"].interval.low
    paired = nearly.over_gray["auc"].interval
    assert paired.high - paired.low < width / 100
    assert gray.over_gray["auc"].value == 0
