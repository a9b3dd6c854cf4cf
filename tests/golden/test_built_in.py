"""What the weights in the package promise."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from photochrom import Hint, Options
from photochrom.engine.colorizer import Colorizer
from photochrom.evaluation import evaluate
from photochrom.evaluation.findings.summary import summarize
from photochrom.metrics.colorfulness import colorfulness
from photochrom.metrics.difference import delta_e_2000
from photochrom.models.registry import resolve_model
from photochrom.picture.pixels import to_lab

DATA = Path(__file__).parents[3] / "shared" / "data"
PHOTOGRAPHS = Path(__file__).parents[2] / "examples" / "photographs"


def test_the_file_is_small_and_its_card_is_complete() -> None:
    card = Colorizer().card
    assert resolve_model("autochrome").stat().st_size <= 16 * 2**20
    assert card.license == "Apache-2.0"
    assert card.recipe["name"] == "autochrome"
    assert card.training_data
    assert card.metrics
    assert len(card.description) > 200


def test_a_lawn_is_green_and_the_sky_above_is_blue() -> None:
    photograph = np.asarray(Image.open(PHOTOGRAPHS / "cameraman.jpg"))
    colored = Colorizer()(photograph).astype(int)
    sky = colored[20:120, 20:150].mean(axis=(0, 1))
    lawn = colored[300:360, 400:500].mean(axis=(0, 1))
    assert sky[2] > sky[0] + 10
    assert lawn[1] > max(lawn[0], lawn[2]) + 5


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the validation photographs are not here")
def test_it_keeps_the_promised_numbers() -> None:
    """A sample of the measurement in the model card, with room for a sample's error."""
    colorizer = Colorizer(threads=1)
    evaluation = evaluate({"ours": colorizer.colorize_array}, DATA / "val-large.parquet", limit=24)
    ours = next(row for row in summarize(evaluation) if row.model == "ours")
    share = ours.value("colorfulness") / ours.value("colorfulness_truth")
    assert ours.over_gray["auc"].value >= -0.5
    assert ours.over_gray["psnr"].value >= -1.5
    assert 0.5 <= share <= 1.1


def photograph(name: str) -> NDArray[np.uint8]:
    return np.asarray(Image.open(PHOTOGRAPHS / f"{name}.jpg").convert("L"))


def test_it_takes_hints_and_leaves_other_regions_alone() -> None:
    gray = photograph("cameraman")
    plain = Colorizer(threads=1)
    hint = Hint(x=440, y=330, color="#8a6a3a")  # the lawn, withered
    hinted = plain.with_options(Options(hints=(hint,)))
    before, after = (to_lab(each.colorize_array(gray))[..., 1:] for each in (plain, hinted))
    assert np.hypot(*(after[330, 440] - hint.chroma)) < 5
    moved = np.hypot(*np.moveaxis(after - before, -1, 0))
    assert moved[300:360, 410:470].mean() > 3 * moved[20:120, 20:150].mean()


def test_variants_differ_from_the_result_and_from_each_other() -> None:
    gray = photograph("nagasaki-boats")
    colorizer = Colorizer(threads=1, options=Options(variants=3))
    pictures = [colorizer.colorize_array(gray), *colorizer.vary_array(gray)]
    labs = [to_lab(picture) for picture in pictures]
    for first, second in combinations(labs, 2):
        assert delta_e_2000(first, second).mean() > 2


@pytest.mark.parametrize("name", ["cameraman", "dust-bowl-home", "astronaut", "cat"])
def test_no_working_size_is_violent(name: str) -> None:
    gray, plain = photograph(name), Colorizer(threads=1)
    usual = colorfulness(plain.colorize_array(gray))
    for size in (96, 128, 160, 224, 256):
        sized = plain.with_options(Options(size=size)).colorize_array(gray)
        assert 0.5 * usual < colorfulness(sized) < 1.6 * usual
