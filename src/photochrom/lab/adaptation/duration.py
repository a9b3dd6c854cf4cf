"""How long an adaptation will take, told from a small one that is timed before it begins."""

from time import perf_counter
from typing import Final

import torch

from photochrom.lab.adaptation.candidates import CANDIDATES, make, paint
from photochrom.lab.adaptation.examples import crops_per_photo
from photochrom.lab.adaptation.fitting.fit import fit_colors, rows_taken
from photochrom.lab.adaptation.validate import Task, ValidationPlan, others, refined

SAMPLED: Final = 2  # photographs of the small adaptation


def expected_s(sample: Task, looked_s: float, plan: ValidationPlan, count: int) -> float:
    """Estimate the seconds of an adaptation on this machine, as busy as it is now.

    What is solved is timed once on a few photographs and painted once; its cost goes with the cells
    that are taken of the photographs learned from, that of painting with those held out.

    Args:
        sample: some of the photographs, seen by the base.
        looked_s: how long that took.
        plan: of the folds of all photographs.
        count: of all photographs.
    """
    settings, sampled = sample.settings, len(sample.photos)
    tiny = torch.rand(8, 2)
    photos = torch.zeros(8, dtype=torch.int64)
    fit_colors(tiny, tiny, photos, torch.ones(2), torch.eye(2))  # PyTorch warms up
    began = perf_counter()
    everything = range(sampled)
    made = make(
        sample.method,
        sample.shape,
        sample.seen,
        everything,
        seed=settings.seed,
        tick=lambda: None,
    )
    made_s = perf_counter() - began
    began = perf_counter()
    for candidate in CANDIDATES[sample.method]:
        paint(refined(sample, made, candidate), sample.pictures[0], sample.number_of(0))
    painted_s = perf_counter() - began

    augment = settings.augment
    crops, known = (crops_per_photo(each, augment=augment) for each in (count, sampled))
    cells = int((sample.seen.cells.labels > 0).sum()) / (sampled * known) * crops  # of a photograph
    learned = [count - len(fold) for fold in plan.outer] + [count]
    painted = sum(map(len, plan.outer))
    for fold, inner in zip(plan.outer, plan.inner, strict=True):
        learned += [len(others(count, fold)) - len(part) for part in inner]
        painted += sum(map(len, inner))
    rows = sum(rows_taken(round(each * cells)) for each in learned)
    return (
        looked_s * (count / sampled) * (crops + 1) / (known + 1)
        + made_s * rows / max(1, rows_taken(round(sampled * known * cells / crops)))
        + painted_s * painted
    )


def in_words(seconds: float) -> str:
    """Word a duration that is only roughly known.

    >>> in_words(40), in_words(200), in_words(5000), in_words(20000)
    ('a minute', '4 minutes', '90 minutes', '6 hours')
    """
    minutes = max(1, -(-seconds // 60))
    if minutes == 1:
        return "a minute"
    if minutes < 10:
        return f"{minutes:.0f} minutes"
    return f"{-(-minutes // 10) * 10:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"
