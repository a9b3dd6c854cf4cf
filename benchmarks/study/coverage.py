"""Which interval over participants holds the truth as often as it says?

python benchmarks/study/coverage.py [--studies 2000] [--out benchmarks/results/study-coverage.json]

Simulated studies: people follow a beta distribution (two answers of a person correlate by 0.064, a
design effect of 3.5 with 40 answers), pictures differ by 0.8 logits, everybody answers 40 trials.
Prints Markdown: the share of 95 % intervals that hold the true rate, and their median width.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from timing import circumstances

from photochrom.metrics.proportion import wilson
from photochrom.study.simulation.observers import Observers
from photochrom.study.simulation.simulated import (
    draw_difficulty,
    draw_people,
    labelled_chance,
)
from photochrom.study.statistics.power import PUBLISHED_CORRELATION_OF_ANSWERS
from photochrom.study.statistics.rate_interval import rate_interval
from photochrom.study.statistics.rates import crossed_interval

F64 = NDArray[np.float64]
Ends = tuple[F64, F64]

TRIALS = 40
RATES = (0.02, 0.1, 0.3, 0.5)
PEOPLE = (5, 10, 20, 40)
SPREADS = (0.0, PUBLISHED_CORRELATION_OF_ANSWERS, 0.15)
RESAMPLES = 1999
POOL = 4000  # pictures, of which a study draws its own
BLOCK = 250  # studies resampled at once


def ours(shares: F64) -> Ends:
    """Wilson with effective numbers and t: what reports print."""
    found = rate_interval(shares, np.full_like(shares, TRIALS))
    return found.low, found.high


def plain_t(shares: F64) -> Ends:
    """Student's t."""
    people = shares.shape[-1]
    half = stats.t.ppf(0.975, people - 1) * shares.std(axis=-1, ddof=1) / people**0.5
    return shares.mean(axis=-1) - half, shares.mean(axis=-1) + half


def by_trial(shares: F64) -> Ends:
    """Wilson over answers, as if people did not matter."""
    return wilson(shares.mean(axis=-1), np.asarray(shares.shape[-1] * TRIALS, float), 1.96)


def percentile(shares: F64) -> Ends:
    """Percentile bootstrap of people."""
    return _in_blocks(shares, _percentile)


def bootstrap_t(shares: F64) -> Ends:
    """Bootstrap-t of people."""
    return _in_blocks(shares, _bootstrap_t)


def _in_blocks(shares: F64, method: Callable[[F64, F64], Ends]) -> Ends:
    people = shares.shape[-1]
    drawn = np.random.default_rng(0).multinomial(people, np.full(people, 1 / people), RESAMPLES)
    weights = drawn.T / people
    parts = [method(shares[at : at + BLOCK], weights) for at in range(0, len(shares), BLOCK)]
    return np.concatenate([low for low, _ in parts]), np.concatenate([high for _, high in parts])


def _percentile(shares: F64, weights: F64) -> Ends:
    low, high = np.quantile(shares @ weights, (0.025, 0.975), axis=-1)
    return low, high


def _bootstrap_t(shares: F64, weights: F64) -> Ends:
    people = shares.shape[-1]
    value = shares.mean(axis=-1, keepdims=True)
    error = shares.std(axis=-1, ddof=1, keepdims=True) / people**0.5
    means = shares @ weights
    variances = np.maximum(shares**2 @ weights - means**2, 1e-12) / (people - 1)
    low, high = np.quantile((means - value) / variances**0.5, (0.025, 0.975), axis=-1)
    return value[:, 0] - high * error[:, 0], value[:, 0] - low * error[:, 0]


METHODS: dict[str, Callable[[F64], Ends]] = {
    "t, Wilson's form (used)": ours,
    "t": plain_t,
    "bootstrap-t": bootstrap_t,
    "percentile bootstrap": percentile,
    "by trial": by_trial,
}


def simulated(observers: Observers, people: int, studies: int) -> F64:
    """Simulate shares: (studies, people)."""
    generator = np.random.default_rng(people)
    drawn = draw_people(observers, (studies, people), generator)
    chance = labelled_chance(drawn, draw_difficulty(observers, TRIALS, generator))
    labelled: F64 = (generator.random(chance.shape) < chance).mean(axis=-1)[..., 0]
    return labelled


def row(observers: Observers, people: int, studies: int) -> dict[str, object]:
    """Measure all methods in one cell."""
    shares, rate = simulated(observers, people, studies), observers.rates[0]
    cells: dict[str, object] = {}
    for name, method in METHODS.items():
        low, high = method(shares)
        covered = float(((low <= rate) & (rate <= high)).mean())
        cells[name] = {
            "covered": round(100 * covered, 1),
            "width": round(100 * float(np.median(high - low)), 1),
        }
    return {"rate": rate, "people": people, "spread": round(observers.spread, 3), "methods": cells}


def over_pictures(rate: float, people: int, studies: int) -> dict[str, float]:
    """Measure coverage of the rate over all pictures, when every study draws its own 40."""
    observers = Observers(rates=(rate,))
    generator = np.random.default_rng(people)
    pool = draw_difficulty(observers, POOL, generator)
    rows, columns = np.divmod(np.arange(people * TRIALS), TRIALS)
    held = {"people": 0, "people and pictures": 0}
    for _ in range(studies):
        pictures = generator.choice(POOL, TRIALS, replace=False)
        chance = labelled_chance(draw_people(observers, (people,), generator), pool[:, pictures])
        labelled = (generator.random(chance.shape) < chance)[:, 0].astype(np.float64)
        low, high = ours(labelled.mean(axis=-1)[None])
        held["people"] += bool(low[0] <= rate <= high[0])
        both = crossed_interval(rows, columns, labelled.ravel())
        held["people and pictures"] += both is not None and not both.excludes(rate)
    return {name: round(100 * count / studies, 1) for name, count in held.items()}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    began = time.perf_counter()
    rows = [
        row(Observers(rates=(rate,), spread=spread), people, arguments.studies)
        for spread in SPREADS
        for rate in RATES
        for people in PEOPLE
    ]
    _print(rows)
    pictures = {
        f"{rate}, {people}": over_pictures(rate, people, arguments.studies)
        for rate in (0.1, 0.3)
        for people in (10, 20, 40)
    }
    print("\n| rate, people | over people | over people and pictures |\n|---|---|---|")
    for name, held in pictures.items():
        print(f"| {name} | {held['people']} | {held['people and pictures']} |")
    content = {
        "circumstances": circumstances(),
        "studies": arguments.studies,
        "seconds": round(time.perf_counter() - began, 1),
        "over_people": rows,
        "over_pictures": pictures,
    }
    if arguments.out:
        arguments.out.write_text(json.dumps(content, indent=1) + "\n")


def _print(rows: list[dict[str, object]]) -> None:
    print("| spread | rate | people | " + " | ".join(METHODS) + " |")
    print("|---" * (3 + len(METHODS)) + "|")
    for each in rows:
        methods: dict[str, dict[str, float]] = each["methods"]  # type: ignore[assignment]
        cells = [f"{cell['covered']} ({cell['width']})" for cell in methods.values()]
        print(f"| {each['spread']} | {each['rate']} | {each['people']} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
