"""Plans are balanced: sides, orders, models and pictures, for each participant and over all."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from photochrom.study.answers import RANDOM, TRUTH, Part
from photochrom.study.design.manifest import Rule, StudyManifest, StudyPicture
from photochrom.study.design.sessions import Trial, plan_session

MODELS = ("a", "b", "c")


def made(preset: str = "cic", **given: Any) -> StudyManifest:
    """A manifest whose pictures exist on paper."""
    usual: dict[str, Any] = {"practice": 4, "test": 12, "vigilance": 3, "pool": 12, "mixed": False}
    sizes = {**usual, **given}
    parts = [Part.PRACTICE] * sizes["practice"] + [Part.TEST] * sizes.pop("pool")
    parts += [Part.VIGILANCE] * sizes["vigilance"]
    pictures = tuple(
        StudyPicture(
            name=f"p{number:02}",
            original=f"{number}.jpg",
            part=part,
            truth="pictures/0.png",
            results=dict.fromkeys(MODELS, "pictures/1.png"),
        )
        for number, part in enumerate(parts)
    )
    fixed: dict[str, Any] = {
        "title": "t",
        "contact": "",
        "preset": preset,
        "seed": 3,
        "models": MODELS,
        "in_turn": False,
        "exposure_ms": 1000.0,
        "size_px": 256,
        "rule": Rule(),
        "left_out": {},
        "pictures": pictures,
    }
    return StudyManifest(**{**fixed, **sizes})


def counted(trials: tuple[Trial, ...]) -> list[Trial]:
    return [trial for trial in trials if trial.part is Part.TEST]


@pytest.mark.parametrize("preset", ["cic", "untimed", "preference", "single"])
@pytest.mark.parametrize("mixed", [False, True])
def test_a_session_has_its_parts_in_order_and_no_picture_twice(preset: str, mixed: bool) -> None:
    manifest = made(preset, mixed=mixed, pool=20)
    for place in range(40):
        trials = plan_session(manifest, place)
        assert [trial.part for trial in trials[:4]] == [Part.PRACTICE] * 4
        assert Counter(trial.part for trial in trials[4:]) == {Part.TEST: 12, Part.VIGILANCE: 3}
        assert len({trial.picture for trial in trials}) == len(trials) == manifest.trials
        assert trials == plan_session(manifest, place)


def test_vigilance_trials_are_spread_over_the_session() -> None:
    for place in range(30):
        trials = plan_session(made(), place)[4:]
        at = [index for index, trial in enumerate(trials) if trial.part is Part.VIGILANCE]
        assert [index // 5 for index in at] == [0, 1, 2]
        assert {trials[index].model for index in at} == {RANDOM}


@pytest.mark.parametrize("mixed", [False, True])
def test_sides_are_balanced_within_each_participant(mixed: bool) -> None:
    for place in range(30):
        trials = counted(plan_session(made(mixed=mixed), place))
        assert sum(trial.left for trial in trials) == 6


def test_every_block_shows_each_picture_as_often_at_the_left_as_at_the_right() -> None:
    manifest = made()
    sides: Counter[tuple[str, str, bool]] = Counter()
    for place in range(6):  # three models, two twins
        sides.update(
            (each.picture, each.model, each.left) for each in counted(plan_session(manifest, place))
        )
    assert set(sides.values()) == {1}
    assert len(sides) == 12 * 3 * 2


def test_twins_see_the_same_in_reverse_order() -> None:
    manifest = made()
    for block in range(3):
        plans = [plan_session(manifest, 6 * block + place)[4:] for place in range(6)]
        for plan in plans:
            turned = tuple(replace(each, left=not each.left) for each in plan[::-1])
            assert turned in plans


def test_one_model_per_participant_or_several_in_equal_numbers() -> None:
    seen: Counter[str] = Counter()
    for place in range(12):
        models = {trial.model for trial in counted(plan_session(made(), place))}
        assert len(models) == 1
        seen.update(models)
        mixed = Counter(t.model for t in counted(plan_session(made(mixed=True), place)))
        assert mixed == dict.fromkeys(MODELS, 4)
    assert seen == dict.fromkeys(MODELS, 4)


def test_mixed_sessions_show_every_picture_with_every_model_equally_often() -> None:
    shown = Counter(
        (trial.picture, trial.model)
        for place in range(6)
        for trial in counted(plan_session(made(mixed=True), place))
    )
    assert set(shown.values()) == {2}
    assert len(shown) == 36


def test_a_large_pool_is_seen_evenly() -> None:
    manifest = made(pool=30)
    shown = Counter(
        trial.picture for place in range(60) for trial in counted(plan_session(manifest, place))
    )
    assert len(shown) == 30
    assert set(shown.values()) == {24}


def test_participants_see_orders_of_their_own() -> None:
    orders = {tuple(t.picture for t in plan_session(made(), place)) for place in range(24)}
    assert len(orders) == 24
    other = replace(made(), seed=4)
    assert plan_session(made(), 0) != plan_session(other, 0)


def test_preference_compares_all_pairs_of_models() -> None:
    pairs = Counter(
        (trial.model, trial.against)
        for place in range(6)
        for trial in counted(plan_session(made("preference"), place))
    )
    assert pairs == {("a", "b"): 24, ("a", "c"): 24, ("b", "c"): 24}


def test_single_shows_half_of_the_pictures_real_and_to_others_the_other_half() -> None:
    manifest = made("single")
    shown: Counter[tuple[str, str]] = Counter()
    for place in range(6):
        trials = counted(plan_session(manifest, place))
        assert Counter(t.model == TRUTH for t in trials) == {True: 6, False: 6}
        assert not any(trial.left for trial in trials)
        shown.update((trial.picture, trial.model) for trial in trials)
    assert {count for (_, model), count in shown.items() if model == TRUTH} == {3}
    assert {count for (_, model), count in shown.items() if model != TRUTH} == {1}
