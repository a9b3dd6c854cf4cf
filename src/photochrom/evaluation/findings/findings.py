"""All that an evaluation says, worked out once, for the page and for report.json."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photochrom.evaluation.findings.curves import (
    EqualStrength,
    at_equal_colorfulness,
    calibration,
    error_curves,
    strength_curves,
)
from photochrom.evaluation.findings.differences import Difference, differences
from photochrom.evaluation.findings.distances import SetDistance, set_distances
from photochrom.evaluation.findings.groups import LabelFinding, RegionFinding, by_label, by_region
from photochrom.evaluation.findings.probe import ProbeFinding, probe
from photochrom.evaluation.findings.summary import Estimate, Summary, pool_all, rounded
from photochrom.evaluation.measured import Evaluation


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
    strengths: Mapping[str, NDArray[np.float64]]
    errors: Mapping[str, NDArray[np.float64]]
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


def findings_json(found: Findings) -> dict[str, object]:
    """Give what stands in report.json beside the rows of the models."""
    optional = {
        "labels": [_label(each) for each in found.labels],
        "regions": [_region(each) for each in found.regions],
        "probe": [_probe(each) for each in found.probe],
        "recipes": dict(found.evaluation.recipes),
        "set_distances": [_distance(each) for each in found.distances],
        "calibration": {
            model: [[rounded(share), None if e is None else rounded(e)] for share, e in steps]
            for model, steps in found.calibration.items()
        },
    }
    return {
        "differences": [_difference(each) for each in found.differences],
        "at_equal_colorfulness": {
            model: {
                "auc": _estimate(each.auc),
                "auc_rebalanced": _estimate(each.auc_rebalanced),
                "chroma_times": rounded(each.factor),
            }
            for model, each in found.equal.items()
        },
        "auc_over_colorfulness": {
            model: [[rounded(value) for value in point] for point in curve.tolist()]
            for model, curve in found.strengths.items()
        },
        **{name: value for name, value in optional.items() if value},
    }


def _estimate(estimate: Estimate) -> dict[str, object]:
    low, high = rounded(estimate.interval.low), rounded(estimate.interval.high)
    return {"value": rounded(estimate.value), "interval": [low, high]}


def _difference(each: Difference) -> dict[str, object]:
    return {
        "first": each.first,
        "second": each.second,
        "metric": each.metric,
        **_estimate(each.estimate),
        "verdict": each.verdict,
    }


def _label(each: LabelFinding) -> dict[str, object]:
    return {
        "label": each.label,
        "n": each.n,
        "auc_rebalanced": {name: _estimate(value) for name, value in each.estimates.items()},
        "winner": each.winner,
        "lead": None if each.lead is None else _estimate(each.lead),
        "verdict": each.verdict,
    }


def _region(each: RegionFinding) -> dict[str, object]:
    return {
        "region": each.region,
        "n": each.n,
        "models": {
            model: {name: _estimate(value) for name, value in estimates.items()}
            for model, estimates in each.estimates.items()
        },
    }


def _probe(each: ProbeFinding) -> dict[str, object]:
    return {
        "model": each.model,
        "part": each.part,
        "explained_by_lightness": _estimate(each.explained),
        "mean_ab": [rounded(value) for value in each.mean],
        "shift_from_originals": rounded(each.shift),
    }


def _distance(each: SetDistance) -> dict[str, object]:
    return {
        "metric": each.metric,
        "model": each.model,
        "value": None if each.value is None else rounded(each.value),
        "spread": None if each.spread is None else rounded(each.spread),
        "remark": each.remark,
    }
