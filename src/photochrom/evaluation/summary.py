"""Pool the measured pictures to one row per model, with intervals."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.evaluation.baselines import GRAY
from photochrom.evaluation.measure import RATIOS, THRESHOLDS
from photochrom.evaluation.run import Evaluation
from photochrom.metrics.intervals import Interval, percentile_interval, resampled_totals

F64 = NDArray[np.float64]

_SEED: Final = 0
NAMES: Final = (*RATIOS, "delta_colorfulness")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number over the set and its 95 % interval over pictures."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Summary:
    """One model's row.

    Attributes:
        model: its name.
        n: pictures measured.
        estimates: by name of the metric.
        over_gray: the paired difference to gray, by name.
        seconds_per_picture: mean time in the colorizer; None for finished results.
    """

    model: str
    n: int
    estimates: dict[str, Estimate]
    over_gray: dict[str, Estimate]
    seconds_per_picture: float | None

    def value(self, name: str) -> float:
        """Give the pooled value of a metric."""
        return self.estimates[name].value


def summarize(evaluation: Evaluation) -> list[Summary]:
    """Pool an evaluation to one row per model.

    AuCs pool pixels, everything else is a mean over pictures; both are ratios of sums, so that one
    set of 2000 bootstrap draws, shared by all models, gives every interval and keeps pairs paired.

    Args:
        evaluation: measured pictures.

    Returns:
        Rows in the order of the evaluation's models.
    """
    pooled = [pool(sums.sum(axis=0)) for sums in evaluation.sums]
    drawn = [pool(draw(sums)) for sums in evaluation.sums]
    gray = evaluation.models.index(GRAY)
    return [
        Summary(
            model=model,
            n=len(evaluation.pictures),
            estimates=_estimates(pooled[row], drawn[row]),
            over_gray=_estimates(pooled[row] - pooled[gray], drawn[row] - drawn[gray]),
            seconds_per_picture=evaluation.seconds_of(model),
        )
        for row, model in enumerate(evaluation.models)
    ]


def draw(sums: F64) -> F64:
    """Resample pictures, in the same way at every call.

    Args:
        sums: (pictures, 2, RATIOS) numerators and denominators.

    Returns:
        (resamples, 2, RATIOS) sums over the pictures drawn.
    """
    totals = resampled_totals(sums.reshape(len(sums), -1), seed=_SEED)
    return totals.reshape(-1, *sums.shape[1:])


def pool(totals: F64) -> F64:
    """Turn sums over pictures into the values of a set.

    Args:
        totals: (..., 2, RATIOS) numerators and denominators.

    Returns:
        (..., NAMES) in the units of `metrics.definitions`.
    """
    ratios = totals[..., 0, :] / totals[..., 1, :]
    predicted = ratios[..., RATIOS.index("colorfulness")]
    truth = ratios[..., RATIOS.index("colorfulness_truth")]
    of_means = np.abs(predicted - truth)[..., None]  # the difference of means, not a mean of them
    return np.concatenate([ratios, of_means], axis=-1)


def _estimates(values: F64, draws: F64) -> dict[str, Estimate]:
    """Pair each value with the interval of its draws (resamples, NAMES)."""
    return {
        name: Estimate(float(values[column]), percentile_interval(draws[:, column]))
        for column, name in enumerate(NAMES)
    }


def json_rows(summaries: Iterable[Summary]) -> list[dict[str, object]]:
    """Give the rows that ``--json`` prints; the keys are part of the interface."""
    return [{**_stable_row(summary), **_timing(summary)} for summary in summaries]


def _stable_row(summary: Summary) -> dict[str, object]:
    """Give the interface's keys that are the same in every run."""
    head = ("auc", "auc_rebalanced", "psnr", "ssim", "delta_e")
    strength = ("colorfulness", "colorfulness_truth", "delta_colorfulness")
    shares = {str(t): _rounded(summary.value(f"percent_different_{t}")) for t in THRESHOLDS}
    return {
        "model": summary.model,
        "n": summary.n,
        **{name: _rounded(summary.value(name)) for name in (*head, *strength)},
        "percent_different": shares,
        "lightness_error": _rounded(summary.value("lightness_error")),
    }


def _timing(summary: Summary) -> dict[str, object]:
    seconds = summary.seconds_per_picture
    return {"seconds_per_picture": None if seconds is None else _rounded(seconds)}


def _rounded(value: float) -> float:
    """Round to six decimals: below that, sums depend on the machine's order of adding."""
    return round(value, 6)


def report_rows(summaries: Iterable[Summary]) -> list[dict[str, object]]:
    """Give the rows of ``report.json``: without times, but with what explains the numbers."""
    return [
        {
            **_stable_row(summary),
            "also": {name: _rounded(summary.value(name)) for name in _ALSO},
            "interval": _intervals(summary.estimates),
            "difference_to_gray": _differences(summary.over_gray),
        }
        for summary in summaries
    ]


_ALSO: Final = ("auc_rebalanced_cic", "colorfulness_signed", "mean_colorfulness_difference")


def _intervals(estimates: dict[str, Estimate]) -> dict[str, list[float]]:
    return {
        name: [_rounded(estimate.interval.low), _rounded(estimate.interval.high)]
        for name, estimate in estimates.items()
    }


def _differences(estimates: dict[str, Estimate]) -> dict[str, dict[str, object]]:
    bounds = _intervals(estimates)
    return {
        name: {
            "value": _rounded(estimate.value),
            "interval": bounds[name],
            "beyond_noise": estimate.interval.excludes(0.0),
        }
        for name, estimate in estimates.items()
    }
