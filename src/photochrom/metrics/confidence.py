"""Confidence: whether a model is less sure where it is more wrong."""

from typing import Final

import numpy as np

from photochrom.arrays import F32, F64

STEPS: Final = 10  # of confidence, 0 to 1, in the calibration table


def confidence_rank(confidence: F32, errors: F32) -> float:
    """Correlate the ranks of confidence and of rightness over the pixels; higher is better.

    Args:
        confidence: any shape, 0 to 1.
        errors: ab distances, the same shape.

    Returns:
        Spearman's rank correlation of confidence and minus the error, -1 to 1: 1 when the model
        knows exactly where it is wrong, 0 when its confidence says nothing or is the same
        everywhere.

    Source: Spearman 1904; ties get their mean rank, as in scipy's ``spearmanr``.

    >>> confidence_rank(np.float32([0.9, 0.8, 0.1]), np.float32([2, 5, 30]))
    1.0
    """
    sure, right = _ranks(confidence), _ranks(-errors)
    sure, right = sure - sure.mean(), right - right.mean()
    scale = float(np.sqrt((sure @ sure) * (right @ right)))
    return round(float(sure @ right) / scale, 12) if scale else 0.0


def _ranks(values: F32) -> F64:
    """Rank values from 0, ties at their mean rank."""
    _, places, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts + 1) / 2)[places])


def calibration_sums(confidence: F32, errors: F32) -> F64:
    """Add up errors by steps of confidence; sums of pictures add up.

    Args:
        confidence: any shape, 0 to 1.
        errors: ab distances, the same shape.

    Returns:
        (10, 2) pixels and their summed error, by tenth of confidence. The mean error should fall
        from step to step.

    >>> calibration_sums(np.float32([0.05, 0.95, 1.0]), np.float32([20, 4, 6]))[[0, 9]].tolist()
    [[1.0, 20.0], [2.0, 10.0]]
    """
    steps = np.minimum((confidence * STEPS).astype(np.int64), STEPS - 1).ravel()
    pixels = np.bincount(steps, minlength=STEPS)
    totals = np.bincount(steps, weights=errors.ravel(), minlength=STEPS)
    return np.stack([pixels, totals], axis=1).astype(np.float64)
