"""How often is a gray print taken for a photograph in color, and the other way round?

python benchmarks/tone/measure.py COLLECTION… [--limit N] [--fit] [--out DIR]

Every photograph is worn in some of the ways of ``aging.py``, chosen by lot, written as JPEG and
read again as `photochrom` reads it. Photographs at even places of their collection are there to fit
the weights and to choose the limits, those at odd places to report.
"""

import json
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyvips
from aging import COLOR, GRAY, worn
from numpy.typing import NDArray

from photochrom.collection import open_collection
from photochrom.color.lab import srgb_to_lab
from photochrom.evaluation.tally import Truth
from photochrom.metrics.proportion import wilson_interval
from photochrom.picture.reading.read import open_source, tone_thumbnail
from photochrom.picture.tone import OFFSET, SURE, UNSURE, WEIGHTS, detect_tone, signs_of

sys.path.append(str(Path(__file__).resolve().parent.parent))  # timing.py serves all benchmarks

from timing import circumstances

F64 = NDArray[np.float64]
Kind = tuple[str, str]  # gray or color, and the way
AS_IT_IS: Final = "as it is"

SIDE: Final = 224  # larger photographs are shrunk first: small ones are the hard case, and quick
_WAYS: Final = {"gray": (GRAY, 0.3), "color": (COLOR, 0.45)}  # with the share that is drawn
_FEW_COLORS: Final = 0.1  # of the photographs: those with the lowest mean chroma
_EMPHASIS: Final = {
    ("color", AS_IT_IS): 3.0,
    ("gray", AS_IT_IS): 2.0,
    ("color", "tinted cheeks"): 2.0,  # little color, and somebody's work
    ("color", "chroma 0.25"): 0.5,  # nobody can tell some of these from toned prints
}
_RIDGE: Final = 1e-3
_STEPS: Final = 12  # of Newton's


@dataclass(frozen=True)
class Seen:
    """One picture: what it is, what was measured of it.

    Attributes:
        kind: gray or color, and how it was worn.
        is_for_fitting: whether it belongs to the half by which the rule is chosen.
        source: name of the collection.
        signs: see `photochrom.picture.tone.color_signs`.
        chroma: mean of the photograph before it was worn.
        milliseconds: of one core that the look at the thumbnail took.
    """

    kind: Kind
    is_for_fitting: bool
    source: str
    signs: F64
    chroma: float
    milliseconds: float


def main() -> None:
    """Measure, fit when asked to, and print rates and calibration."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("collections", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, help="photographs of each collection, from the first")
    parser.add_argument("--fit", action="store_true", help="fit the weights anew and print them")
    parser.add_argument("--out", type=Path, help="write tone.json into this folder")
    given = parser.parse_args()
    found = [path for path in given.collections if path.exists()]
    for path in sorted(set(given.collections) - set(found)):
        print(f"{path} is not there: left out", file=sys.stderr)
    if not found:
        sys.exit("no collection is there: nothing is measured")
    seen = [each for place, path in enumerate(found) for each in look(place, path, given.limit)]
    weights = np.append(WEIGHTS, OFFSET)
    if given.fit:
        weights = fit([each for each in seen if each.is_for_fitting])
        print("weights", np.round(weights[:-1], 2).tolist(), "offset", round(weights[-1], 2))
    facts = report([each for each in seen if not each.is_for_fitting], weights)
    if given.fit:
        facts |= {"never seen": unseen(seen)}
    facts |= {"milliseconds": round(float(np.median([each.milliseconds for each in seen])), 2)}
    print(f"{facts['milliseconds']} ms a thumbnail, median")
    if given.out:
        text = json.dumps({"circumstances": circumstances(), **facts}, indent=1)
        (given.out / "tone.json").write_text(text + "\n")


def look(place: int, path: Path, limit: int | None) -> Iterator[Seen]:
    """Wear and look at the photographs of one collection."""
    for number, item in enumerate(open_collection(path)[:limit]):
        photograph = shrunk(item.read())
        if Truth(photograph).is_gray:
            continue
        chroma = float(np.linalg.norm(srgb_to_lab(photograph / 255)[..., 1:], axis=-1).mean())
        lot = np.random.default_rng([place, number])
        for kind, (ways, share) in _WAYS.items():
            for at, (name, way) in enumerate(ways.items()):
                if lot.random() > share and name != AS_IT_IS:
                    continue
                data = worn(kind, way, photograph, (place, number, at))
                thumbnail = tone_thumbnail(open_source(data, 10**9))
                began = time.thread_time()
                detect_tone(thumbnail)
                spent = 1000 * (time.thread_time() - began)
                half = number % 2 == 0
                yield Seen((kind, name), half, path.stem, signs_of(thumbnail), chroma, spent)


def shrunk(photograph: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bring the long side to at most ``SIDE``."""
    factor = max(1.0, max(photograph.shape) / SIDE)
    small: NDArray[np.uint8] = (
        pyvips.Image.new_from_array(photograph).shrink(factor, factor).numpy()
    )
    return small


