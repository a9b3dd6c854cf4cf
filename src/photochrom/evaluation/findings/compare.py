"""Tell whether one model is better than another, or only lucky with the photographs."""

from photochrom.errors import InputError
from photochrom.evaluation.findings.summary import pool_all
from photochrom.evaluation.measured import Evaluation
from photochrom.metrics.intervals import Estimate


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
    rows = [_row(evaluation, name) for name in (first, second)]
    pooled = pool_all(evaluation)
    if metric not in pooled.names:
        raise InputError(f"no metric {metric!r}, only {', '.join(pooled.names)}")
    return pooled.difference(rows[0], rows[1], metric)


def _row(evaluation: Evaluation, name: str) -> int:
    if name not in evaluation.models:
        raise InputError(f"no model {name!r} was measured, only {', '.join(evaluation.models)}")
    return evaluation.models.index(name)
