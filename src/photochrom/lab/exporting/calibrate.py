"""Choose a model's temperature and saturation on validation photographs."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

from photochrom.collection import Collection
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options
from photochrom.evaluation import evaluate
from photochrom.evaluation.findings.summary import Summary, summarize

TEMPERATURES: Final = (1.0, 0.7, 0.5)
SATURATIONS: Final = (0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.3, 1.4, 1.5)
_LOWEST_AUC: Final = 0.7  # points over gray that a setting must reach
_LOWEST_PSNR: Final = -1.0  # dB over gray
_MOST_COLORFUL: Final = 0.9  # share of the truth's colorfulness
_LEAST_COLORFUL: Final = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationTrial:
    """One setting and what it scored, differences to gray.

    Attributes:
        temperature: of the decoding.
        saturation: chroma multiplier.
        auc: points.
        auc_rebalanced: points.
        psnr: dB.
        colorfulness: share of the truth's.
    """

    temperature: float
    saturation: float
    auc: float
    auc_rebalanced: float
    psnr: float
    colorfulness: float

    @property
    def shortfall(self) -> float:
        """How far the setting misses the limits, in their own units; 0 when it meets them."""
        return (
            max(0.0, _LOWEST_AUC - self.auc)
            + max(0.0, _LOWEST_PSNR - self.psnr)
            + 10 * max(0.0, self.colorfulness - _MOST_COLORFUL)
            + 10 * max(0.0, _LEAST_COLORFUL - self.colorfulness)
        )


def calibrate(model: Path, collection: Collection, *, limit: int = 500) -> list[CalibrationTrial]:
    """Try temperatures and saturations on validation photographs, best first.

    The best setting has the highest rebalanced AuC among those whose AuC is 0.7 points above gray's
    or more, whose PSNR is at most 1 dB below it, and whose colorfulness is 0.85 to 0.9 of the
    truth's; when none is, the one that misses these limits least.

    Args:
        model: a contract file with a distribution.
        collection: photographs that the model was not trained on.
        limit: how many of them to use.
    """
    settings = list(product(TEMPERATURES, SATURATIONS))
    colorizer = Colorizer(model, threads=1)
    colorizers = {
        f"{temperature}/{saturation}": colorizer.with_options(
            Options(temperature=temperature, saturation=saturation)
        ).colorize_array
        for temperature, saturation in settings
    }
    rows = {row.model: row for row in summarize(evaluate(colorizers, collection, limit=limit))}
    trials = (_trial(*setting, rows[f"{setting[0]}/{setting[1]}"]) for setting in settings)
    return ranked(trials)


def ranked(trials: Iterable[CalibrationTrial]) -> list[CalibrationTrial]:
    """Sort trials, best first."""
    return sorted(trials, key=lambda trial: (trial.shortfall, -trial.auc_rebalanced))


def _trial(temperature: float, saturation: float, row: Summary) -> CalibrationTrial:
    share = row.value("colorfulness") / row.value("colorfulness_truth")
    return CalibrationTrial(
        temperature=temperature,
        saturation=saturation,
        auc=row.over_gray["auc"].value,
        auc_rebalanced=row.over_gray["auc_rebalanced"].value,
        psnr=row.over_gray["psnr"].value,
        colorfulness=share,
    )
