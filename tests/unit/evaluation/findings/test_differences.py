"""Verdicts on numbers, and on draws, that are given."""

import numpy as np
import pytest

from photochrom.evaluation.findings.findings import JUDGED, Difference, differences
from photochrom.evaluation.findings.summary import Pooled
from photochrom.metrics.intervals import Estimate, Interval


def difference(metric: str, value: float, low: float, high: float) -> Difference:
    estimate = Estimate(value, Interval(low, high))
    return Difference(first="one", second="two", metric=metric, estimate=estimate)


@pytest.mark.parametrize("metric", ["auc", "auc_rebalanced", "psnr", "ssim"])
def test_more_is_better(metric: str) -> None:
    assert difference(metric, 2, 1, 3).verdict == "one is better"
    assert difference(metric, -2, -3, -1).verdict == "two is better"


@pytest.mark.parametrize("metric", ["delta_e", "ab_histogram_distance"])
def test_less_is_better(metric: str) -> None:
    assert difference(metric, 2, 1, 3).verdict == "two is better"
    assert difference(metric, -2, -3, -1).verdict == "one is better"


@pytest.mark.parametrize(("low", "high"), [(-1, 3), (0, 3), (-1, 0)])
def test_an_interval_that_holds_0_is_noise(low: float, high: float) -> None:
    assert difference("auc", 1, low, high).verdict == "inside the noise"


def test_every_pair_is_compared_on_every_metric_that_judges() -> None:
    values = np.arange(18.0).reshape(3, 6) ** 2
    spread = np.array([[-2, 0, 2], [-3, 0, 3], [-4, 0, 4]])
    draws = values[:, None] + spread[..., None]
    found = list(differences(Pooled(JUDGED, values, draws), ("a", "b", "c")))
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    assert [(d.first, d.second, d.metric) for d in found] == [
        (*pair, metric) for pair in pairs for metric in JUDGED
    ]
    psnr = found[6 + JUDGED.index("psnr")].estimate  # 2 squared minus 14 squared
    assert psnr.value == 4 - 196
    # paired, they move by 2 - 4 to either side; 95 % of that is kept
    assert (psnr.interval.low, psnr.interval.high) == pytest.approx((-193.9, -190.1))
