"""Pool the measured pictures to one row per model, with intervals."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.arrays import F64
from photochrom.evaluation.contestants.baselines import GRAY
from photochrom.evaluation.features import PER_PICTURE, present
from photochrom.evaluation.measured import Evaluation
from photochrom.evaluation.tally import RATIOS, THRESHOLDS
from photochrom.metrics.histogram import histogram_distance
from photochrom.metrics.intervals import Estimate, interval_about, resampled_totals
from photochrom.report.words import rounded

_SEED: Final = 0
_OF_MEANS: Final = "delta_colorfulness"  # the absolute difference of two means
NAMES: Final = (*RATIOS, _OF_MEANS)
PALETTE: Final = "ab_histogram_distance"
CONFIDENCE: Final = "confidence_rank"


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


@dataclass(frozen=True, slots=True)
class Pooled:
    """All metrics of all models over a set of pictures.

    Attributes:
        names: of the metrics.
        values: (models, names).
        draws: (models, resamples, names), the pictures drawn anew; the same draws for all models,
            so that differences are paired.
    """

    names: tuple[str, ...]
    values: F64
    draws: F64

    def difference(self, first: int, second: int, name: str) -> Estimate:
        """Subtract the second model's metric from the first's."""
        column = self.names.index(name)
        value = self.values[first, column] - self.values[second, column]
        draws = self.draws[first, :, column] - self.draws[second, :, column]
        return Estimate.of(value, draws)

    def estimate(self, model: int, name: str) -> Estimate:
        """Give a model's metric with its interval."""
        column = self.names.index(name)
        value = float(self.values[model, column])
        if name == _OF_MEANS:
            # of the colorfulness minus the truth's, with its sign
            ours, true = map(self.names.index, ("colorfulness", "colorfulness_truth"))
            signed = float(self.values[model, ours] - self.values[model, true])
            draws = self.draws[model, :, ours] - self.draws[model, :, true]
            return Estimate(value, interval_about(signed, draws).folded())
        return Estimate.of(value, self.draws[model, :, column])


def pool_all(evaluation: Evaluation, chosen: NDArray[np.bool_] | None = None) -> Pooled:
    """Pool pictures to one value per model and metric, with draws.

    AuCs and palettes pool pixels, everything else is a mean over pictures.

    Args:
        evaluation: measured pictures.
        chosen: (pictures,) which of them; None for all.
    """
    kept = np.full(len(evaluation.pictures), True) if chosen is None else chosen
    parts = [_Part(NAMES, pool, evaluation.sums[:, kept])]
    parts.append(_Part((PALETTE,), _palette, evaluation.stacked("colors")[:, kept]))
    told = evaluation.stacked("confidence")[:, kept]
    if told.any():
        parts.append(_Part((CONFIDENCE,), _means, told[:, :, None]))
    if evaluation.has("features"):
        sums = evaluation.stacked("features")[:, kept]
        shown = present(PER_PICTURE, sums)
        columns = [PER_PICTURE.index(name) for name in shown]
        parts.append(_Part(tuple(shown), _means, sums[:, :, columns]))
    values = [part.turn(part.sums.sum(axis=1)) for part in parts]
    draws = [np.stack([part.turn(draw(sums)) for sums in part.sums]) for part in parts]
    names = tuple(name for part in parts for name in part.names)
    return Pooled(names, np.concatenate(values, axis=-1), np.concatenate(draws, axis=-1))


@dataclass(frozen=True, slots=True)
class _Part:
    """Sums of one kind, (models, pictures, ...), and what turns added sums into metrics."""

    names: tuple[str, ...]
    turn: Callable[[F64], F64]
    sums: F64


def _palette(totals: F64) -> F64:
    """Turn color counts (..., 2, Q) into the palette distance (..., 1)."""
    return np.asarray(histogram_distance(totals[..., 0, :], totals[..., 1, :]))[..., None]


def _means(totals: F64) -> F64:
    """Turn sums and counts (..., k, 2) into means (..., k); NaN where nothing was counted."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(totals[..., 0] / totals[..., 1])


def summarize(evaluation: Evaluation) -> list[Summary]:
    """Pool an evaluation to one row per model.

    Returns:
        Rows in the order of the evaluation's models; 2000 bootstrap draws, shared by all models,
        give the intervals.
    """
    pooled = pool_all(evaluation)
    gray = evaluation.models.index(GRAY)
    return [
        Summary(
            model=model,
            n=len(evaluation.pictures),
            estimates={name: pooled.estimate(row, name) for name in pooled.names},
            over_gray={name: pooled.difference(row, gray, name) for name in pooled.names},
            seconds_per_picture=evaluation.seconds_of(model),
        )
        for row, model in enumerate(evaluation.models)
    ]


def draw(sums: F64) -> F64:
    """Resample pictures, in the same way at every call.

    Args:
        sums: (pictures, ...) what is added up.

    Returns:
        (resamples, ...) sums over the pictures drawn; NaN for a single picture, which does not tell
        how much pictures differ.
    """
    totals = resampled_totals(sums.reshape(len(sums), -1), seed=_SEED)
    drawn = totals.reshape(-1, *sums.shape[1:])
    return drawn if len(sums) > 1 else np.full_like(drawn, np.nan)


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


def json_rows(summaries: Iterable[Summary]) -> list[dict[str, object]]:
    """Give the rows that ``--json`` prints; the keys are part of the interface."""
    return [
        {**_stable_row(each), "seconds_per_picture": rounded(each.seconds_per_picture)}
        for each in summaries
    ]


def _stable_row(summary: Summary) -> dict[str, object]:
    """Give the interface's keys that are the same in every run."""
    head = ("auc", "auc_rebalanced", "psnr", "ssim", "delta_e")
    strength = ("colorfulness", "colorfulness_truth", "delta_colorfulness")
    shares = {str(t): rounded(summary.value(f"percent_different_{t}")) for t in THRESHOLDS}
    return {
        "model": summary.model,
        "n": summary.n,
        **{name: rounded(summary.value(name)) for name in (*head, *strength)},
        "percent_different": shares,
        "lightness_error": rounded(summary.value("lightness_error")),
    }


def report_rows(summaries: Iterable[Summary]) -> list[dict[str, object]]:
    """Give the rows of ``report.json``: without times, but with what explains the numbers."""
    return [
        {
            **_stable_row(summary),
            "also": {
                name: rounded(summary.value(name)) for name in _ALSO if name in summary.estimates
            },
            "interval": {n: rounded(each.interval) for n, each in summary.estimates.items()},
            "difference_to_gray": {
                name: {**rounded(each), "beyond_noise": each.interval.excludes(0.0)}
                for name, each in summary.over_gray.items()
            },
        }
        for summary in summaries
    ]


_ALSO: Final = (
    "auc_rebalanced_cic",
    "colorfulness_signed",
    "mean_colorfulness_difference",
    "percent_different_deep_cnn",
    "percent_noticeable",
    PALETTE,
    CONFIDENCE,
    *PER_PICTURE,
)
