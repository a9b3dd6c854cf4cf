"""What age, scanners and hands do to a gray print makes no color photograph of it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.photographs import gray_scene

from photochrom.color.lab import lab_to_srgb, srgb_to_lab
from photochrom.picture import Tone, read_picture
from photochrom.picture.tone import SURE

F64 = NDArray[np.float64]

seeds = st.integers(0, 2**16)
tints = st.tuples(st.floats(-8, 9), st.floats(-30, 26))
hues = st.floats(0, 2 * np.pi)
few = settings(max_examples=25)


def scene(seed: int, tint: tuple[float, float] = (0, 0)) -> F64:
    """Make a print in CIELAB (210, 280, 3): one tint for each gray."""
    lab = srgb_to_lab(np.repeat(gray_scene(210, 280, seed=seed)[..., None], 3, axis=-1))
    share = lab[..., :1] / 100
    lab[..., 1:] = np.array(tint) * (0.4 + 2.4 * share * (1 - share))
    return lab


def tone_of(lab: F64) -> Tone:
    return read_picture((np.clip(lab_to_srgb(lab), 0, 1) * 255 + 0.5).astype(np.uint8)).tone


@given(seed=seeds, tint=tints)
@few
def test_a_print_of_any_one_tint_is_not_in_color(seed: int, tint: tuple[float, float]) -> None:
    tone = tone_of(scene(seed, tint))
    assert tone.kind != "color"
    assert tone.in_color < SURE


@given(seed=seeds, tint=tints, side=st.integers(0, 3), deep=st.floats(0.02, 0.09))
@few
def test_a_control_strip_at_a_margin_is_not_the_picture(
    seed: int, tint: tuple[float, float], side: int, deep: float
) -> None:
    lab = np.rot90(scene(seed, tint), side).copy()
    patches = np.random.default_rng(seed).uniform((30, -70, -70), (90, 70, 70), (9, 3))
    lab[: int(deep * len(lab))] = np.repeat(patches, lab.shape[1] // 9 + 1, 0)[: lab.shape[1]]
    assert tone_of(lab).kind != "color"


@given(seed=seeds, tint=tints, hue=hues, chroma=st.floats(5, 45), light=st.floats(15, 80))
@few
def test_the_page_of_an_album_is_not_the_picture(
    seed: int, tint: tuple[float, float], hue: float, chroma: float, light: float
) -> None:
    lab = scene(seed, tint)
    card = (light, chroma * np.cos(hue), chroma * np.sin(hue))
    rim = np.random.default_rng(seed).uniform(0.03, 0.2, 4)
    lab[: int(210 * rim[0])] = lab[210 - int(210 * rim[1]) :] = card
    lab[:, : int(280 * rim[2])] = lab[:, 280 - int(280 * rim[3]) :] = card
    assert tone_of(lab).kind != "color"


@given(seed=seeds, angle=hues, red=st.floats(-0.1, 0.1), blue=st.floats(-0.15, 0.15))
@few
def test_light_from_a_window_is_not_the_picture(
    seed: int, angle: float, red: float, blue: float
) -> None:
    lab = scene(seed)
    rows, columns = np.mgrid[-0.5:0.5:210j, -0.5:0.5:280j]
    across = rows * np.sin(angle) + columns * np.cos(angle)
    gains = np.stack([1 + red * across, np.ones_like(across), 1 + blue * across], -1)
    lit = np.clip(lab_to_srgb(lab), 0, 1) * gains
    assert tone_of(srgb_to_lab(np.clip(lit, 0, 1))).kind != "color"


@given(seed=seeds, tint=tints, turn=hues)
@few
def test_things_of_several_colors_in_the_middle_are_the_picture(
    seed: int, tint: tuple[float, float], turn: float
) -> None:
    lab = scene(seed, tint)
    rows, columns = np.mgrid[:210, :280]
    for number, (y, x) in enumerate(((70, 90), (140, 100), (75, 190), (140, 195))):
        thing = np.hypot(rows - y, columns - x) < 32
        hue = turn + number * np.pi / 2
        lab[thing, 1:] = 25 * np.array((np.cos(hue), np.sin(hue)))
    assert tone_of(lab).kind == "color"


@given(seed=seeds, tint=tints)
@few
def test_mirrored_it_is_as_sure(seed: int, tint: tuple[float, float]) -> None:
    lab = scene(seed, tint)
    lab[60:110, 90:150, 1] += 12
    here, there = tone_of(lab).in_color, tone_of(np.ascontiguousarray(lab[:, ::-1])).in_color
    assert abs(here - there) < 0.1