def fit(seen: Sequence[Seen]) -> F64:
    """Fit a logistic regression to which every way counts alike; gives weights and offset (8,)."""
    signs = np.array([each.signs for each in seen])
    is_color = np.array([each.kind[0] == "color" for each in seen], float)
    counts = Counter(each.kind for each in seen)
    share = np.array([_EMPHASIS.get(each.kind, 1.0) / counts[each.kind] for each in seen])
    for side in (0, 1):
        share[is_color == side] *= len(seen) / 2 / share[is_color == side].sum()
    middle, spread = signs.mean(axis=0), signs.std(axis=0)
    columns = np.column_stack([(signs - middle) / spread, np.ones(len(seen))])
    ridge = _RIDGE * len(seen) * np.diag([*np.ones(signs.shape[1]), 0.0])
    found = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-columns @ found))
        slope = columns.T @ (share * (chance - is_color)) + ridge @ found
        bend = (columns * (share * chance * (1 - chance))[:, None]).T @ columns + ridge
        found -= np.linalg.solve(bend, slope)
    weights = found[:-1] / spread
    return np.append(weights, found[-1] - weights @ middle)


def chances_of(seen: Sequence[Seen], weights: F64) -> F64:
    """Give how probable it is that each picture is in color."""
    signs = np.array([each.signs for each in seen])
    return np.asarray(1 / (1 + np.exp(-(signs @ weights[:-1] + weights[-1]))))


def report(seen: Sequence[Seen], weights: F64) -> dict[str, Any]:
    """Print and give the rates by kind, and how far stated probabilities are from what happens."""
    chances = chances_of(seen, weights)
    rows = {}
    print("| pictures | n | called color | named unsure | 95 % interval of called color |")
    print("|---|---|---|---|---|")
    for name, chosen in groups(seen).items():
        called, unsure = (chances[chosen] >= limit for limit in (SURE, UNSURE))
        ends = wilson_interval(int(called.sum()), len(called))
        rows[name] = {
            "n": len(called),
            "called_color": round(float(called.mean()), 4),
            "named_unsure": round(float((unsure & ~called).mean()), 4),
            "interval": [round(ends.low, 4), round(ends.high, 4)],
        }
        print(
            f"| {name} | {len(called)} | {100 * called.mean():.1f} % "
            f"| {100 * (unsure & ~called).mean():.1f} % "
            f"| {100 * ends.low:.1f} to {100 * ends.high:.1f} |"
        )
    return {"rates": rows, "calibration": calibration(seen, chances)}


def groups(seen: Sequence[Seen]) -> dict[str, NDArray[np.intp]]:
    """Name the groups that are reported, and say which pictures belong to each."""
    found: dict[str, list[int]] = {}
    for number, each in enumerate(seen):
        found.setdefault(": ".join(each.kind), []).append(number)
    plain = np.array(found[f"color: {AS_IT_IS}"])
    chroma = np.array([seen[number].chroma for number in plain])
    few = plain[chroma <= np.quantile(chroma, _FEW_COLORS)]
    sources = dict.fromkeys(each.source for each in seen)
    return {
        **{name: np.array(found[name]) for name in sorted(found)},
        "color: the palest tenth as it is": few,
        **{
            f"color: {s} as it is": np.array([n for n in plain if seen[n].source == s])
            for s in sources
        },
    }


def calibration(seen: Sequence[Seen], chances: F64) -> list[tuple[float, float, int]]:
    """Give mean stated probability, share in color and count by fifth of the probability."""
    is_color = np.array([each.kind[0] == "color" for each in seen])
    counts = Counter(each.kind[0] for each in seen)
    share = np.array([1 / counts[each.kind[0]] for each in seen])  # as many gray as color ones
    step = np.minimum((5 * chances).astype(int), 4)
    rows = []
    for fifth in range(5):
        own = step == fifth
        stated, true = (np.average(v[own], weights=share[own]) for v in (chances, is_color))
        rows.append((round(float(stated), 3), round(float(true), 3), int(own.sum())))
    print("stated, true, pictures:", rows)
    return rows


def unseen(seen: Sequence[Seen]) -> dict[str, float]:
    """Fit without each way in turn, and give the share of it that is called color all the same."""
    rates = {}
    for kind in dict.fromkeys(each.kind for each in seen):
        weights = fit([each for each in seen if each.is_for_fitting and each.kind != kind])
        own = [each for each in seen if each.kind == kind and not each.is_for_fitting]
        if own:
            rates[": ".join(kind)] = round(float((chances_of(own, weights) >= SURE).mean()), 4)
    print("called color by weights that never saw the kind:", rates)
    return rates


if __name__ == "__main__":
    main()
