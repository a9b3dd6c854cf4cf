import numpy as np
import pytest

from photochrom.lab.auditor.rates import (
    Rate,
    calibration_error,
    fit_temperature,
    pair_auc,
    pair_fooled,
)
from photochrom.metrics.proportion import wilson_interval


def test_wilson_agrees_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for successes, trials in ((0, 10), (58, 2000), (7, 7), (192, 384)):
        expected = stats.binomtest(successes, trials).proportion_ci(method="wilson")
        found = wilson_interval(successes, trials)
        assert found.low == pytest.approx(expected.low, abs=1e-12)
        assert found.high == pytest.approx(expected.high, abs=1e-12)


def test_wilson_refuses_the_impossible() -> None:
    with pytest.raises(ValueError, match="impossible"):
        wilson_interval(3, 2)
    with pytest.raises(ValueError, match="impossible"):
        wilson_interval(0, 0)


def test_fooled_and_auc_are_complements_and_ties_count_half() -> None:
    real, artificial = np.array([1.0, 0.0, 2.0, 3.0]), np.array([0.0, 0.0, 5.0, -1.0])
    assert pair_auc(real, artificial).value == 0.625
    assert pair_fooled(real, artificial).value == 0.375


def test_a_wide_interval_needs_385_pairs_to_become_narrow() -> None:
    assert Rate.of(190, 380).half_width > 0.05 > Rate.of(192.5, 385).half_width


def test_an_overconfident_network_is_cooled() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 1.5, 4000)
    is_real = random.random(4000) < 1 / (1 + np.exp(-logits))
    real, artificial = 4 * logits[is_real], 4 * logits[~is_real]
    temperature = fit_temperature(real, artificial)
    assert temperature == pytest.approx(4, rel=0.15)
    cooled = calibration_error(real / temperature, artificial / temperature)
    assert cooled < 0.03 < calibration_error(real, artificial)
