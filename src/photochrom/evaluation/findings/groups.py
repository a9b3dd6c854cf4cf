"""Numbers by kind of picture, and inside and outside of masks."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.arrays import F64
from photochrom.evaluation.contestants.baselines import BASELINES
from photochrom.evaluation.findings.summary import draw, pool_all
from photochrom.evaluation.measured import Evaluation
from photochrom.evaluation.tally import REGION, REGIONS
from photochrom.metrics.intervals import Estimate

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
