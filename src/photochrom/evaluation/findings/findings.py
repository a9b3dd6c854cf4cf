"""All that an evaluation says: pairs of models, kinds, regions, the probe, FID and KID."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.arrays import F64
from photochrom.errors import InputError
from photochrom.evaluation.contestants.baselines import BASELINES
from photochrom.evaluation.findings.curves import (
    EqualStrength,
    at_equal_colorfulness,
    calibration,
    error_curves,
    strength_curves,
)
from photochrom.evaluation.findings.summary import Pooled, Summary, draw, pool_all
from photochrom.evaluation.measured import Evaluation
from photochrom.evaluation.tally import PARTS, REGION, REGIONS
from photochrom.metrics.definitions import METRICS, Better
from photochrom.metrics.frechet import FEWEST, frechet_distance, kernel_distance
from photochrom.metrics.intensity import explained_by_lightness, mean_chroma
from photochrom.metrics.intervals import Estimate

JUDGED: Final = ("auc", "auc_rebalanced", "psnr", "ssim", "delta_e", "ab_histogram_distance")


def compare(evaluation: Evaluation, first: str, second: str, metric: str) -> Estimate:
    """Estimate the difference of two models by a paired bootstrap over photographs.

    Both are measured on the same photographs in each of 2000 draws, so that hard photographs,
    which are hard for both, do not hide a difference.

    Args:
        evaluation: pictures measured for both.
        first: name of a model in it.
        second: name of the model to subtract.
        metric: one of those that were measured, such as those of `summary.NAMES`.

    Returns:
        The metric of the first minus that of the second, with its 95 % interval; one that
        excludes 0 is no noise of the choice of photographs.

    Raises:
        InputError: for a model or metric that was not measured.
    """
    for name in (first, second):
        if name not in evaluation.models:
            known = ", ".join(evaluation.models)
            raise InputError(f"no model {name!r} was measured, only {known}")
    pooled = pool_all(evaluation)
    if metric not in pooled.names:
        raise InputError(f"no metric {metric!r}, only {', '.join(pooled.names)}")
    index = evaluation.models.index
    return pooled.difference(index(first), index(second), metric)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two models on one metric.

    Attributes:
        first: name of a model.
        second: name of the model subtracted from it.
        metric: by name.
        estimate: first minus second, with its paired 95 % interval.
    """

    first: str
    second: str
    metric: str
    estimate: Estimate

    @property
    def is_noise(self) -> bool:
        """Whether the choice of photographs explains the difference."""
        return not self.estimate.interval.excludes(0.0)

    @property
    def better(self) -> str | None:
        """Name the better model; None when the difference is inside the noise."""
        if self.is_noise:
            return None
        is_higher = METRICS[self.metric].better is Better.HIGHER
        return self.first if (self.estimate.value > 0) == is_higher else self.second

    @property
    def verdict(self) -> str:
        """Say it in words."""
        return "inside the noise" if self.better is None else f"{self.better} is better"


def differences(pooled: Pooled, models: Sequence[str]) -> Iterator[Difference]:
    """Compare every pair of models on the metrics that judge.

    Returns:
        Differences, metric by metric within each pair. Each interval stands alone: of twenty pairs
        that do not differ, one will seem to.
    """
    for first, second in combinations(range(len(models)), 2):
        for metric in JUDGED:
            yield Difference(
                first=models[first],
                second=models[second],
                metric=metric,
                estimate=pooled.difference(first, second, metric),
            )


BY_LABEL: Final = "auc_rebalanced"  # the number by which a kind's winner is found
_FEWEST: Final = 10  # pictures of a kind below which no winner is named


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFinding:
    """One kind of picture.

    Attributes:
        label: its name; "" for pictures without one.
        n: pictures.
        estimates: AuC rebalanced by model.
        winner: the best model that is no baseline.
        lead: over the next best of all rows, baselines too; None when nothing is there to compare.
        verdict: what that means, in words.
    """

    label: str
    n: int
    estimates: dict[str, Estimate]
    winner: str | None
    lead: Estimate | None
    verdict: str


def by_label(evaluation: Evaluation) -> list[LabelFinding]:
    """Pool every kind of picture alone, sorted by name; empty when there is only one kind."""
    labels = [picture.label for picture in evaluation.pictures]
    kinds = sorted(set(labels))
    if len(kinds) < 2:
        return []
    return [_label(evaluation, kind, np.array([each == kind for each in labels])) for kind in kinds]


def _label(evaluation: Evaluation, kind: str, chosen: NDArray[np.bool_]) -> LabelFinding:
    pooled, models = pool_all(evaluation, chosen), evaluation.models
    estimates = {name: pooled.estimate(row, BY_LABEL) for row, name in enumerate(models)}
    ordered = sorted(models, key=lambda name: -estimates[name].value)
    winner, lead = next((name for name in ordered if name not in BASELINES), None), None
    if winner is not None:
        rival = next(name for name in ordered if name != winner)
        lead = pooled.difference(models.index(winner), models.index(rival), BY_LABEL)
    n = int(chosen.sum())
    return LabelFinding(
        label=kind,
        n=n,
        estimates=estimates,
        winner=winner,
        lead=lead,
        verdict=_verdict(winner, lead, n),
    )


