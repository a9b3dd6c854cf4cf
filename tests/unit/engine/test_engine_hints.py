from pathlib import Path

import numpy as np
import pytest
from tests.tiny import constant_model, tiny_model

from photochrom import Colorizer, Hint, InputError, Options
from photochrom.color.lab import srgb_to_lab
from photochrom.engine.hints import hint_map, keep_behind_edges, meet_hints


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("120,80,#7a1f1f", Hint(x=120, y=80, color="#7a1f1f")),
        (" 0 , 3 , #FFffFF ", Hint(x=0, y=3, color="#FFffFF")),
    ],
)
def test_hints_are_read_as_they_are_written(text: str, hint: Hint) -> None:
    assert Hint.parse(text) == hint
    assert Hint.parse(str(hint)) == hint


@pytest.mark.parametrize(
    "text", ["", "1,2", "1,2,red", "-1,2,#000000", "1,2,#12345", "1.5,2,#000000"]
)
def test_what_is_no_hint_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match="X,Y,#RRGGBB"):
        Hint.parse(text)


def test_a_hint_has_the_chroma_of_its_color() -> None:
    expected = srgb_to_lab(np.array([0x7A, 0x1F, 0x1F]) / 255)[1:]
    assert Hint(x=0, y=0, color="#7a1f1f").chroma == pytest.approx(expected, abs=1e-4)


def test_hints_are_drawn_where_they_lie_and_later_ones_above() -> None:
    red, blue = Hint(x=50, y=10, color="#ff0000"), Hint(x=53, y=10, color="#0000ff")
    drawn = hint_map([red, blue], (100, 200), (50, 100))
    assert drawn[2, 4:7, 24:28].all()
    assert drawn[2].sum() == 12
    assert drawn[:2, 5, 24] == pytest.approx(red.chroma)
    assert drawn[:2, 5, 26] == pytest.approx(blue.chroma)
    assert not drawn[:, drawn[2] == 0].any()


def test_a_hint_in_a_corner_stays_inside() -> None:
    drawn = hint_map(
        [Hint(x=0, y=0, color="#ff0000"), Hint(x=9, y=4, color="#ff0000")], (5, 10), (5, 10)
    )
    assert drawn[2].sum() == 8


def test_a_hint_outside_the_picture_is_refused() -> None:
    with pytest.raises(InputError, match=r"10,4,#ff0000 lies outside the picture of 10 x 5 pixels"):
        hint_map([Hint(x=10, y=4, color="#ff0000")], (5, 10), (5, 10))


def test_chroma_meets_the_hint_fades_around_it_and_stops_at_an_edge() -> None:
    lightness = np.full((40, 60), 40, np.float32)
    lightness[:, 34:] = 70
    chroma = np.zeros((2, 40, 60), np.float32)
    drawn = hint_map([Hint(x=30, y=20, color="#c02020")], (40, 60), (40, 60))
    met = meet_hints(chroma, lightness, drawn)
    strength = np.hypot(*met) / np.hypot(*drawn[:2, 20, 30])
    assert strength[20, 30] == pytest.approx(1)
    assert 0.2 < strength[20, 26] < 1
    assert strength[20, 2] < 0.02
    assert strength[20, 33] > 0.4
    assert strength[20, 34:].max() < 0.01


def test_what_the_network_carries_over_an_edge_is_taken_back_and_the_rest_stays() -> None:
    lightness = np.full((60, 90), 40, np.float32)
    lightness[:, 34:] = 75
    plain = np.zeros((2, 60, 90), np.float32)
    hinted = np.full((2, 60, 90), 20, np.float32)
    drawn = hint_map([Hint(x=30, y=20, color="#c02020")], (60, 90), (60, 90))
    kept = keep_behind_edges(hinted, plain, lightness, drawn)[0] / 20
    assert kept[20, 30] == pytest.approx(1)
    assert kept[20, 20:33].min() > 0.9
    assert kept[20, 34:38].max() < 0.15
    assert kept[55, 85] > 0.95


def test_without_hints_chroma_is_left_as_it_is() -> None:
    chroma = np.ones((2, 8, 8), np.float32)
    assert (
        meet_hints(chroma, np.zeros((8, 8), np.float32), np.zeros((3, 8, 8), np.float32)) is chroma
    )


@pytest.mark.parametrize("saturation", [0.7, 1.0, 1.4])
def test_the_color_is_met_whatever_the_saturation(tmp_path: Path, saturation: float) -> None:
    model = tiny_model(tmp_path / "m.onnx", hints=True)
    hint = Hint(x=70, y=60, color="#b06a50")
    colorizer = Colorizer(model, options=Options(hints=(hint,), saturation=saturation))
    gray = np.full((120, 160), 125, np.uint8)
    colored = srgb_to_lab(colorizer.colorize_array(gray)[60, 70] / 255)
    assert np.hypot(*(colored[1:] - hint.chroma)) < 5


def test_far_from_the_hint_the_picture_is_as_without(tmp_path: Path) -> None:
    plain = Colorizer(tiny_model(tmp_path / "m.onnx", hints=True), options=Options(size=128))
    gray = np.random.default_rng(0).integers(0, 256, (128, 128), dtype=np.uint8)
    hinted = plain.with_options(Options(size=128, hints=(Hint(x=10, y=10, color="#b06a50"),)))
    before, after = plain.colorize_array(gray), hinted.colorize_array(gray)
    assert (before[:20, :20] != after[:20, :20]).any()
    assert np.array_equal(before[80:, 80:], after[80:, 80:])
    assert hinted.session is plain.session


def test_hints_are_named_in_what_results_say_of_themselves(tmp_path: Path) -> None:
    options = Options(hints=(Hint(x=1, y=2, color="#aabbcc"), Hint(x=3, y=4, color="#ddeeff")))
    colorizer = Colorizer(tiny_model(tmp_path / "m.onnx", hints=True), options=options)
    assert "hints=1,2,#aabbcc 3,4,#ddeeff" in colorizer.provenance.parameters()


def test_a_model_that_takes_no_hints_refuses_them(tmp_path: Path) -> None:
    options = Options(hints=(Hint(x=1, y=2, color="#aabbcc"),))
    with pytest.raises(InputError, match="takes no 'hints', so it cannot be told colors"):
        Colorizer(constant_model(tmp_path / "m.onnx", 5, 5), options=options)


def test_hints_without_saturation_are_refused(tmp_path: Path) -> None:
    options = Options(hints=(Hint(x=1, y=2, color="#aabbcc"),), saturation=0)
    with pytest.raises(InputError, match="hints have no effect"):
        Colorizer(tiny_model(tmp_path / "m.onnx", hints=True), options=options)
