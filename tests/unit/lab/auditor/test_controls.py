import pytest

pytest.importorskip("torch")

from pathlib import Path

import torch

from photochrom.audit.auditor import CONTROLS, LIGHTNESS, REENCODED, SHUFFLED
from photochrom.lab.auditor.audit import Parts, decide, run_controls
from photochrom.lab.auditor.rates import DetectionRate
from photochrom.lab.auditor.settings import AuditorSettings
from photochrom.lab.auditor.sides import Sides


def rates(share: float, trials: int, **others: float) -> dict[str, DetectionRate]:
    return {name: DetectionRate.of(others.get(name, share) * trials, trials) for name in CONTROLS}


def test_chance_in_all_controls_is_valid() -> None:
    assert decide(rates(0.51, 1000)).is_valid


def test_one_control_that_tells_the_sides_apart_refuses() -> None:
    verdict = decide(rates(0.5, 1000, **{LIGHTNESS: 0.54}))
    assert verdict.is_refused
    assert "the lightness of the encoded pictures alone (AUC 0.540" in verdict.words


def test_less_than_chance_refuses_as_well() -> None:
    assert decide(rates(0.5, 1000, **{LIGHTNESS: 0.46})).is_refused


def test_few_pairs_give_no_verdict_but_no_refusal() -> None:
    verdict = decide(rates(0.5, 300))
    assert verdict.word == "too few pairs"
    assert not verdict.is_valid
    assert not verdict.is_refused


def test_controls_are_trained_only_where_twins_differ(tmp_path: Path) -> None:
    torch.manual_seed(0)
    gray = torch.randint(0, 256, (24, 32, 32, 1), dtype=torch.uint8).expand(-1, -1, -1, 3)
    sides = Sides(gray, 255 - gray)
    settings = AuditorSettings(size=32, control_epochs=1)
    parts = Parts(sides, sides, sides)
    found = run_controls(parts, settings, tmp_path)
    assert found[REENCODED].value == 0.5  # png leaves nothing behind
    assert sorted(path.stem for path in tmp_path.iterdir()) == [LIGHTNESS, SHUFFLED]


def test_an_inverted_lightness_is_told_apart(tmp_path: Path) -> None:
    dark = torch.randint(0, 100, (64, 32, 32, 1), dtype=torch.uint8).expand(-1, -1, -1, 3)
    sides = Sides(dark, 255 - dark)
    settings = AuditorSettings(size=32, control_epochs=8)
    found = run_controls(Parts(sides, sides, sides), settings, tmp_path)
    assert found[LIGHTNESS].value == 1.0
    assert decide(found).is_refused
