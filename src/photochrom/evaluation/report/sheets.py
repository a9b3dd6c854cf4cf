"""The contact sheets of a report: which pictures are shown, and why."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from photochrom.evaluation.contestants.baselines import BASELINES
from photochrom.evaluation.measure import RATIOS, Truth
from photochrom.evaluation.measured import Evaluation
from photochrom.evaluation.report.tables import formatted
from photochrom.report.sheet import Sheet, Shown, both_ends

PER_SHEET: Final = 6
_SORTED_BY: Final = "delta_e"
_SEED: Final = 0


def sheets(evaluation: Evaluation, columns: Sequence[str]) -> list[Sheet]:
    """Choose pictures by lot, by the first model's error, and by disagreement, and show them.

    Args:
        evaluation: measured pictures; the colorizers run once more on those shown.
        columns: models in the order shown, gray first; the original comes after them.
    """
    shown: dict[int, Shown] = {}

    def show(place: int) -> Shown:
        if place not in shown:
            shown[place] = _shown(evaluation, columns, place)
        return shown[place]

    return [
        Sheet(title, meaning, [show(place) for place in places[:PER_SHEET]])
        for title, meaning, places in _choices(evaluation)
    ]


def _choices(evaluation: Evaluation) -> list[tuple[str, str, Sequence[int]]]:
    """Order the pictures in every way that is shown."""
    errors = evaluation.values[:, :, RATIOS.index(_SORTED_BY)]
    drawn = np.random.default_rng(_SEED).permutation(errors.shape[1]).tolist()
    chosen = [("Random", "Drawn by lot, always the same draw: what to expect.", drawn)]
    rivals = [row for row, name in enumerate(evaluation.models) if name not in BASELINES]
    if not rivals:
        return chosen
    first = evaluation.models[0]
    best, worst = both_ends(np.argsort(errors[0], kind="stable").tolist(), PER_SHEET)
    chosen += [
        ("Worst", f"Where {first} looks least like the originals, by ΔE00.", worst),
        ("Best", f"Where {first} looks most like the originals, by ΔE00.", best),
    ]
    if len(rivals) > 1:
        spread = np.ptp(errors[rivals], axis=0)
        reason = "Where one model is much closer to the original than another, by ΔE00."
        chosen.append(("Largest disagreement", reason, np.argsort(-spread, kind="stable").tolist()))
    return chosen


def _shown(evaluation: Evaluation, columns: Sequence[str], place: int) -> Shown:
    """Prepare one picture: gray, every model, the original."""
    result = evaluation.pictures[place]
    truth = Truth(evaluation.originals.rgb(result.index))
    colored = [evaluation.contestants[model](result.index, truth.gray).rgb for model in columns]
    rows = [evaluation.models.index(model) for model in columns]
    differences = evaluation.values[rows, place, RATIOS.index(_SORTED_BY)]
    told = [f"ΔE {formatted(_SORTED_BY, value)}" for value in differences]
    return Shown.of(result.name, result.label, [*colored, truth.rgb], told)
