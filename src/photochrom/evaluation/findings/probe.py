"""The object-or-intensity probe: does a model see objects, or only light and dark?"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from photochrom.arrays import F64
from photochrom.evaluation.findings.summary import draw
from photochrom.evaluation.measured import Evaluation
from photochrom.evaluation.tally import PARTS
from photochrom.metrics.intensity import explained_by_lightness, mean_chroma
from photochrom.metrics.intervals import Estimate

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
