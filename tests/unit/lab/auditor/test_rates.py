import numpy as np
import pytest

from photochrom.lab.auditor.rates import (
    DetectionRate,
    calibration_error,
    fit_temperature,
    pair_auc,
    pair_fooled,
)


def test_fooled_and_auc_are_complements_and_ties_count_half() -> None:
    real, artificial = np.array([1.0, 0.0, 2.0, 3.0]), np.array([0.0, 0.0, 5.0, -1.0])
    assert pair_auc(real, artificial).value == 0.625
    assert pair_fooled(real, artificial).value == 0.375


def test_a_wide_interval_needs_385_pairs_to_become_narrow() -> None:
    assert DetectionRate.of(190, 380).half_width > 0.05 > DetectionRate.of(192.5, 385).half_width


def test_an_overconfident_network_is_cooled() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 1.5, 4000)
    is_real = random.random(4000) < 1 / (1 + np.exp(-logits))
    real, artificial = 4 * logits[is_real], 4 * logits[~is_real]
    temperature = fit_temperature(real, artificial)
    assert temperature == pytest.approx(4, rel=0.15)
    cooled = calibration_error(real / temperature, artificial / temperature)
    assert cooled < 0.03 < calibration_error(real, artificial)
