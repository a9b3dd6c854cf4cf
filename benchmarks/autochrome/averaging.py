"""Is it worth running the network more than once and averaging?

Averages are paler, which alone moves every metric: all ways are compared at the colorfulness of the
shipped one, each over its own saturations::

    python benchmarks/autochrome/averaging.py VAL.parquet --limit 200
"""

from argparse import Namespace
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any, Final

import numpy as np
from measuring import (
    F32,
    SCORE_HEAD,
    Score,
    Scoreboard,
    about_model,
    arguments,
    at_colorfulness,
    chroma_at,
    gray_picture,
    markdown,
    merge,
    photographs,
    report,
)

from photochrom.engine.colorizer import Colorizer
from photochrom.engine.resample import resample
from photochrom.engine.tiles import working_shape
from photochrom.picture import Picture

PAIRS: Final = ((128, 192), (96, 192), (160, 224))
FACTORS: Final = frozenset({0.9, 1.0, 1.1, 1.2, 1.35})  # of the shipped saturation
SINGLE: Final = "once, as shipped"

Way = Callable[[Colorizer, Picture], F32]


def main() -> None:
    """Print a row per way to average, at equal colorfulness."""
    given = arguments(__doc__).parse_args()
    colorizer = Colorizer(given.model, threads=1)
    ways = all_ways(colorizer.size)
    board, seconds = measured(given, colorizer, ways)
    shipped = board.score((SINGLE, 1.0))
    scores = {
        name: at_colorfulness([board.score((name, f)) for f in FACTORS], shipped.colorfulness)
        for name in ways
    }
    times = {name: median(values) for name, values in seconds.items()}
    relative = {name: time_s / times[SINGLE] for name, time_s in times.items()}
    findings = {
        "model": about_model(colorizer),
        "photographs": board.photographs,
        "ways": [
            {
                "way": name,
                "score": scores[name],
                "at_shipped_saturation": board.score((name, 1.0)),
                "relative_time": relative[name],
            }
            for name in ways
        ],
    }
    report(given, "averaging", page(scores, relative), findings)


def all_ways(size: int) -> dict[str, Way]:
    """Name the ways to predict; pairs of sizes are tried besides the shipped size."""
    ways: dict[str, Way] = {
        SINGLE: partial(once, size=size),
        "mirrored": partial(mirrored, size=size),
    }
    for pair in PAIRS:
        ways[f"{pair[0]} and {pair[1]}"] = partial(two_sizes, pair=pair)
    return ways


def once(colorizer: Colorizer, picture: Picture, *, size: int) -> F32:
    """Predict as shipped."""
    return chroma_at(colorizer, picture, size)


def mirrored(colorizer: Colorizer, picture: Picture, *, size: int) -> F32:
    """Average with the prediction for the mirrored picture, mirrored back."""
    shape = working_shape(picture.height, picture.width, size)
    lightness = picture.downscaled(*shape)
    turned = colorizer.predict(np.ascontiguousarray(lightness[:, ::-1])).chroma[..., ::-1]
    return np.ascontiguousarray((colorizer.predict(lightness).chroma + turned) / 2)


def two_sizes(colorizer: Colorizer, picture: Picture, *, pair: tuple[int, int]) -> F32:
    """Average the predictions at two working sizes, on the pixels of the larger."""
    small, large = (chroma_at(colorizer, picture, size) for size in pair)
    return (resample(small, *large.shape[1:]) + large) / 2


def measured(
    given: Namespace, colorizer: Colorizer, ways: Mapping[str, Way]
) -> tuple[Scoreboard, dict[str, list[float]]]:
    """Color every photograph in every way, at several saturations."""
    board, seconds = Scoreboard(), defaultdict(list)
    for truth in photographs(given):
        picture = gray_picture(truth)
        results = {}
        for name, way in ways.items():
            began = perf_counter()
            chroma = way(colorizer, picture)
            results[name, 1.0] = merge(picture, chroma, colorizer.saturation)
            seconds[name].append(perf_counter() - began)
            for factor in FACTORS - {1.0}:
                results[name, factor] = merge(picture, chroma, factor * colorizer.saturation)
        board.add(truth, results)
    return board, seconds


def page(scores: Mapping[str, Score | None], relative: Mapping[str, float]) -> str:
    """Write the table."""
    rows: list[list[Any]] = [
        [name, *(score.cells if score else ["-"] * len(SCORE_HEAD)), f"{relative[name]:.2f} ×"]
        for name, score in scores.items()
    ]
    return markdown(["the network runs", *SCORE_HEAD, "time"], rows)


if __name__ == "__main__":
    main()
