"""What the weights in the package promise."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photochrom.engine.colorizer import Colorizer
from photochrom.evaluation import evaluate
from photochrom.evaluation.summary import summarize
from photochrom.models.registry import resolve_model

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
    assert sky[2] > sky[0] + 20
    assert lawn[1] > max(lawn[0], lawn[2]) + 5


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the validation photographs are not here")
def test_it_keeps_the_promised_numbers() -> None:
    """A sample of the measurement in the model card, with room for a sample's error."""
    colorizer = Colorizer(threads=1)
    evaluation = evaluate({"ours": colorizer.colorize_array}, DATA / "val-large.parquet", limit=60)
    ours = next(row for row in summarize(evaluation) if row.model == "ours")
    share = ours.value("colorfulness") / ours.value("colorfulness_truth")
    assert ours.over_gray["auc"].value >= -0.5
    assert ours.over_gray["psnr"].value >= -1.5
    assert 0.5 <= share <= 1.1
