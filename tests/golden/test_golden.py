"""Pictures that must not change unnoticed; `--update-golden` stores new ones."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.conftest import PictureFiles

from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options

PHOTOGRAPHS = Path(__file__).parents[2] / "examples" / "photographs"


def gray(name: str) -> np.ndarray:
    photograph = Image.open(PHOTOGRAPHS / f"{name}.jpg")
    photograph.thumbnail((160, 160))
    return np.asarray(photograph)


@pytest.mark.parametrize("name", ["astronaut", "cat", "dust-bowl-home"])
def test_the_built_in_model_colors_as_before(golden: PictureFiles, name: str) -> None:
    golden.check(f"built-in-{name}", Colorizer()(gray(name)), worst=3, mean=0.2)


def test_the_path_around_the_network_is_unchanged(golden: PictureFiles, tiny_model: Path) -> None:
    colorizer = Colorizer(tiny_model, options=Options(saturation=0.7, temperature=0.5))
    golden.check("tiny-cameraman", colorizer(gray("cameraman")), worst=2, mean=0.1)
