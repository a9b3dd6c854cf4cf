import numpy as np
import pytest
from tests.unit.study.made import answer, session, vigilance

from photochrom.study.answers import Answer, Part
from photochrom.study.design.manifest import Rule
from photochrom.study.statistics.exclusion import (
    BAD_EXPOSURES,
    FAILED_VIGILANCE,
    STOPPED_EARLY,
    Counted,
    exclude,
    guesser_passes,
)


def judged(answers: list[Answer], *, asked_ms: float | None = 1000.0) -> Counted:
    return exclude(answers, Rule(), asked_ms=asked_ms, planned=20)


def reasons(*answers: Answer, asked_ms: float | None = 1000.0) -> list[str]:
    (one,) = judged(list(answers), asked_ms=asked_ms).attendance
    return list(one.reasons)


def attentive(**more: object) -> list[Answer]:
    return [*session("p1", fooled=6, trials=20, **more), *vigilance("p1", right=4, trials=4)]


def test_an_attentive_participant_stays() -> None:
    assert reasons(*attentive()) == []


@pytest.mark.parametrize(("right", "stays"), [(4, True), (3, True), (2, False), (0, False)])
def test_three_quarters_of_random_colors_must_be_seen(right: int, stays: bool) -> None:
    answers = [*session("p1", fooled=6, trials=20), *vigilance("p1", right=right, trials=4)]
    assert reasons(*answers) == ([] if stays else [FAILED_VIGILANCE])


@pytest.mark.parametrize(("off", "stays"), [(4, True), (5, False)])
@pytest.mark.parametrize("bad", [{"exposure_ms": 1101.0}, {"exposure_ms": 899.0}, {"hidden": True}])
def test_a_fifth_of_the_exposures_may_be_bad(off: int, stays: bool, bad: dict[str, object]) -> None:
    answers = [
        answer(trial=n, picture=f"{n}", **(bad if n < off else {}))  # type: ignore[arg-type]
        for n in range(20)
    ]
    found = judged(answers)
    assert found.attendance[0].reasons == ([] if stays else [BAD_EXPOSURES])
    assert len(found.answers) == (20 - off if stays else 0)
    assert found.bad_exposures == (off if stays else 0)


def test_without_a_time_only_hidden_pages_are_bad() -> None:
    assert reasons(*attentive(exposure_ms=5000.0), asked_ms=None) == []
    assert reasons(*attentive(exposure_ms=None)) == []
    assert reasons(*attentive(exposure_ms=None, hidden=True), asked_ms=None) == [BAD_EXPOSURES]


def test_whoever_leaves_before_half_is_left_out() -> None:
    assert reasons(*session("p1", fooled=3, trials=9)) == [STOPPED_EARLY]
    assert reasons(*session("p1", fooled=3, trials=10)) == []


def test_practice_is_not_judged() -> None:
    practice = [answer(part=Part.PRACTICE, hidden=True, right=False, trial=n) for n in range(30)]
    found = judged([*attentive(), *practice])
    assert found.attendance[0].exposures == 24
    assert found.reasons == {}


def test_reasons_are_counted() -> None:
    answers = [
        *attentive(),
        *session("p2", fooled=6, trials=8, hidden=True),
        *vigilance("p2", right=0, trials=4),
    ]
    found = judged(answers)
    assert found.kept == ["p1"]
    assert found.reasons == {FAILED_VIGILANCE: 1, BAD_EXPOSURES: 1, STOPPED_EARLY: 1}
    assert [each.participant for each in found.excluded] == ["p2"]
    assert found.why == (
        "1 missed random colors, 1 exposures off or out of sight, 1 stopped early; "
        "1 of them for more than one reason"
    )
    assert judged([]).kept == []


def test_how_often_a_guesser_passes() -> None:
    for trials in (4, 8, 20):
        right = np.random.default_rng(0).binomial(trials, 0.5, 200_000)
        passed = float((right >= Rule().fewest_right(trials)).mean())
        assert guesser_passes(Rule(), trials) == pytest.approx(passed, abs=0.003)
