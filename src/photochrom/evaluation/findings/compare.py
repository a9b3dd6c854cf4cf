"""Tell whether models differ, or only seem to: on the same photographs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from photochrom.errors import InputError
from photochrom.evaluation.findings.summary import Pooled, pool_all
from photochrom.evaluation.measured import Evaluation
from photochrom.metrics.definitions import METRICS, Better
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

    Args:
        pooled: of all models.
        models: their names, in its order.

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
