"""Does the built-in model keep its head when a scan is soft, compressed, or grainy?

python benchmarks/autochrome/robustness.py VAL-MEDIUM.parquet VAL-LARGE.parquet
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pyvips
from measuring import about_model, arguments, markdown, report
from numpy.typing import NDArray

from photochrom.collection import open_collection
from photochrom.engine.colorizer import Colorizer
from photochrom.evaluation import evaluate
from photochrom.evaluation.findings.summary import Summary, summarize

Gray = NDArray[np.uint8]
PICTURES = 300
AS_IT_IS = "as it is"


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


def degradations(size: int) -> dict[str, Callable[[Gray], Gray]]:
    """Name the degradations; blur is meant at the working size, and given at the picture's."""

    def soften(gray: Gray) -> Gray:
        return blur(gray, 0.7 * max(1.0, float(np.sqrt(gray.size)) / size))

    return {
        AS_IT_IS: lambda gray: gray,
        "blur 0.7 px at working size": soften,
        "JPEG 75": compress,
        "grain": add_grain,
        "all three": lambda gray: compress(add_grain(soften(gray))),
    }


def main() -> None:
    """Print how AuC and colorfulness move under each degradation."""
    parser = arguments(__doc__)
    parser.set_defaults(limit=PICTURES)
    given = parser.parse_args()
    colorizer = Colorizer(given.model, threads=1)

    def color(degrade: Callable[[Gray], Gray], gray: Gray) -> NDArray[np.uint8]:
        return colorizer.colorize_array(degrade(gray))

    models = {name: partial(color, each) for name, each in degradations(colorizer.size).items()}
    collection = open_collection(given.collections)
    evaluation = evaluate(models, collection, protocol=given.protocol, limit=given.limit)
    rows = {row.model: row for row in summarize(evaluation)}
    moves = {name: moved(rows[name], rows[AS_IT_IS]) for name in models if name != AS_IT_IS}
    lines = [
        [name, f"{move['auc']:+.2f}", f"{100 * move['colorfulness']:+.0f} %"]
        for name, move in moves.items()
    ]
    table = markdown(["the scan is", "AuC moves by", "colorfulness by"], lines)
    findings = {"model": about_model(colorizer), "photographs": rows[AS_IT_IS].n, "moves": moves}
    report(given, "robustness", table, findings)


def moved(row: Summary, whole: Summary) -> dict[str, float]:
    """Compare a degraded set with the whole one: points of AuC, share of the colorfulness."""
    share = row.value("colorfulness") / whole.value("colorfulness")
    return {"auc": row.value("auc") - whole.value("auc"), "colorfulness": share - 1}


if __name__ == "__main__":
    main()
