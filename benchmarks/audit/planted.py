"""How well the detectors of `photochrom audit score` find faults that were planted.

Run ``python benchmarks/audit/planted.py COLLECTION…``: 200 pictures of the collections, or seeded
synthetic ones without any, as they are and with each fault; first the photographs themselves, then
what the built-in model makes of them. Printed are precision and recall at the shipped alarm, as
many clean pictures as planted ones, with 95 % intervals by drawing pictures anew.
With ``--tune`` the levels that ``audit/detectors/detector.py`` should hold are printed instead.
They come from other pictures than the report: those whose checksum is odd.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
from faults import FAULTS, Plant, synthetic
from numpy.typing import NDArray

from photochrom.audit.detectors.cast import neutral_point
from photochrom.audit.detectors.detector import (
    BLEEDING,
    BLOTCHES,
    CAST,
    CAST_FROM_MODEL,
    DETECTORS,
    GRAY_PATCHES,
    NAMES,
    by_name,
)
from photochrom.audit.detectors.opinion import Opinion
from photochrom.audit.examine import Examiner, fit
from photochrom.collection import open_collection
from photochrom.engine.colorizer import Colorizer
from photochrom.metrics.intervals import percentile_interval
from photochrom.models.registry import DEFAULT_MODEL
from photochrom.picture.color import read_color_shrunk
from photochrom.picture.pixels import GRAY_LIMIT, to_gray, to_lab

sys.path.append(str(Path(__file__).resolve().parent.parent))  # timing.py serves all benchmarks

from timing import circumstances

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]

CLEAN: Final = "clean"
WATCHED: Final = {
    "cast of 8 ΔE": (CAST, CAST_FROM_MODEL),
    "gray patch": (GRAY_PATCHES,),
    "chroma moved 6 px": (BLEEDING,),
    "blotch of 40 ΔE": (BLOTCHES,),
}
TARGETS: Final = {"cast of 8 ΔE", "gray patch", "chroma moved 6 px"}
_PRECISION, _RECALL = 0.9, 0.8
_RESAMPLES: Final = 2000
_FALSE_ALARMS: Final = 0.95  # the alarm is this quantile of clean pictures


@dataclass(frozen=True)
class Finding:
    """How well one detector finds one fault in one kind of picture."""

    carrier: str
    fault: str
    detector: str
    pictures: int
    precision: float
    precision_interval: tuple[float, float]
    recall: float
    recall_interval: tuple[float, float]
    auc: float
    precision_at_recall: float  # of 0.8, at whatever alarm reaches it

    @property
    def is_met(self) -> bool:
        """Whether the shipped alarm reaches the target."""
        return self.precision >= _PRECISION and self.recall >= _RECALL


def main() -> None:
    """Measure, and print a table or levels."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("collections", nargs="*", type=Path, help="color photographs")
    parser.add_argument("--count", type=int, default=200, help="pictures (200)")
    parser.add_argument("--tune", action="store_true", help="print levels instead")
    parser.add_argument("--out", type=Path, help="a JSON file to write")
    asked = parser.parse_args()
    photographs = gather(asked.collections, asked.count, is_tuning=asked.tune)
    print(f"{len(photographs)} pictures from {asked.collections or 'a seed'}\n")
    clean: dict[str, Plant] = {CLEAN: lambda picture, random: picture}
    measured = measure(photographs, clean if asked.tune else {**clean, **FAULTS})
    if asked.tune:
        print_levels(measured)
        return
    findings = [found for carrier in measured for found in judge(carrier, measured[carrier])]
    print_findings(findings)
    if asked.out:
        rows = [asdict(found) for found in findings]
        asked.out.write_text(json.dumps({"circumstances": circumstances(), "rows": rows}, indent=1))


def gather(collections: Sequence[Path], count: int, *, is_tuning: bool) -> list[U8]:
    """Read colored pictures: those whose checksum is odd to tune, the even ones to report."""
    if not collections:
        return [synthetic(seed) for seed in range(is_tuning, 2 * count, 2)]
    items = [item for collection in collections for item in open_collection(collection)]
    found: list[U8] = []
    for place in np.random.default_rng(0).permutation(len(items)):
        encoded = items[int(place)].load()
        if sha256(encoded).digest()[-1] % 2 != is_tuning:
            continue
        picture = read_color_shrunk(encoded, fit)
        if np.abs(to_lab(picture)[..., 1:]).max() > GRAY_LIMIT:
            found.append(picture)
        if len(found) == count:
            break
    return found


