"""All that an evaluation says, worked out once, for the page and for report.json."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from photochrom.arrays import F64
from photochrom.evaluation.findings.compare import Difference, differences
from photochrom.evaluation.findings.curves import (
    EqualStrength,
    at_equal_colorfulness,
    calibration,
    error_curves,
    strength_curves,
)
from photochrom.evaluation.findings.distances import SetDistance, set_distances
from photochrom.evaluation.findings.groups import LabelFinding, RegionFinding, by_label, by_region
from photochrom.evaluation.findings.probe import ProbeFinding, probe
from photochrom.evaluation.findings.summary import Summary, pool_all
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
