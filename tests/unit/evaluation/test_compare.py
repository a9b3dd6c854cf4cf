import numpy as np
import pytest
from tests.unit.evaluation.photographs import Folder

from photochrom.errors import InputError
from photochrom.evaluation import Evaluation, evaluate
from photochrom.evaluation.baselines import colorize_gray
from photochrom.evaluation.compare import compare
from photochrom.evaluation.summary import NAMES, summarize


def tinted(strength: int):
    """Make a colorizer that adds red."""

    def paint(gray: np.ndarray) -> np.ndarray:
        shown = colorize_gray(gray).astype(int)
        shown[..., 0] += strength
        return shown.clip(0, 255).astype(np.uint8)

    return paint


@pytest.fixture
def evaluation(folder: Folder) -> Evaluation:
    return evaluate({"pale": tinted(10), "strong": tinted(60)}, folder(color=8))


@pytest.mark.parametrize("metric", NAMES)
def test_the_difference_to_gray_is_the_one_of_the_report(
    evaluation: Evaluation, metric: str
) -> None:
    strong = summarize(evaluation)[1]
    assert compare(evaluation, "strong", "gray", metric) == strong.over_gray[metric]


def test_the_other_way_round_is_the_negative(evaluation: Evaluation) -> None:
    one = compare(evaluation, "pale", "strong", "delta_e")
    other = compare(evaluation, "strong", "pale", "delta_e")
    assert one.value == -other.value
    assert one.interval.low == pytest.approx(-other.interval.high)


def test_a_plain_difference_is_beyond_noise_and_none_is_not(evaluation: Evaluation) -> None:
    assert compare(evaluation, "strong", "pale", "lightness_error").interval.low > 0
    same = compare(evaluation, "pale", "pale", "auc")
    assert (same.value, same.interval.excludes(0)) == (0, False)


def test_pairs_stay_together(evaluation: Evaluation) -> None:
    difference = compare(evaluation, "pale", "gray", "psnr").interval
    alone = summarize(evaluation)[0].estimates["psnr"].interval
    assert difference.high - difference.low < (alone.high - alone.low) / 2


def test_unknown_names_are_refused_with_those_there_are(evaluation: Evaluation) -> None:
    with pytest.raises(InputError, match="no model 'best' was measured, only pale, strong, gray"):
        compare(evaluation, "best", "pale", "auc")
    with pytest.raises(InputError, match="no metric 'fid', only auc, auc_rebalanced"):
        compare(evaluation, "pale", "strong", "fid")