def measure(photographs: Sequence[U8], kinds: Mapping[str, Plant]) -> dict[str, dict[str, F64]]:
    """Examine pictures with all kinds of faults, photographs and what the built-in makes of them.

    Returns:
        By carrier and kind: (pictures, detectors) scores; NaN where nothing could be planted.
    """
    colorizer = Colorizer(DEFAULT_MODEL, threads=1)
    bench = Bench(Examiner(opinion=Opinion.of(DEFAULT_MODEL)), photographs)
    with ThreadPoolExecutor(2) as pool:
        painted = list(pool.map(lambda each: colorizer.colorize_array(to_gray(each)), photographs))
        return {
            carrier: {
                kind: np.array(list(pool.map(bench.scorer(pictures, plant, made_by), range(count))))
                for kind, plant in kinds.items()
            }
            for carrier, pictures, made_by, count in (
                ("photographs", photographs, None, len(photographs)),
                (DEFAULT_MODEL, painted, colorizer.sha256, len(painted)),
            )
        }


@dataclass(frozen=True)
class Bench:
    """Plants and examines."""

    examiner: Examiner
    truths: Sequence[U8]

    def scorer(
        self, pictures: Sequence[U8], plant: Plant, made_by: str | None
    ) -> Callable[[int], list[float]]:
        """Give what scores the picture at a place; the collection is that of the clean pictures."""
        reference = np.median([neutral_point(to_lab(each)[..., 1:]) for each in pictures], axis=0)

        def scores(place: int) -> list[float]:
            picture = plant(pictures[place], np.random.default_rng(place))
            if picture is None:
                return [np.nan] * len(NAMES)
            examined = self.examiner.examine(
                picture, self.truths[place], reference, model_sha256=made_by
            )
            found = examined.found
            return [found[name].score if name in found else np.nan for name in NAMES]

        return scores


def judge(carrier: str, measured: dict[str, F64]) -> list[Finding]:
    """Count what the detectors find."""
    findings = []
    for fault, names in WATCHED.items():
        for name in names:
            column = NAMES.index(name)
            clean, planted = measured[CLEAN][:, column], measured[fault][:, column]
            usable = ~np.isnan(clean) & ~np.isnan(planted)
            if usable.any():
                found = one(clean[usable], planted[usable], by_name(name).level.alarm)
                findings.append(Finding(carrier, fault, name, int(usable.sum()), *found))
    return findings


def one(clean: F64, planted: F64, alarm: float) -> tuple[object, ...]:
    """Judge one detector on as many clean pictures as planted ones."""
    hits, misses = planted >= alarm, clean >= alarm
    draws = np.random.default_rng(0).integers(0, len(clean), (_RESAMPLES, len(clean)))
    true, false = hits[draws].sum(axis=1), misses[draws].sum(axis=1)
    precision = true / np.maximum(true + false, 1)
    intervals = [percentile_interval(each) for each in (precision, true / len(clean))]
    pairs = (planted[:, None] > clean).mean() + (planted[:, None] == clean).mean() / 2
    at_recall = np.quantile(planted, 1 - _RECALL)
    caught, called = (planted >= at_recall).mean(), (clean >= at_recall).mean()
    return (
        hits.sum() / max(1, hits.sum() + misses.sum()),
        (intervals[0].low, intervals[0].high),
        hits.mean(),
        (intervals[1].low, intervals[1].high),
        float(pairs),
        caught / (caught + called),
    )


def print_findings(findings: Sequence[Finding]) -> None:
    """Print a Markdown table."""
    print("| pictures | fault | detector | n | precision | recall | target | AUC | at recall 0.8 |")
    print("|---|---|---|---|---|---|---|---|---|")
    for f in findings:
        low, high = f.precision_interval
        first, last = f.recall_interval
        verdict = "met" if f.is_met else f"missed ({f.precision_at_recall - _PRECISION:+.2f})"
        verdict = verdict if f.fault in TARGETS else "none set"
        print(
            f"| {f.carrier} | {f.fault} | {f.detector} | {f.pictures} "
            f"| {f.precision:.2f} ({low:.2f} to {high:.2f}) | {f.recall:.2f} ({first:.2f} to "
            f"{last:.2f}) | {verdict} | {f.auc:.3f} | {f.precision_at_recall:.2f} |"
        )


def print_levels(measured: dict[str, dict[str, F64]]) -> None:
    """Print what is usual in photographs, and the 95th percentile of the noisier carrier."""
    for column, detector in enumerate(DETECTORS):
        clean = {name: each[CLEAN][:, column] for name, each in measured.items()}
        known = {name: each[~np.isnan(each)] for name, each in clean.items()}
        usual = {name: np.median(each) for name, each in known.items() if len(each)}
        alarm = {
            name: np.quantile(each, _FALSE_ALARMS) for name, each in known.items() if len(each)
        }
        print(f'"{detector.name}": usual {usual}, alarm {alarm}')


if __name__ == "__main__":
    main()
