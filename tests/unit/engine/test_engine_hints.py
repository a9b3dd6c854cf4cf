from pathlib import Path

import numpy as np
import pytest
from tests.tiny import constant_model, tiny_model

from photochrom import Colorizer, Hint, InputError, Options
from photochrom.color.lab import srgb_to_lab
from photochrom.engine.edits.regions import regions_of
from photochrom.engine.hints import MOST_DABS, Dab
from photochrom.engine.prediction import Prediction


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("120,80,#7a1f1f", Hint(x=120, y=80, color="#7a1f1f")),
        (" 0 , 3 , #FFffFF ", Hint(x=0, y=3, color="#FFffFF")),
        (
            "1,2,#aabbcc+3,4,5-6,7,8",
            Hint(
                x=1,
                y=2,
                color="#aabbcc",
                brush=(Dab(x=3, y=4, radius=5), Dab(x=6, y=7, radius=8, adds=False)),
            ),
        ),
    ],
)
def test_hints_are_read_as_they_are_written(text: str, hint: Hint) -> None:
    assert Hint.parse(text) == hint
    assert Hint.parse(str(hint)) == hint


@pytest.mark.parametrize(
    "text", ["", "1,2", "1,2,red", "-1,2,#000000", "1,2,#12345", "1.5,2,#000000", "1,2,#aabbcc+1,2"]
)
def test_what_is_no_hint_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match="X,Y,#RRGGBB"):
        Hint.parse(text)


def test_a_hint_has_the_chroma_of_its_color() -> None:
    expected = srgb_to_lab(np.array([0x7A, 0x1F, 0x1F]) / 255)[1:]
    assert Hint(x=0, y=0, color="#7a1f1f").chroma == pytest.approx(expected, abs=1e-4)


def scene(step: float = 25) -> tuple[np.ndarray, Prediction]:
    """Two plain surfaces, a step of lightness apart at column 34, seen as gray."""
    lightness = np.full((40, 60), 40, np.float32)
    lightness[:, 34:] += step
    return lightness, Prediction(chroma=np.zeros((2, 40, 60), np.float32))


def region_of(lightness: np.ndarray, seen: Prediction) -> np.ndarray:
    """The region of a hint left of the step."""
    return regions_of((Hint(x=30, y=20, color="#c02020"),), lightness, seen, (40, 60))[0]


def test_a_region_covers_its_surface_and_ends_at_the_edge() -> None:
    region = region_of(*scene())
    assert region.dtype == np.float32
    assert region[8:32, 12:34].min() > 0.9
    assert region[:, 34:].max() < 0.05


def test_a_region_ends_where_the_model_sees_another_color() -> None:
    lightness, seen = scene(step=0)
    seen.chroma[0, :, 34:] = 30
    region = region_of(lightness, seen)
    assert region[8:32, 12:34].min() > 0.9
    assert region[:, 34:].max() < 0.05


def test_a_region_goes_around_what_stands_in_its_way() -> None:
    lightness, seen = scene(step=0)
    lightness[5:, 34:37] = 90
    region = region_of(lightness, seen)
    assert region[20, 45] > 0.7
    assert region[20, 35] < 0.05


def test_hints_share_a_surface_and_the_nearer_has_more_of_it() -> None:
    hints = (Hint(x=10, y=40, color="#c02020"), Hint(x=60, y=40, color="#2020c0"))
    regions = regions_of(hints, *scene(), (80, 120))
    assert regions[0, 20, 5] == pytest.approx(1, abs=0.01)
    assert regions[1, 20, 30] == pytest.approx(1, abs=0.01)
    assert regions[0, 20, 8] > 0.7
    assert regions[0, 20, 27] < 0.3
    assert regions.sum(axis=0)[8:32, :34].min() > 0.7
    assert regions.sum(axis=0).max() < 1 + 1e-6


def test_a_brush_adds_to_a_region_and_takes_from_it() -> None:
    brush = (Dab(x=90, y=40, radius=10), Dab(x=20, y=40, radius=8, adds=False))
    other = Hint(x=110, y=70, color="#2020c0")
    hint = Hint(x=60, y=40, color="#c02020", brush=brush)
    ours, others = regions_of((hint, other), *scene(), (80, 120))
    assert ours[20, 45] > 0.99
    assert others[20, 45] < 0.01
    assert others[20, 55] > 0.9
    assert ours[20, 10] < 0.01
    assert ours[20, 20] > 0.7


def test_a_hint_outside_the_picture_is_refused() -> None:
    with pytest.raises(InputError, match=r"120,4,#ff0000 lies outside the picture of 120 x 80 pix"):
        regions_of((Hint(x=120, y=4, color="#ff0000"),), *scene(), (80, 120))


def test_a_hint_takes_so_many_dabs_and_no_more() -> None:
    dabs = (Dab(x=1, y=1, radius=1),) * (MOST_DABS + 1)
    Hint(x=0, y=0, color="#aabbcc", brush=dabs[1:])
    with pytest.raises(InputError, match=f"{MOST_DABS} dabs of a brush at most"):
        Hint(x=0, y=0, color="#aabbcc", brush=dabs)


@pytest.mark.parametrize("saturation", [0.7, 1.0, 1.4])
def test_the_color_is_met_whatever_the_saturation(tmp_path: Path, saturation: float) -> None:
    model = tiny_model(tmp_path / "m.onnx", hints=True)
    hint = Hint(x=70, y=60, color="#b06a50")
    colorizer = Colorizer(model, options=Options(hints=(hint,), saturation=saturation))
    gray = np.full((120, 160), 125, np.uint8)
    colored = srgb_to_lab(colorizer.colorize_array(gray)[60, 70] / 255)
    assert np.hypot(*(colored[1:] - hint.chroma)) < 5


def test_beyond_an_edge_the_picture_is_as_without_the_hint(tmp_path: Path) -> None:
    plain = Colorizer(tiny_model(tmp_path / "m.onnx", hints=True), options=Options(size=128))
    gray = np.full((128, 128), 60, np.uint8)
    gray[60:] = 190
    hinted = plain.with_options(Options(size=128, hints=(Hint(x=10, y=10, color="#b06a50"),)))
    before, after = plain.colorize_array(gray), hinted.colorize_array(gray)
    assert (before[:20, :20] != after[:20, :20]).any()
    assert np.array_equal(before[64:], after[64:])
    assert hinted.session is plain.session


def test_hints_are_named_in_what_results_say_of_themselves(tmp_path: Path) -> None:
    options = Options(hints=(Hint(x=1, y=2, color="#aabbcc"), Hint(x=3, y=4, color="#ddeeff")))
    colorizer = Colorizer(tiny_model(tmp_path / "m.onnx", hints=True), options=options)
    assert colorizer.provenance.options["hints"] == "1,2,#aabbcc 3,4,#ddeeff"


def test_a_model_that_takes_no_hints_is_told_colors_as_well(tmp_path: Path) -> None:
    options = Options(hints=(Hint(x=1, y=2, color="#b06a50"),))
    colorizer = Colorizer(constant_model(tmp_path / "m.onnx", 5, 5), options=options)
    colored = srgb_to_lab(colorizer.colorize_array(np.full((40, 40), 125, np.uint8))[2, 1] / 255)
    assert np.hypot(*(colored[1:] - options.hints[0].chroma)) < 2


def test_hints_without_saturation_are_refused(tmp_path: Path) -> None:
    options = Options(hints=(Hint(x=1, y=2, color="#aabbcc"),), saturation=0)
    with pytest.raises(InputError, match="hints have no effect"):
        Colorizer(tiny_model(tmp_path / "m.onnx", hints=True), options=options)
