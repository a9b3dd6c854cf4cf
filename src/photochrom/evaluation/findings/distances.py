"""FID and KID of every model against the originals, with the anchors that give them a meaning."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from photochrom.evaluation.measured import Evaluation
from photochrom.metrics.frechet import FEWEST, frechet_distance, kernel_distance

HALVES: Final = "originals, half against half"
_SEED: Final = 0
_FEWEST_KID: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDistance:
    """How far a model's set of pictures lies from the originals.

    Attributes:
        metric: "fid" or "kid" (times 1000).
        model: its name, or that of the anchor.
        value: lower is better; None when it was refused.
        spread: standard deviation over subsets, of KID.
        remark: the recipe, or why it was refused.
    """

    metric: str
    model: str
    value: float | None
    spread: float | None
    remark: str


def set_distances(evaluation: Evaluation) -> list[SetDistance]:
    """Measure FID and KID where feature files were given; empty otherwise."""
    found = []
    for name, recipe in evaluation.recipes.items():
        kind = f"vector:{name}"
        if evaluation.has(kind):
            found += _of_file(name, recipe, evaluation, kind)
    return found


def _of_file(name: str, recipe: str, evaluation: Evaluation, kind: str) -> list[SetDistance]:
    truth = evaluation.stacked(f"truth-{kind}")[0]
    fewest = FEWEST if name == "fid" else _FEWEST_KID
    if len(truth) < fewest:
        remark = f"refused: {name.upper()} needs {fewest} photographs, here are {len(truth)}"
        if name == "fid":
            remark += "; KID needs fewer"
        return [SetDistance(metric=name, model="all", value=None, spread=None, remark=remark)]
    pairs = {
        model: (vectors, truth)
        for model, vectors in zip(evaluation.models, evaluation.stacked(kind), strict=True)
    }
    order = np.random.default_rng(_SEED).permutation(len(truth))
    half = len(order) // 2
    pairs[HALVES] = truth[order[:half]], truth[order[half:]]
    found = []
    for model, (first, second) in pairs.items():
        spread = None
        if name == "fid":
            value = frechet_distance(first, second)
        else:
            kernel = kernel_distance(first, second)
            value, spread = kernel.value, kernel.spread
        found.append(
            SetDistance(metric=name, model=model, value=value, spread=spread, remark=recipe)
        )
    return found
