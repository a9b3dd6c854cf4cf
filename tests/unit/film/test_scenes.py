"""Scenes, and colors that stay calm in them: no trails, no lag, memory that does not grow."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.film.test_motion import HEIGHT, WIDTH, texture, window

from photochrom.engine.options import Options
from photochrom.engine.prediction import Prediction
from photochrom.film import parts, scenes
from photochrom.film.parts import FrameCounts, calm_frames, frames_around
from photochrom.film.scenes import Calmer, CalmFrame, SceneFrame, SmallFrame, placed
from photochrom.film.settings import FilmOptions

STILL = window(texture(), 0, 0) * 0.5 + 5
OTHER = window(texture(5), 0, 0) * 0.5 + 45


class Trembling:
    """A model that paints lightness, and something random over all of a frame."""

    saturation = 1.0

    def __init__(self, amount: float = 8.0, *, recolor: bool = False) -> None:
        self.options = Options(recolor=recolor)
        self._rng = np.random.default_rng(0)
        self._amount = amount

    def predict(self, lightness: np.ndarray) -> Prediction:
        own = np.stack([lightness - 50, 0.3 * lightness])
        shift = self._rng.normal(0, self._amount, (2, 1, 1))
        return Prediction(chroma=(own + shift).astype(np.float32))


def smalls(frames: Iterable[np.ndarray], *, in_color: bool = False) -> Iterator[SmallFrame]:
    for number, each in enumerate(frames):
        yield SmallFrame(
            seconds=number / 25, lightness=each.astype(np.float32), has_color=lambda: in_color
        )


def firsts(frames: Iterable[np.ndarray]) -> list[int]:
    return [number for number, each in enumerate(placed(smalls(frames))) if each.is_first]


def calmed(
    frames: Iterable[SmallFrame],
    model: Trembling,
    *,
    around: int = 10,
    lead: int = 0,
    is_kept: bool | None = None,
    **options: object,
) -> tuple[list[CalmFrame], FrameCounts]:
    tally = FrameCounts()
    calm = calm_frames(
        frames,
        model,
        FilmOptions(**options),  # type: ignore[arg-type]
        turns=0,
        around=around,
        tally=tally,
        lead=lead,
        is_kept=is_kept,
    )
    return list(calm), tally


def colored(
    frames: Iterable[np.ndarray], model: Trembling, **options: object
) -> tuple[list[np.ndarray], FrameCounts]:
    calm, tally = calmed(smalls(frames), model, **options)
    return [each.chroma for each in calm if each.chroma is not None], tally


def test_scenes_begin_at_cuts() -> None:
    assert firsts([STILL] * 12 + [OTHER] * 12 + [STILL] * 3) == [0, 12, 24]


def test_a_fade_is_no_cut() -> None:
    steps = np.linspace(1, 0, 15)
    out = [STILL * each for each in steps]
    into = [OTHER * each for each in steps[::-1]]
    assert firsts(out + into) == [0]


@pytest.mark.parametrize("length", [1, 3])
def test_a_flash_is_no_cut_and_has_the_colors_around_it(length: int) -> None:
    white = np.full_like(STILL, 99.0)
    frames = [STILL] * 10 + [white] * length + [STILL] * 10
    told = list(placed(smalls(frames)))
    assert [each.is_first for each in told] == [True] + [False] * (19 + length)
    assert sum(each.is_flash for each in told) == length
    chroma, _ = colored(frames, Trembling(), every=1)
    assert len(chroma) == len(frames)
    assert np.abs(chroma[10] - chroma[9]).max() == 0
    assert np.abs(chroma[11 + length] - chroma[8]).mean() < 3


def test_one_frame_and_no_frame_are_films() -> None:
    assert [len(colored([STILL] * count, Trembling())[0]) for count in (0, 1, 2)] == [0, 1, 2]


def test_trembling_is_a_third_at_most_and_the_mean_color_stays() -> None:
    frames = [STILL] * 40
    plain, _ = colored(frames, Trembling(), every=1, calm=0)
    calm, _ = colored(frames, Trembling(), every=1)
    assert np.std(calm, axis=0).mean() < np.std(plain, axis=0).mean() / 3
    assert np.mean(calm, axis=0) == pytest.approx(np.mean(plain, axis=0), abs=1.5)


def test_calm_colors_do_not_cross_a_cut() -> None:
    chroma, tally = colored([STILL] * 12 + [OTHER] * 12, Trembling(amount=0), every=1)
    for number in (11, 12):
        expected = (STILL if number < 12 else OTHER) - 50
        assert np.abs(chroma[number][0] - expected).mean() < 2  # of 40; colors follow edges
    assert tally.scenes == 2


def test_the_network_may_look_seldom_and_motion_carries_its_colors() -> None:
    big = texture()
    frames = [window(big, 0, n) for n in range(16)]
    chroma, tally = colored(frames, Trembling(amount=0), every=4)
    assert tally.seen == 4
    inner = np.s_[8:-8, 8:-24]
    for frame, each in zip(frames, chroma, strict=True):
        assert np.abs(each[0] - (frame - 50))[inner].mean() < 2.5  # it is fetched bilinearly


def test_when_it_may_choose_it_looks_more_often_where_more_is_new() -> None:
    _, still = colored([STILL] * 30, Trembling())
    rng = np.random.default_rng(3)
    wild = [STILL + rng.uniform(-40, 40, (9, 13)).repeat(8, 0).repeat(8, 1) for _ in range(30)]
    _, moved = colored(wild, Trembling())
    assert still.seen <= 10
    assert moved.seen >= 20


def test_no_color_trails_behind_a_thing_that_moves() -> None:
    frames, near = [], []
    for number in range(20):
        frame = STILL * 0.3 + 10
        left = 8 + 2 * number
        frame[20:52, left : left + 24] = OTHER[20:52, :24] * 0.3 + 60
        edge = np.zeros((HEIGHT, WIDTH), bool)
        edge[15:57, max(0, left - 5) : left + 29] = True
        edge[25:47, left + 5 : left + 19] = False
        frames.append(frame)
        near.append(edge)
    plain, _ = colored(frames, Trembling(), every=1, calm=0)
    calm, _ = colored(frames, Trembling(), every=1)
    truth = [np.stack([each - 50, 0.3 * each]) for each in frames]

    def error(found: list[np.ndarray]) -> float:
        pairs = zip(found, truth, near, strict=True)
        return float(np.mean([np.hypot(*(one - true))[edge].mean() for one, true, edge in pairs]))

    assert error(calm) <= error(plain)


def test_the_network_sees_frames_as_they_are_but_for_black_bars() -> None:
    seen: list[np.ndarray] = []

    class Noting(Trembling):
        def predict(self, lightness: np.ndarray) -> Prediction:
            seen.append(lightness)
            return super().predict(lightness)

    rng = np.random.default_rng(3)
    barred = STILL.copy()
    barred[:12], barred[-12:] = 1, 1
    grainy = [np.maximum(barred + rng.normal(0, 2, barred.shape), 0) for _ in range(12)]
    chroma, _ = colored(grainy, Noting(), every=11)
    assert np.abs(chroma[0][:, :5]).max() < 0.1
    assert np.abs(chroma[0][:, 12:-12]).mean() > 5
    for number, each in zip((0, 11), seen, strict=True):
        assert (each == grainy[number][12:-12].astype(np.float32)).all()


def test_when_nothing_moves_it_still_looks_seven_times_a_second() -> None:
    for rate in (16, 18, 24, 25, 30, 60):
        frames = smalls([STILL[:32, :32]] * (2 * rate + 1))
        timed = [replace(each, seconds=number / rate) for number, each in enumerate(frames)]
        _, tally = calmed(timed, Trembling())
        assert 14 <= tally.seen - 1 <= 18


def test_scenes_that_are_in_color_are_left_as_they_are() -> None:
    frames = list(smalls([STILL] * 4, in_color=True))
    calm, tally = calmed(frames, Trembling())
    assert [each.chroma for each in calm] == [None] * 4
    assert [each.is_first for each in calm] == [True, False, False, False]
    assert (tally.kept, tally.seen) == (4, 0)
    again, tally = calmed(frames, Trembling(recolor=True))
    assert all(each.chroma is not None for each in again)
    assert tally.kept == 0


def test_a_scene_in_color_that_fades_in_from_black_is_left_as_it_is() -> None:
    def fade(*told: bool | None) -> list[SmallFrame]:
        dark = smalls([STILL * share for share in np.linspace(0, 0.3, len(told))])
        return [each.told(one) for each, one in zip(dark, told, strict=True)]

    calm, tally = calmed(fade(None, None, None, None, True, True), Trembling())
    assert [each.chroma for each in calm] == [None] * 6
    assert [each.is_first for each in calm] == [True] + [False] * 5
    assert tally.kept == 6
    gray, _ = calmed(fade(None, None, False, True, True, True), Trembling())
    assert all(each.chroma is not None for each in gray)


def tinted(told: str) -> list[SmallFrame]:
    """Frames alike: c in color, t with no more than a tint, n neutral, d too dark to show it."""
    neutral = {"c": False, "t": False, "n": True, "d": None}
    color = {"c": True, "t": False, "n": False, "d": None}
    frames = zip(smalls([STILL[:40, :48]] * len(told)), told, strict=True)
    return [replace(each, is_neutral=neutral[one]).told(color[one]) for each, one in frames]


def shown(told: str) -> tuple[str, list[int]]:
    """Which frames are kept in color, k, and which are colored, p; and where scenes begin."""
    calm, _ = calmed(tinted(told), Trembling())
    kept = "".join("k" if each.chroma is None else "p" for each in calm)
    return kept, [number for number, each in enumerate(calm) if each.is_first]


@pytest.mark.parametrize(
    ("told", "kept", "begin"),
    [
        ("cccnnnccc", "kkkpppkkk", [0, 3, 6]),
        ("cccnnnttcc", "kkkpppppkk", [0, 3, 8]),  # the first tint is not yet color
        ("cccttttccc", "kkkkkkkkkk", [0]),
        ("nnnttttnnn", "pppppppppp", [0]),
        ("cccdddnnn", "kkkkkkppp", [0, 6]),
    ],
)
def test_scenes_begin_where_color_ends_or_begins(told: str, kept: str, begin: list[int]) -> None:
    assert shown(told) == (kept, begin)


def test_where_all_is_colored_anew_the_end_of_color_is_no_end_of_a_scene() -> None:
    calm, tally = calmed(tinted("cccnnnccc"), Trembling(recolor=True))
    assert [each.is_first for each in calm] == [True] + [False] * 8
    assert (tally.scenes, tally.kept) == (1, 0)


def test_color_may_end_in_the_dark_between_two_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART", 20)
    assert shown("c" * 5 + "d" * 25 + "n" * 5) == ("k" * 30 + "p" * 5, [0, 30])


@pytest.mark.parametrize("turn", [12, 19, 20, 22])
def test_a_run_that_goes_on_sees_the_same_color_begin(
    monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    monkeypatch.setattr(parts, "PART", 20)
    frames = tinted("n" * turn + "c" * (35 - turn))
    whole, _ = calmed(frames, Trembling())
    later, _ = calmed(frames[10:], Trembling(), lead=10, is_kept=whole[19].is_kept)
    assert [each.chroma is None for each in whole] == [n >= turn for n in range(35)]
    same = [(one.is_first, one.is_kept, one.chroma is None) for one in whole[20:]]
    assert [(one.is_first, one.is_kept, one.chroma is None) for one in later] == same


@pytest.mark.parametrize("cut", [19, 20, 26, 50])
def test_parts_are_the_same_whether_or_not_earlier_ones_are_made(
    monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    monkeypatch.setattr(parts, "PART", 20)
    rng = np.random.default_rng(4)
    shown = [
        (STILL if n < cut else OTHER)[:40, :48] + rng.normal(0, 1, (40, 48)) for n in range(45)
    ]
    frames = [
        each.told(None if number < 5 else cut < 45) for number, each in enumerate(smalls(shown))
    ]
    whole, tally = calmed(frames, Trembling(amount=0), every=2)
    assert (len(whole), tally.frames) == (45, 45)
    assert [n for n, each in enumerate(whole) if each.begins_part] == [0, 20, 40]
    later, tally = calmed(
        frames[10:], Trembling(amount=0), lead=10, is_kept=whole[19].is_kept, every=2
    )
    assert (len(later), tally.frames) == (25, 25)
    for one, other in zip(whole[20:], later, strict=True):
        assert (one.is_first, one.is_kept) == (other.is_first, other.is_kept)
        assert (one.chroma is None) == (other.chroma is None)
        assert one.chroma is None or (one.chroma == other.chroma).all()


def test_colors_do_not_jump_from_part_to_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART", 20)
    around = frames_around(FilmOptions(calm=0.13), 25)
    assert around == 10
    shown = smalls([STILL[:32, :32]] * 40)
    calm, _ = calmed(shown, Trembling(), around=around, every=1, calm=0.13)
    chroma = np.stack([each.chroma for each in calm if each.chroma is not None])
    steps = np.abs(np.diff(chroma, axis=0)).mean(axis=(1, 2, 3))
    assert steps[19] < 2 * np.delete(steps, 19).max()


def test_memory_does_not_grow_with_a_scene_and_its_parts_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames = [STILL] * 50
    whole, _ = colored(frames, Trembling(), every=1, calm=0.08)
    monkeypatch.setattr(scenes, "_MEMORY", scenes._STEP_BYTES * STILL.size * 20)
    calmer = Calmer(Trembling(), FilmOptions(every=1, calm=0.08), turns=0)
    most = 0
    found = []

    def watched(every: Iterable[SceneFrame]) -> Iterator[SceneFrame]:
        nonlocal most
        for each in every:
            most = max(most, len(calmer._steps))
            yield each

    for each in calmer.run(watched(placed(smalls(frames)))):
        found.append(each.chroma)
    assert most <= 20
    assert len(found) == 50
    difference = [np.abs(one - two).max() for one, two in zip(whole, found, strict=True)]
    assert max(difference) < 1.0  # of trembling by 8


def test_flashes_of_all_lengths_lose_no_frame() -> None:
    white = np.full_like(STILL, 99.0)
    for length, rest in itertools.product((1, 2, 4, 5), (0, 1, 5)):
        frames = [STILL] * 2 + [white] * length + [STILL] * rest
        assert len(colored(frames, Trembling())[0]) == len(frames)