def _verdict(winner: str | None, lead: Estimate | None, n: int) -> str:
    if winner is None or lead is None:
        return "only baselines"
    if n < _FEWEST:
        return "too few photographs"
    if not lead.interval.excludes(0.0):
        return "inside the noise"
    return f"{winner} wins" if lead.value > 0 else "a baseline wins"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFinding:
    """Objects, or what is around them.

    Attributes:
        region: "object" or "background".
        n: pictures with a mask that have such pixels.
        estimates: by model, then by number: "auc", "auc_rebalanced", "delta_e", and the mean
            "chroma" of the model and "chroma_truth" of the originals. Pixels are pooled.
    """

    region: str
    n: int
    estimates: dict[str, dict[str, Estimate]]


def by_region(evaluation: Evaluation) -> list[RegionFinding]:
    """Pool the pixels inside and outside of masks; empty when there were no masks."""
    masked = [picture for picture in evaluation.pictures if "regions" in picture.tallies]
    if not masked:
        return []
    sums = np.stack([picture.tallies["regions"] for picture in masked], axis=1)
    return [
        RegionFinding(
            region=name,
            n=int((sums[0, :, place, 1, 0] > 0).sum()),
            estimates={
                model: _pooled(each[:, place])
                for model, each in zip(evaluation.models, sums, strict=True)
            },
        )
        for place, name in enumerate(REGIONS)
        if sums[:, :, place].any()
    ]


def _pooled(sums: F64) -> dict[str, Estimate]:
    """Pool (pictures, 2, REGION)."""
    totals, drawn = sums.sum(axis=0), draw(sums)
    drawn = drawn[drawn[:, 1, 0] > 0]  # a draw of pictures without such pixels says nothing
    return {
        name: Estimate.of(
            totals[0, column] / totals[1, column], drawn[:, 0, column] / drawn[:, 1, column]
        )
        for column, name in enumerate(REGION)
    }


TRUTH: Final = "originals"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFinding:
    """One model on one part of the pictures.

    Attributes:
        model: its name, or "originals".
        part: "whole", "object" or "background".
        explained: percent of the variance of its colors that the best lookup by lightness explains.
        mean: mean a* and b*.
        shift: distance of that mean from the originals' mean; 0 for the originals.
    """

    model: str
    part: str
    explained: Estimate
    mean: tuple[float, float]
    shift: float


def probe(evaluation: Evaluation) -> list[ProbeFinding]:
    """Read the probe, part by part, models in their order and the originals last.

    Returns:
        Nothing when the evaluation did not probe; parts without pixels are left out.
    """
    if not evaluation.has("levels"):
        return []
    sums = evaluation.stacked("levels")
    rows = {name: sums[row, :, :, 0] for row, name in enumerate(evaluation.models)}
    rows[TRUTH] = sums[0, :, :, 1]
    return [
        _finding(model, part, counted[:, place], rows[TRUTH][:, place])
        for place, part in enumerate(PARTS)
        if rows[TRUTH][:, place].any()
        for model, counted in rows.items()
    ]


def _finding(model: str, part: str, sums: F64, truth: F64) -> ProbeFinding:
    """Read (pictures, 64, 4) of a model against that of the truth."""
    totals, drawn = sums.sum(axis=0), explained_by_lightness(draw(sums))
    mean = mean_chroma(totals)
    off = mean - mean_chroma(truth.sum(axis=0))
    return ProbeFinding(
        model=model,
        part=part,
        explained=Estimate.of(float(explained_by_lightness(totals)), drawn),
        mean=(float(mean[0]), float(mean[1])),
        shift=float(np.hypot(*off)),
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What an evaluation says.

    Attributes:
        evaluation: measured pictures.
        summaries: a row per model.
        differences: every pair of models.
        labels: by kind of picture; empty when there is one kind.
        regions: inside and outside of masks; empty without masks.
        probe: the object-or-intensity probe; empty when it was not asked for.
        equal: by model, AuC at the originals' colorfulness.
        strengths: by model, AuC over colorfulness, see `curves.strength_curves`.
        errors: by model, percent of pixels within a tolerance.
        distances: FID and KID; empty without feature files.
        calibration: by model, ab error by tenth of confidence.
    """

    evaluation: Evaluation
    summaries: Sequence[Summary]
    differences: Sequence[Difference]
    labels: Sequence[LabelFinding]
    regions: Sequence[RegionFinding]
    probe: Sequence[ProbeFinding]
    equal: Mapping[str, EqualStrength]
    strengths: Mapping[str, F64]
    errors: Mapping[str, F64]
    distances: Sequence[SetDistance]
    calibration: Mapping[str, Sequence[tuple[float, float | None]]]


def find(evaluation: Evaluation, summaries: Sequence[Summary]) -> Findings:
    """Work out everything that an evaluation says."""
    return Findings(
        evaluation=evaluation,
        summaries=summaries,
        differences=tuple(differences(pool_all(evaluation), evaluation.models)),
        labels=by_label(evaluation),
        regions=by_region(evaluation),
        probe=probe(evaluation),
        equal=at_equal_colorfulness(evaluation),
        strengths=strength_curves(evaluation),
        errors=error_curves(evaluation),
        distances=set_distances(evaluation),
        calibration=calibration(evaluation),
    )
