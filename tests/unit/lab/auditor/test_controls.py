import pytest

pytest.importorskip("torch")

from photochrom.lab.auditor.controls import CONTROLS, LIGHTNESS, decide
from photochrom.lab.auditor.rates import Rate


def rates(share: float, trials: int, **others: float) -> dict[str, Rate]:
    return {name: Rate.of(others.get(name, share) * trials, trials) for name in CONTROLS}


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
