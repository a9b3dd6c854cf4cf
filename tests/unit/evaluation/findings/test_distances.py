"""FID and KID of vectors that are given."""

import numpy as np
import pytest
from tests.unit.evaluation.counted import evaluation_of

from photochrom.evaluation import Evaluation
from photochrom.evaluation.findings import findings
from photochrom.evaluation.findings.findings import HALVES, set_distances
from photochrom.metrics.frechet import kernel_distance

TRUTH = np.random.default_rng(0).normal(size=(12, 2))


def measured(metric: str, shown: np.ndarray, truth: np.ndarray) -> Evaluation:
    sums = {f"vector:{metric}": shown[None], f"truth-vector:{metric}": truth[None]}
    return evaluation_of(("model",), recipes={metric: "by hand"}, **sums)


def test_fid_of_a_set_moved_by_5_is_25(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "FEWEST", 12)
    model, _ = set_distances(measured("fid", TRUTH + np.array([3, 4]), TRUTH))
    assert (model.metric, model.model, model.remark) == ("fid", "model", "by hand")
    assert model.value == pytest.approx(25)
    assert model.spread is None


def test_fid_is_refused_for_one_picture_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "FEWEST", 13)
    (refused,) = set_distances(measured("fid", TRUTH, TRUTH))
    assert (refused.value, refused.spread) == (None, None)
    assert refused.remark == ("refused: FID needs 13 photographs, here are 12; KID needs fewer")


def test_kid_is_that_of_model_and_truth() -> None:
    shown = TRUTH * 2 + 1
    model, _ = set_distances(measured("kid", shown, TRUTH))
    expected = kernel_distance(shown, TRUTH)
    assert (model.value, model.spread) == (expected.value, expected.spread)


def test_kid_needs_8() -> None:
    assert len(set_distances(measured("kid", TRUTH[:8], TRUTH[:8]))) == 2
    (refused,) = set_distances(measured("kid", TRUTH[:7], TRUTH[:7]))
    assert refused.remark == "refused: KID needs 8 photographs, here are 7"


def test_the_anchor_compares_halves_that_share_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "FEWEST", 12)
    seen = []
    monkeypatch.setattr(findings, "frechet_distance", lambda *pair: seen.append(pair) or 7.0)
    anchor = set_distances(measured("fid", TRUTH + 9, TRUTH))[-1]
    assert (anchor.model, anchor.value) == (HALVES, 7)
    first, second = seen[-1]
    assert (len(first), len(second)) == (6, 6)
    assert sorted(np.concatenate([first, second]).tolist()) == sorted(TRUTH.tolist())
    assert first.tolist() != TRUTH[:6].tolist()  # drawn, not cut


def test_without_feature_files_there_is_nothing() -> None:
    assert set_distances(evaluation_of(("model",), errors=np.zeros((1, 2, 151)))) == []
