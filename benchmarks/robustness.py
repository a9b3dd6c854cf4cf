"""Does the built-in model keep its head when a scan is soft, compressed, or grainy?

python benchmarks/robustness.py ../shared/data/val-medium.parquet ../shared/data/val-large.parquet
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray

from photochrom.collection import open_collection
from photochrom.engine.colorizer import Colorizer
from photochrom.evaluation import evaluate
from photochrom.evaluation.summary import summarize

Gray = NDArray[np.uint8]
PICTURES = 300


def blur(gray: Gray, sigma: float) -> Gray:
    """Soften by a Gaussian of sigma pixels."""
    blurred = pyvips.Image.new_from_array(gray).gaussblur(sigma, precision="float")
    return np.rint(blurred.numpy()).clip(0, 255).astype(np.uint8)


def compress(gray: Gray) -> Gray:
    """Go through a JPEG of quality 75."""
    encoded = pyvips.Image.new_from_array(gray).jpegsave_buffer(Q=75)
    decoded: Gray = pyvips.Image.new_from_buffer(encoded, "").numpy()
    return decoded


def add_grain(gray: Gray) -> Gray:
    """Add film grain: Gaussian, 6 codes, slightly soft."""
    noise = np.random.default_rng(gray.size).normal(0, 1, gray.shape).astype(np.float32)
    soft = pyvips.Image.new_from_array(noise).gaussblur(0.6, precision="float").numpy()
    return np.rint(gray + 6 * soft / soft.std()).clip(0, 255).astype(np.uint8)


def main() -> None:
    """Print how AuC and colorfulness move under each degradation."""
    colorizer = Colorizer(threads=1)
    size = colorizer.size

    def soften(gray: Gray) -> Gray:
        return blur(gray, 0.7 * max(1.0, float(np.sqrt(gray.size)) / size))

    degradations: dict[str, Callable[[Gray], Gray]] = {
        "as it is": lambda gray: gray,
        "blur 0.7 px at working size": soften,
        "JPEG 75": compress,
        "grain": add_grain,
        "all three": lambda gray: compress(add_grain(soften(gray))),
    }

    def color(degrade: Callable[[Gray], Gray], gray: Gray) -> NDArray[np.uint8]:
        return colorizer.colorize_array(degrade(gray))

    models = {name: partial(color, degrade) for name, degrade in degradations.items()}
    collection = open_collection([Path(argument) for argument in sys.argv[1:]])
    rows = {row.model: row for row in summarize(evaluate(models, collection, limit=PICTURES))}
    whole = rows["as it is"]
    for name in degradations:
        moved = rows[name].value("auc") - whole.value("auc")
        share = rows[name].value("colorfulness") / whole.value("colorfulness")
        print(f"{name:28}  AuC {moved:+.2f}  colorfulness {100 * (share - 1):+.0f} %")


if __name__ == "__main__":
    main()
