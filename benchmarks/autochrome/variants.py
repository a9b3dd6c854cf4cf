"""Are variants plausible, and unlike the coloring they depart from and one another?

The contact sheet shows photographs that belong to their photographers and must not be committed::

    python benchmarks/autochrome/variants.py VAL-MEDIUM.parquet VAL-LARGE.parquet --limit 200
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from time import perf_counter

import numpy as np
import pyvips
from measuring import about_model, arguments, markdown, merge, report
from numpy.typing import NDArray

from photochrom.collection import open_collection
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.resample import resample
from photochrom.engine.tiles import pad_to_multiple, working_shape
from photochrom.engine.variants import MAX_VARIANTS, Scene, vary_chroma
from photochrom.evaluation import evaluate
from photochrom.evaluation.contestants.baselines import RANDOM_COLORS
from photochrom.evaluation.findings.summary import Summary, summarize
from photochrom.metrics.difference import delta_e_2000
from photochrom.picture import Picture, read_picture
from photochrom.picture.pixels import to_lab

U8 = NDArray[np.uint8]

OWN = "own colors"
TARGET_DIFFERENCE = 5.0  # ΔE00 between two variants
TARGET_AUC = 1.0  # points over random colors, for every variant
SHEET_TILE = 240  # pixels


class Varied:
    """Colors each gray picture once, in all ways, and keeps the results."""

    def __init__(self, colorizer: Colorizer, count: int) -> None:
        self._colorizer = colorizer
        self._count = count
        self._kept: dict[bytes, list[U8]] = {}
        self.seconds: list[float] = []

    def pictures(self) -> Sequence[list[U8]]:
        """Give what was colored so far: own colors, then the variants, for each picture."""
        return list(self._kept.values())

    def colorize(self, way: int) -> Callable[[U8], U8]:
        """Make a colorizer of a way: 0 for the own colors, from 1 on the variants."""

        def colorize_array(gray: U8) -> U8:
            key = gray.tobytes()
            if key not in self._kept:
                self._kept[key] = self._color(read_picture(gray))
            return self._kept[key][way]

        return colorize_array

    def _color(self, picture: Picture) -> list[U8]:
        scene = see(self._colorizer, picture)
        height, width = working_shape(picture.height, picture.width, self._colorizer.size)
        started = perf_counter()
        variants = vary_chroma(scene, self._count)
        self.seconds.append(perf_counter() - started)
        saturation = self._colorizer.saturation
        maps = [scene.chroma, *variants]
        return [merge(picture, chroma[:, :height, :width], saturation) for chroma in maps]


def see(colorizer: Colorizer, picture: Picture) -> Scene:
    """Run the network once on a picture that fits one window."""
    card = colorizer.card
    shape = working_shape(picture.height, picture.width, colorizer.size)
    lightness = pad_to_multiple(picture.downscaled(*shape), card.size_multiple)
    outputs = colorizer.session.run(lightness, outputs=["distribution"])
    assert outputs.distribution is not None  # noqa: S101  # asked for
    return Scene(
        distribution=outputs.distribution,
        bins=np.array(card.bins, np.float32),
        temperature=card.temperature or 1.0,
        lightness=lightness,
        chroma=resample(outputs.chroma, *lightness.shape),
    )


def differences(pictures: Sequence[list[U8]], pairs: Sequence[tuple[int, int]]) -> list[float]:
    """Measure the mean ΔE00 of pairs of results, for each photograph."""
    result = []
    for ways in pictures:
        labs = [to_lab(way) for way in ways]
        result.append(float(np.mean([delta_e_2000(labs[a], labs[b]).mean() for a, b in pairs])))
    return result


def table(summaries: Sequence[Summary]) -> str:
    """Write a row per way to color, the baselines among them."""
    by_name = {summary.model: summary for summary in summaries}
    random = by_name[RANDOM_COLORS].value("auc")
    rows = [
        [
            name,
            f"{summary.value('auc'):.2f}",
            f"{summary.value('auc') - random:+.2f}",
            f"{summary.value('auc_rebalanced'):.2f}",
            f"{summary.value('colorfulness') / summary.value('colorfulness_truth'):.2f}",
        ]
        for name, summary in by_name.items()
    ]
    head = ["", "AuC", "over random colors", "AuC rebalanced", "colorfulness / truth"]
    return markdown(head, rows)


def write_sheet(pictures: Sequence[list[U8]], path: Path) -> None:
    """Write one row per photograph: own colors, then the variants."""
    tiles = [
        pyvips.Image.new_from_array(np.ascontiguousarray(way))
        .thumbnail_image(SHEET_TILE, height=SHEET_TILE)
        .gravity("centre", SHEET_TILE, SHEET_TILE)
        for ways in pictures
        for way in ways
    ]
    pyvips.Image.arrayjoin(tiles, across=len(pictures[0])).write_to_file(str(path))


def main() -> None:
    """Print what the targets say of the variants."""
    parser = arguments(__doc__)
    parser.add_argument("--count", type=int, default=3, help="variants of each photograph")
    parser.add_argument("--sheet", type=Path, help="where to write a contact sheet of 40, a PNG")
    given = parser.parse_args()
    if not 2 <= given.count <= MAX_VARIANTS:
        parser.error(f"--count must be 2 to {MAX_VARIANTS}: pairs are compared")
    colorizer = Colorizer(given.model, threads=1)
    varied = Varied(colorizer, given.count)
    names = [OWN, *(f"variant {way}" for way in range(1, given.count + 1))]
    evaluation = evaluate(
        {name: varied.colorize(way) for way, name in enumerate(names)},
        open_collection(given.collections),
        protocol=given.protocol,
        limit=given.limit,
    )
    summaries = summarize(evaluation)
    pictures = varied.pictures()
    among = differences(pictures, list(combinations(range(1, given.count + 1), 2)))
    from_own = differences(pictures, [(0, way) for way in range(1, given.count + 1)])
    auc = {summary.model: summary.value("auc") for summary in summaries}
    lead = min(auc[name] for name in names[1:]) - auc[RANDOM_COLORS]
    median_ms = 1000 * float(np.median(varied.seconds))
    page = [
        table(summaries),
        "",
        f"{len(pictures)} photographs, {given.count} variants in {median_ms:.0f} ms.",
        f"ΔE00 between two variants {np.mean(among):.2f} (target {TARGET_DIFFERENCE:.0f}; lowest",
        f"tenth of photographs below {np.percentile(among, 10):.2f}), to the own colors",
        f"{np.mean(from_own):.2f}; worst variant {lead:+.2f} AuC over random colors (target",
        f"{TARGET_AUC:+.0f}).",
    ]
    findings = {
        "model": about_model(colorizer),
        "auc": auc,
        "delta_e_between_variants": among,
        "delta_e_to_own_colors": from_own,
        "seconds": varied.seconds,
    }
    report(given, "variants", "\n".join(page), findings)
    if given.sheet is not None:
        write_sheet(pictures[:: max(1, len(pictures) // 40)][:40], given.sheet)


if __name__ == "__main__":
    main()
