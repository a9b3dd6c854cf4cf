import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.evaluation.counted import evaluation_of
from tests.unit.evaluation.photographs import Folder, save_photographs

from photochrom.errors import InputError
from photochrom.evaluation import Evaluation, evaluate
from photochrom.evaluation.contestants.baselines import colorize_gray
from photochrom.evaluation.findings.findings import compare
from photochrom.evaluation.findings.summary import NAMES, PALETTE, pool_all, report_rows, summarize
from photochrom.evaluation.tally import RATIOS


def tinted(strength: int):
    """Make a colorizer that adds red."""

    def paint(gray: np.ndarray) -> np.ndarray:
        shown = colorize_gray(gray).astype(int)
        shown[..., 0] += strength
        return shown.clip(0, 255).astype(np.uint8)

    return paint


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    photos = save_photographs(tmp_path_factory.mktemp("compared") / "photos", color=8)
    return evaluate({"pale": tinted(10), "strong": tinted(60)}, photos)


def test_the_difference_to_gray_is_the_one_of_the_report(evaluation: Evaluation) -> None:
    strong = summarize(evaluation)[1]
    for metric in NAMES:
        assert compare(evaluation, "strong", "gray", metric) == strong.over_gray[metric], metric


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


def test_every_number_lies_inside_its_own_interval(evaluation: Evaluation) -> None:
    for summary in summarize(evaluation):
        for name, each in (*summary.estimates.items(), *summary.over_gray.items()):
            assert each.interval.low <= each.value <= each.interval.high, (summary.model, name)


@given(
    numbers=st.lists(
        st.tuples(st.floats(1, 90), st.floats(1, 90), st.integers(0, 4)), min_size=2, max_size=14
    )
)
@settings(max_examples=40)
def test_distances_of_few_pictures_lie_inside_their_intervals(
    numbers: list[tuple[float, float, int]],
) -> None:
    painted, true, cells = map(np.array, zip(*numbers, strict=True))
    sums = np.ones((1, len(numbers), 2, len(RATIOS)))
    sums[0, :, 0, RATIOS.index("colorfulness")] = painted
    sums[0, :, 0, RATIOS.index("colorfulness_truth")] = true
    colors = np.zeros((1, len(numbers), 2, 313))
    colors[0, np.arange(len(numbers)), 0, cells] = colors[0, :, 1, 2] = 1
    confidence = np.zeros((1, len(numbers), 2))
    found = evaluation_of(("gray",), ratios=sums, colors=colors, confidence=confidence)
    for name in ("delta_colorfulness", PALETTE):
        each = pool_all(found).estimate(0, name)
        assert 0 <= each.interval.low <= each.value <= each.interval.high


def test_a_single_picture_has_no_interval_and_proves_nothing(folder: Folder) -> None:
    alone = evaluate({"strong": tinted(60)}, folder(color=1))
    assert np.isnan(summarize(alone)[0].estimates["psnr"].interval.low)
    assert not compare(alone, "strong", "gray", "psnr").interval.excludes(0)
    assert report_rows(summarize(alone))[0]["interval"]["psnr"] == [None, None]


def test_unknown_names_are_refused_with_those_there_are(evaluation: Evaluation) -> None:
    with pytest.raises(InputError, match="no model 'best' was measured, only pale, strong, gray"):
        compare(evaluation, "best", "pale", "auc")
    with pytest.raises(InputError, match="no metric 'fid', only auc, auc_rebalanced"):
        compare(evaluation, "pale", "strong", "fid")
