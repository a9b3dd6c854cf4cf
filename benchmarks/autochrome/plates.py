"""What does the model make of what old plates saw?

Of composites of three plates, the network is given other lightnesses than that of the eye: one
plate alone, or mixtures as films see them. What it predicts is judged on the true lightness::

    python benchmarks/autochrome/plates.py VAL-PLATES.parquet
"""

from typing import Final

import numpy as np
from measuring import (
    SCORE_HEAD,
    U8,
    Scoreboard,
    about_model,
    arguments,
    chroma_at,
    gray_picture,
    markdown,
    merge,
    photographs,
    report,
)

from photochrom.color.lab import linear_to_srgb, srgb_to_linear
from photochrom.engine.colorizer import Colorizer
from photochrom.evaluation.tally import Truth
from photochrom.picture import read_picture

FILMS: Final = {  # weights of the linear plates
    "Y of the plates": None,
    "green plate": (0.0, 1.0, 0.0),
    "early panchromatic": (0.2, 0.3, 0.5),
    "orthochromatic": (0.02, 0.43, 0.55),
    "blue plate": (0.0, 0.0, 1.0),
}


def main() -> None:
    """Print the scores of each lightness."""
    given = arguments(__doc__).parse_args()
    colorizer = Colorizer(given.model, threads=1)
    board = Scoreboard()
    for truth in photographs(given):
        results = {}
        picture = gray_picture(truth)
        for film, weights in FILMS.items():
            seen = picture if weights is None else read_picture(exposed(truth, weights))
            chroma = chroma_at(colorizer, seen, colorizer.size)
            results[film] = merge(picture, chroma, colorizer.saturation)
        board.add(truth, results)
    scores = {film: board.score(film) for film in FILMS}
    table = markdown(["lightness of", *SCORE_HEAD], [[f, *s.cells] for f, s in scores.items()])
    findings = {
        "model": about_model(colorizer),
        "photographs": board.photographs,
        "scores": scores,
    }
    report(given, "plates", table, findings)


def exposed(truth: Truth, weights: tuple[float, float, float]) -> U8:
    """Give (H, W) sRGB codes of what a film of these weights records."""
    linear = srgb_to_linear(truth.rgb / np.float32(255)) @ np.array(weights, np.float32)
    return np.rint(255 * linear_to_srgb(linear)).astype(np.uint8)


if __name__ == "__main__":
    main()
