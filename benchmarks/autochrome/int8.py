"""Does int8 arithmetic make the network faster, and what does it cost?

Quantized files go to a temporary folder and are gone afterwards::

    python benchmarks/autochrome/int8.py VAL.parquet
"""

import tempfile
from argparse import Namespace
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Final

import photochrom  # noqa: F401  # first: it keeps ONNX Runtime from reporting its use

# isort: split
import numpy as np
import onnx
from measuring import (
    SCORE_HEAD,
    Score,
    Scoreboard,
    about_model,
    arguments,
    gray_picture,
    markdown,
    merge,
    photographs,
    report,
)
from timing import Timing, side_by_side

from photochrom.engine.colorizer import Colorizer
from photochrom.engine.session import Session
from photochrom.lab.exporting.quantize import with_int8_arithmetic, with_int8_weights
from photochrom.metrics.difference import delta_e_2000
from photochrom.models.registry import resolve_model
from photochrom.picture.pixels import to_lab

FLOAT: Final = "float"
SIDES_PX: Final = (192, 256)
THREADS: Final = (1, 2)
ROUNDS: Final = 15


def main() -> None:
    """Print what int8 does to the file, the time, and the colors."""
    given = arguments(__doc__).parse_args()
    shipped = resolve_model(given.model)
    with tempfile.TemporaryDirectory() as folder:
        files = {FLOAT: shipped, **quantized(shipped, Path(folder))}
        sizes = {name: file.stat().st_size for name, file in files.items()}
        colorizers = {name: Colorizer(file, threads=1) for name, file in files.items()}
        timings = timed(files)
        board, differences = measured(given, colorizers)
    scores = {name: board.score(name) for name in files}
    findings = {
        "model": about_model(colorizers[FLOAT]),
        "photographs": board.photographs,
        "ways": [
            {
                "way": name,
                "size_bytes": sizes[name],
                "score": scores[name],
                "delta_e_to_float": differences[name],
                "timings": {f"{s} px, threads: {t}": timings[s, t][name] for s, t in timings},
            }
            for name in files
        ],
    }
    report(given, "int8", page(scores, sizes, differences, timings), findings)


def quantized(shipped: Path, work: Path) -> dict[str, Path]:
    """Quantize a contract file in both ways of `photochrom models quantize`."""
    weights = onnx.load(shipped)
    with_int8_weights(weights)
    files = {}
    ways = {"int8 weights": weights, "int8 arithmetic": with_int8_arithmetic(shipped)}
    for number, (name, model) in enumerate(ways.items()):
        files[name] = work / f"{number}.onnx"
        onnx.save(model, files[name])
        carry_card(shipped, files[name])
    return files


def carry_card(source: Path, target: Path) -> None:
    """Give a quantized file the card of its original, which makes it a contract file again."""
    model = onnx.load(target)
    del model.metadata_props[:]
    model.metadata_props.extend(onnx.load(source).metadata_props)
    onnx.save(model, target)


def timed(files: Mapping[str, Path]) -> dict[tuple[int, int], dict[str, Timing]]:
    """Time the networks side by side, by side of the picture and threads."""
    timings = {}
    for threads in THREADS:
        sessions = {name: Session(file, threads=threads) for name, file in files.items()}
        for side_px in SIDES_PX:
            lightness = 100 * np.random.default_rng(0).random((side_px, side_px), np.float32)
            tasks = {name: partial(each.run, lightness) for name, each in sessions.items()}
            timings[side_px, threads] = side_by_side(tasks, ROUNDS)
    return timings


def measured(
    given: Namespace, colorizers: Mapping[str, Colorizer]
) -> tuple[Scoreboard, dict[str, float]]:
    """Color every photograph with every file; give scores and mean ΔE00 to float."""
    board = Scoreboard()
    differences: dict[str, list[float]] = {name: [] for name in colorizers}
    for truth in photographs(given):
        picture = gray_picture(truth)
        results = {
            name: merge(picture, colorizer.predict_picture(picture).chroma, colorizer.saturation)
            for name, colorizer in colorizers.items()
        }
        board.add(truth, results)
        reference = to_lab(results[FLOAT])
        for name, result in results.items():
            differences[name].append(float(delta_e_2000(to_lab(result), reference).mean()))
    return board, {name: fmean(values) for name, values in differences.items()}


def page(
    scores: Mapping[str, Score],
    sizes: Mapping[str, int],
    differences: Mapping[str, float],
    timings: Mapping[tuple[int, int], Mapping[str, Timing]],
) -> str:
    """Write the tables: colors, then times."""
    colors = [
        [name, f"{sizes[name] / 2**20:.1f} MiB", *score.cells, f"{differences[name]:.2f}"]
        for name, score in scores.items()
    ]
    times = [
        [name, *(f"{1000 * each[name].median_s:.1f} ms" for each in timings.values())]
        for name in scores
    ]
    heads = [f"{side} px, {threads} thread{'s'[: threads - 1]}" for side, threads in timings]
    return "\n\n".join(
        [
            markdown(["", "file", *SCORE_HEAD, "ΔE00 to float"], colors),
            markdown(["network, median", *heads], times),
        ]
    )


if __name__ == "__main__":
    main()
