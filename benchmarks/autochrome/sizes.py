"""At which working size is the model best, how long does it take, and do the sizes agree?

A photograph is never enlarged, so that large sizes differ only where the photographs are larger:
``--protocol original`` with large ones shows what 320 and 384 do::

    python benchmarks/autochrome/sizes.py VAL.parquet --limit 200
"""

from argparse import Namespace
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from statistics import fmean, median
from time import perf_counter
from typing import Any, Final

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

from photochrom.engine.colorizer import Colorizer
from photochrom.engine.tiles import working_shape
from photochrom.metrics.difference import delta_e_2000
from photochrom.picture import Picture
from photochrom.picture.pixels import to_lab

SIZES: Final = (64, 96, 128, 160, 192, 224, 256, 320, 384)
_AGREEING: Final = (96, 256)  # sizes between which results shall agree

Pair = tuple[int, int]


@dataclass
class Sweep:
    """What was found so far.

    Attributes:
        board: scores by size.
        seconds: of each photograph, by size.
        sides_px: root of the area that the network saw, by size.
        differences: mean ΔE00 of each photograph, by pair of sizes.
    """

    board: Scoreboard = field(default_factory=Scoreboard)
    seconds: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    sides_px: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    differences: dict[Pair, list[float]] = field(default_factory=lambda: defaultdict(list))


def main() -> None:
    """Print a row per working size, and how much the sizes differ."""
    given = arguments(__doc__).parse_args()
    colorizer = Colorizer(given.model, threads=1)
    sizes = sorted({*SIZES, colorizer.size})
    sweep = swept(given, colorizer, sizes)
    rows = {size: row(sweep, size, colorizer.size) for size in sizes}
    pairs = {pair: fmean(values) for pair, values in agreeing(sweep).items()}
    findings = {
        "model": about_model(colorizer),
        "photographs": sweep.board.photographs,
        "sizes": [{"size": size, **values} for size, values in rows.items()],
        "pairs": [{"sizes": pair, "delta_e": value} for pair, value in pairs.items()],
        "pairs_mean_delta_e": fmean(pairs.values()) if pairs else None,
    }
    report(given, "sizes", page(rows, pairs, colorizer.size), findings)


def swept(given: Namespace, colorizer: Colorizer, sizes: list[int]) -> Sweep:
    """Color every photograph at every size."""
    sweep = Sweep()
    for truth in photographs(given):
        picture = gray_picture(truth)
        results = {}
        for size in sizes:
            began = perf_counter()
            chroma = chroma_at(colorizer, picture, size)
            results[size] = merge(picture, chroma, colorizer.saturation)
            sweep.seconds[size].append(perf_counter() - began)
            sweep.sides_px[size].append(float(np.sqrt(chroma[0].size)))
        sweep.board.add(truth, results)
        for pair, difference in differences(picture, results, colorizer.size):
            sweep.differences[pair].append(difference)
    return sweep


def differences(
    picture: Picture, results: Mapping[int, U8], shipped: int
) -> Iterator[tuple[Pair, float]]:
    """Compare the results of one photograph, but not those for which the network saw the same."""
    labs = {size: to_lab(result) for size, result in results.items()}
    shapes = {size: working_shape(picture.height, picture.width, size) for size in results}
    for first, second in combinations(results, 2):
        low, high = _AGREEING
        is_wanted = shipped in (first, second) or (first >= low and second <= high)
        if is_wanted and shapes[first] != shapes[second]:
            yield (first, second), float(delta_e_2000(labs[first], labs[second]).mean())


def agreeing(sweep: Sweep) -> dict[Pair, list[float]]:
    """Choose the pairs of sizes that shall agree."""
    low, high = _AGREEING
    return {
        pair: values
        for pair, values in sorted(sweep.differences.items())
        if low <= pair[0] and pair[1] <= high
    }


def row(sweep: Sweep, size: int, shipped: int) -> dict[str, Any]:
    """Gather what the table says about a size."""
    score = sweep.board.score(size)
    pair = (min(size, shipped), max(size, shipped))
    found = sweep.differences.get(pair)
    strength = sweep.board.score(shipped).colorfulness
    return {
        "score": score,
        "median_ms": 1000 * median(sweep.seconds[size]),
        "seen_px": fmean(sweep.sides_px[size]),
        "delta_e_to_shipped": fmean(found) if found else None,
        "colorfulness_to_shipped": score.colorfulness / strength,
    }


def page(rows: Mapping[int, dict[str, Any]], pairs: Mapping[Pair, float], shipped: int) -> str:
    """Write the table and the sentence about pairs."""
    head = ["size", "seen", *SCORE_HEAD, "colorfulness / shipped", "ΔE00 to shipped", "time"]
    lines = []
    for size, values in rows.items():
        difference = values["delta_e_to_shipped"]
        lines.append(
            [
                f"**{size}**" if size == shipped else str(size),
                f"{values['seen_px']:.0f} px",
                *values["score"].cells,
                f"{values['colorfulness_to_shipped']:.2f}",
                "-" if difference is None else f"{difference:.2f}",
                f"{values['median_ms']:.0f} ms",
            ]
        )
    table = markdown(head, lines)
    if not pairs:
        return table
    worst = max(pairs, key=lambda pair: pairs[pair])
    return (
        f"{table}\n\nBetween two sizes of {_AGREEING[0]} to {_AGREEING[1]}: mean ΔE00 "
        f"{fmean(pairs.values()):.2f} over {len(pairs)} pairs, most {pairs[worst]:.2f} "
        f"({worst[0]} and {worst[1]}); pairs of which the network saw the same are left out."
    )


if __name__ == "__main__":
    main()
