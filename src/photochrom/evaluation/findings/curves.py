"""Curves: over tolerance, over strength of color, over confidence."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from photochrom.arrays import F64
from photochrom.evaluation.contestants.baselines import GRAY
from photochrom.evaluation.findings.summary import draw
from photochrom.evaluation.measured import Evaluation
from photochrom.evaluation.tally import CURVE, STRENGTHS
from photochrom.metrics.intervals import Estimate

_CF: Final = CURVE.index("colorfulness")
_CF_TRUTH: Final = CURVE.index("colorfulness_truth")


def error_curves(evaluation: Evaluation) -> dict[str, F64]:
    """Give, by model, the percent of pixels with an ab error of at most 0, 1 … 150."""
    counts = evaluation.stacked("errors").sum(axis=1)
    shares = 100 * np.cumsum(counts, axis=1) / counts.sum(axis=1, keepdims=True)
    return dict(zip(evaluation.models, shares, strict=True))


def strength_curves(evaluation: Evaluation) -> dict[str, F64]:
    """Give, by model, (STRENGTHS, 3): colorfulness as a share of the truth's, AuC, AuC rebalanced.

    The chroma of every result was multiplied, so that finished pictures have a curve as well; every
    second pixel was measured. Gray has none.
    """
    return {
        model: _curve(sums.sum(axis=0))
        for model, sums in zip(evaluation.models, evaluation.stacked("strengths"), strict=True)
        if model != GRAY
    }


def _curve(totals: F64) -> F64:
    """Turn sums (..., STRENGTHS, 2, CURVE) into (..., STRENGTHS, 3)."""
    ratios = totals[..., 0, :] / totals[..., 1, :]
    share = ratios[..., _CF] / ratios[..., _CF_TRUTH]
    return np.stack([share, ratios[..., 0], ratios[..., 1]], axis=-1)


@dataclass(frozen=True, slots=True)
class EqualStrength:
    """A model as if its colors were as strong as the originals'.

    Attributes:
        auc: its AuC there.
        auc_rebalanced: its AuC rebalanced there.
        factor: what its chroma was multiplied with.
    """

    auc: Estimate
    auc_rebalanced: Estimate
    factor: float


def at_equal_colorfulness(evaluation: Evaluation, share: float = 1.0) -> dict[str, EqualStrength]:
    """Compare models at the same colorfulness, since a timid one wins AuC at its own.

    Args:
        evaluation: measured pictures.
        share: of the originals' colorfulness.

    Returns:
        By model, interpolated between the strengths measured; models whose curve does not reach
        that far (twice their chroma) are left out.
    """
    found = {}
    sums_by_model = zip(evaluation.models, evaluation.stacked("strengths"), strict=True)
    for model, sums in sums_by_model:
        curve = _curve(sums.sum(axis=0))
        if not curve[:, 0].min() <= share <= curve[:, 0].max():
            continue
        drawn = _curve(draw(sums))
        values, draws = _read_at(curve, share), np.array([_read_at(each, share) for each in drawn])
        auc, rebalanced = (Estimate.of(values[column], draws[:, column]) for column in range(2))
        found[model] = EqualStrength(auc, rebalanced, float(values[2]))
    return found


def _read_at(curve: F64, share: float) -> F64:
    """Interpolate AuC, AuC rebalanced and factor of (STRENGTHS, 3) at a share."""
    columns = (curve[:, 1], curve[:, 2], np.array(STRENGTHS))
    return np.array([np.interp(share, curve[:, 0], column) for column in columns])


def calibration(evaluation: Evaluation) -> dict[str, list[tuple[float, float | None]]]:
    """Give, by model that tells its confidence, share of pixels and mean ab error by tenth of it.

    Returns:
        Ten pairs from least to most sure: percent of all pixels, and their mean ab error, None
        where there are none.
    """
    found = {}
    sums = evaluation.stacked("calibration").sum(axis=1)
    for model, steps in zip(evaluation.models, sums, strict=True):
        if steps.any():
            total = steps[:, 0].sum()
            found[model] = [
                (100 * pixels / total, error / pixels if pixels else None)
                for pixels, error in steps.tolist()
            ]
    return found


def palettes(evaluation: Evaluation) -> tuple[F64, dict[str, F64]]:
    """Give the percent of all pixels by cell (313,), of the truth and by model."""
    sums = evaluation.stacked("colors").sum(axis=1)
    shares = 100 * sums / sums.sum(axis=-1, keepdims=True)
    return shares[0, 1], dict(zip(evaluation.models, shares[:, 0], strict=True))
