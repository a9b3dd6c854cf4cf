"""AuC: the area under the curve of pixels whose color is right within a tolerance."""

from typing import Final

import numpy as np

from photochrom.arrays import F32

LIMIT: Final = 150.0  # largest tolerance of the curve, in units of a* and b*; CIC's choice


def ab_errors(predicted: F32, truth: F32) -> F32:
    """Measure how far each pixel's color is off.

    Args:
        predicted: (..., 3) L*, a*, b*.
        truth: the same shape.

    Returns:
        (...) Euclidean distance in the a* b* plane; lightness does not count.

    >>> ab_errors(np.float32([50, 3, 4]), np.float32([10, 0, 0])).tolist()
    5.0
    """
    difference = predicted[..., 1:] - truth[..., 1:]
    return np.asarray(np.hypot(difference[..., 0], difference[..., 1]))


def error_sums(errors: F32, weights: F32 | None = None) -> tuple[float, float]:
    """Add up what pooling over a set of pictures needs: sums of several pictures just add.

    Args:
        errors: ab distances, any shape.
        weights: the same shape, at least 0; all 1 when missing.

    Returns:
        The weighted sum of the errors, none counted above 150, and the sum of the weights.

    >>> error_sums(np.float32([10, 400]))
    (160.0, 2.0)
    """
    clipped = np.minimum(errors, LIMIT)
    if weights is None:
        return float(clipped.sum(dtype=np.float64)), float(errors.size)
    total = np.multiply(clipped, weights).sum(dtype=np.float64)
    return float(total), float(weights.sum(dtype=np.float64))


def auc_from_sums(error_sum: float, weight_sum: float) -> float:
    """Turn pooled sums into AuC.

    The area under C(t), the share of pixels with an error of at most t, for t from 0 to 150, has a
    closed form: one minus the mean clipped error over 150. Higher is better.

    Args:
        error_sum: first value of ``error_sums``, added over all pictures.
        weight_sum: second value, added over all pictures; above 0.

    Returns:
        Percent, 0 to 100.

    Source: Zhang et al. 2016 (CIC), section 3.1, in its continuous form.

    >>> round(auc_from_sums(16.35, 1), 1)  # the mean error behind CIC's value for gray
    89.1
    """
    return 100 * (1 - error_sum / weight_sum / LIMIT)


def auc_terms(errors: F32, weights: F32 | None = None) -> tuple[float, float]:
    """Give AuC as a ratio whose parts add up over pictures.

    Args:
        errors: as in ``error_sums``.
        weights: as in ``error_sums``.

    Returns:
        Percent times weight, and weight.

    >>> auc_terms(np.float32([0, 75]))
    (150.0, 2.0)
    """
    error_sum, weight_sum = error_sums(errors, weights)
    return 100 * (weight_sum - error_sum / LIMIT), weight_sum
