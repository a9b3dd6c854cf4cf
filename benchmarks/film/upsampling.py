"""Whether chroma of the working size should follow edges when it is made as large as the film.

Plain bicubic, as it is done, beside two that use the full-size lightness: the guided filter (He and
Sun 2015), and bicubic to which the local slope of chroma over lightness adds what lightness has in
detail. Four photographs, 640 x 480, with grain; the small chroma is once the truth's and once the
model's. Errors are distances in a*, b*; flicker is what another grain alone changes.

    python benchmarks/film/upsampling.py [--model NAME|FILE] [--out FILE.json]
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, sobel, uniform_filter
from skimage import data

from photochrom.color.lab import srgb_to_lab
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.resample import resample
from photochrom.engine.tiles import working_shape
from photochrom.picture.pixels import area_mean, area_means, resize
from photochrom.texts import json_page

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from timing import circumstances

F32 = NDArray[np.float32]
HEIGHT, WIDTH = 480, 640
GRAIN = 1.5  # L*
Way = Callable[[F32, F32, F32], F32]  # small lightness, small chroma, full-size lightness


def slopes(lightness: F32, chroma: F32, radius: int, least: float) -> tuple[F32, F32]:
    """Fit chroma as a * lightness + b around each pixel; ``least`` is added to the variance."""

    def mean(values: F32) -> F32:
        size = (1,) * (values.ndim - 2) + (2 * radius + 1,) * 2
        return uniform_filter(values, size, mode="nearest")

    middle = mean(lightness)
    variance = mean(lightness**2) - middle**2
    slope = (mean(chroma * lightness) - mean(chroma) * middle) / (variance + np.float32(least))
    return slope, mean(chroma) - slope * middle


def bicubic(_: F32, chroma: F32, full: F32) -> F32:
    """Look at no edge."""
    return resample(chroma, *full.shape)


def guided(radius: int, least: float) -> Way:
    """Make a guided filter."""

    def way(lightness: F32, chroma: F32, full: F32) -> F32:
        size = (1, 2 * radius + 1, 2 * radius + 1)
        slope, offset = (
            resample(uniform_filter(each, size, mode="nearest"), *full.shape)
            for each in slopes(lightness, chroma, radius, least)
        )
        return slope * full + offset

    return way


def detailed(radius: int, least: float) -> Way:
    """Add to bicubic what lightness has in detail, times the slope."""

    def way(lightness: F32, chroma: F32, full: F32) -> F32:
        slope, _ = slopes(lightness, chroma, radius, least)
        detail = full - resample(lightness[None], *full.shape)[0]
        return resample(chroma, *full.shape) + resample(slope, *full.shape) * detail

    return way


WAYS: dict[str, Way] = {
    "bicubic": bicubic,
    "guided, 3 x 3": guided(1, 10),
    "guided, 9 x 9": guided(4, 30),
    "bicubic and detail, 3 x 3": detailed(1, 10),
    "bicubic and detail, 9 x 9": detailed(4, 30),
}


def measured(colorizer: Colorizer) -> list[dict[str, object]]:
    """Measure all ways over all photographs."""
    rng = np.random.default_rng(0)
    sums: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    for photograph in (data.astronaut(), data.chelsea(), data.coffee(), data.rocket()):
        lab = srgb_to_lab((resize(photograph, HEIGHT, WIDTH) / 255).astype(np.float32))
        truth = np.ascontiguousarray(np.moveaxis(lab[..., 1:], -1, 0), np.float32)
        steps = sum(np.hypot(sobel(each, 0), sobel(each, 1)) for each in truth)
        edges = maximum_filter(steps > np.quantile(steps, 0.95), 3)
        shape = working_shape(HEIGHT, WIDTH, colorizer.size)
        full = [
            (lab[..., 0] + rng.normal(0, GRAIN, (HEIGHT, WIDTH))).astype(np.float32)
            for _ in range(2)
        ]
        small = [area_mean([each], each.shape, shape) for each in full]
        of_truth = np.moveaxis(area_means(lab[..., 1:].astype(np.float32), shape), -1, 0)
        of_model = colorizer.predict(small[0]).chroma.astype(np.float32)
        for whose, chroma in (("the truth's", of_truth), ("the model's", of_model)):
            for name, way in WAYS.items():
                began = time.process_time()
                one = way(small[0], chroma, full[0])
                took = 1000 * (time.process_time() - began)
                other = way(small[1], chroma, full[1])
                off = np.hypot(*(one - truth))
                flicker = float(np.hypot(*(one - other)).mean() / np.sqrt(2))
                row = (float(off.mean()), float(off[edges].mean()), flicker, took)
                sums.setdefault((whose, name), []).append(row)
    keys = ("ab_error", "ab_error_at_edges", "flicker", "cpu_ms")
    return [
        {"chroma": whose, "way": name} | dict(zip(keys, np.mean(rows, axis=0), strict=True))
        for (whose, name), rows in sums.items()
    ]


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="autochrome")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    rows = measured(Colorizer(asked.model, threads=1))
    for row in rows:
        print(
            "  ".join(
                f"{key} {value if isinstance(value, str) else f'{value:.3f}'}"
                for key, value in row.items()
            )
        )
    if asked.out:
        asked.out.write_text(json_page({"circumstances": circumstances(), "rows": rows}))


if __name__ == "__main__":
    main()
