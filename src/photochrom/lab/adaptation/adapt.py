"""Adapt a colorizer: from a base and photographs to one merged model, or to an honest refusal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
import torch

from photochrom.arrays import F32
from photochrom.collection import Collection
from photochrom.errors import InputError
from photochrom.files import make_folder, unfinished
from photochrom.lab.adaptation.base import Base
from photochrom.lab.adaptation.candidates import (
    BROAD,
    CANDIDATES,
    UnetBody,
    make,
    paint,
    paint_base,
)
from photochrom.lab.adaptation.examples import crops_per_photo, look_at_crops, look_at_pictures
from photochrom.lab.adaptation.fitting.fit import fit_colors, rows_taken
from photochrom.lab.adaptation.fitting.solve import Seen, take_cells
from photochrom.lab.adaptation.judge import AdaptationVerdict, Score, decide
from photochrom.lab.adaptation.merge import DECIDE, merge
from photochrom.lab.adaptation.objects.found import ObjectSource
from photochrom.lab.adaptation.photos import (
    Photo,
    TakenPhotos,
    take_photos,
    take_targets,
)
from photochrom.lab.adaptation.refiners import Shape
from photochrom.lab.adaptation.settings import Method, Settings
from photochrom.lab.adaptation.validate import (
    BASE,
    Task,
    Validation,
    ValidationPlan,
    others,
    plan_folds,
    refined,
    refit,
    validate,
)
from photochrom.metrics.intervals import Interval
from photochrom.models.card import ADAPTATION, Card
from photochrom.models.contract import read_model
from photochrom.work.progress import Stage, Tick, silent

SAMPLED: Final = 2  # photographs of the small adaptation


def _expected_s(sample: Task, looked_s: float, plan: ValidationPlan, count: int) -> float:
    """Estimate the seconds of an adaptation on this machine, as busy as it is now.

    What is solved is timed once on a few photographs, which the base took ``looked_s`` to see, and
    painted once; its cost goes with the cells that are taken of the photographs learned from, that
    of painting with those held out, of ``count`` in all.
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


_MAX_NAME: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Recolored:
    """A gray picture of the person who adapts, in the colors of both models.

    Attributes:
        photo: the picture.
        before: (2, h, w) a* and b* of the base, at the working size.
        after: those of the model that was, or would have been, written.
    """

    photo: Photo
    before: F32
    after: F32


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptation:
    """What came of an adaptation.

    Attributes:
        card: of the model that was, or would have been, written.
        intake: the photographs.
        task: with what was worked on.
        validation: what the held-out photographs say.
        verdict: whether it is a gain.
        targets: what becomes of the pictures that a person wants to have in color.
        unread: names of such pictures that are left out, by reason.
    """

    card: Card
    intake: TakenPhotos
    task: Task
    validation: Validation
    verdict: AdaptationVerdict
    targets: Sequence[Recolored]
    unread: Mapping[str, Sequence[str]]

    @property
    def is_written(self) -> bool:
        """Whether there is a model."""
        return _is_kept(self.verdict, self.task.settings)

    def summary(self) -> dict[str, Any]:
        """Give what `report.json` holds: the same for the same photographs and settings."""
        scores, verdict = self.validation.scores, self.verdict
        return {
            "held_out": {
                "n": len(self.validation.held_out),
                "ab_error_base": scores[BASE].error,
                "ab_error_adapted": scores["adapted"].error,
                "interval": _pair(verdict.interval_base),
            },
            "method": self.validation.final,
            "verdict": verdict.grade,
            "is_written": self.is_written,
            "words": verdict.words,
            "rival": {
                "name": verdict.rival,
                "gain": verdict.gain,
                "interval": _pair(verdict.interval),
                "certainty": verdict.certainty,
            },
            "scores": {name: _score(score) for name, score in scores.items()},
            "chosen_per_fold": list(self.validation.chosen),
            "strength": self.validation.strength,
            "label_accuracy": self.validation.label_accuracy,
            "photographs": len(self.task.photos),
            "left_out": {reason: list(names) for reason, names in self.intake.dropped.items()},
            "base": {
                "name": self.card.recipe[ADAPTATION]["base"],
                "sha256": self.card.base_sha256,
            },
            "settings": asdict(self.task.settings),
        }


def _pair(interval: Interval) -> list[float]:
    return [interval.low, interval.high]


def _score(score: Score) -> dict[str, float | None]:
    beside = score.background[np.isfinite(score.background)]
    return {
        "ab_error": score.error,
        "ab_error_background": float(beside.mean()) if beside.size else None,
        "palette_distance": score.palette,
        "colorfulness": score.colorfulness,
    }


def _is_kept(verdict: AdaptationVerdict, settings: Settings) -> bool:
    return verdict.is_gain or (settings.anyway and verdict.grade == "likely")


def adapt(  # noqa: PLR0913  (what a person may give, and two ways to be told)
    base_file: Path,
    collection: Collection,
    target: Path,
    *,
    settings: Settings | None = None,
    objects: ObjectSource | None = None,
    targets: Collection | None = None,
    stage: Stage = silent,
    tell: Callable[[str], None] = lambda _: None,
) -> Adaptation:
    """Teach a base model the colors of a collection.

    Args:
        base_file: any contract file; it stays as it is.
        collection: color photographs, two at least.
        target: where the merged model goes, when there is a gain, or when the settings want it
            anyway and one is likely.
        settings: what is asked for.
        objects: where the object of each picture is; None when all of it counts.
        targets: gray pictures to show in the colors of both models.
        stage: shows progress.
        tell: takes a line that the person who waits should read.

    Returns:
        What came of it; the target exists if, and only if, it `is_written`.

    Raises:
        InputError: when the photographs or the place cannot be used.
        ModelError: when the base cannot be used.
    """
    settings = settings or Settings()
    labels = collection.labels if settings.labelled else ()
    _check_labels(collection, settings)
    halvings = UnetBody.LEVELS if settings.method == "gan" else 0
    base = Base(read_model(base_file), name=str(base_file), halvings=halvings)
    size = base.card.working_size
    wanted = TakenPhotos(photos=(), dropped={})
    if targets is not None:
        wanted = take_targets(targets, size=size)
    intake = take_photos(collection, size=size, labels=labels, objects=objects)
    photos = intake.photos
    plan = plan_folds(
        [photo.label if labels else "" for photo in photos],
        seed=settings.seed,
        is_choice=len(CANDIDATES[settings.method]) > 1,
    )
    _check_place(target)
    tell(_announcement(base, photos, settings, labels, plan))
    with stage(2 * len(photos), doing="step 1 of 2, looking", unit="looks") as tick:
        task = _look(base, photos, settings, labels, tick)
    steps = UnetBody.STEPS if settings.method == "gan" else 1  # what is solved is one
    with stage(steps * plan.trainings, doing="step 2 of 2, learning", unit="steps") as tick:
        validation = validate(task, plan, tick)
        verdict = decide(
            validation.scores["adapted"],
            baselines_of(validation, settings.method),
            seed=settings.seed,
        )
        card = _card(base, task, validation, verdict, target)
        is_kept = _is_kept(verdict, settings)
        recolored: list[Recolored] = []
        if is_kept or wanted.photos:
            refinement = refit(task, validation, tick)
            for photo in wanted.photos:  # as both models do when nothing else is said
                (picture,) = look_at_pictures([photo], base, lambda: None)
                after = paint(refinement, picture, DECIDE)[:2]
                recolored.append(Recolored(photo=photo, before=paint_base(picture), after=after))
            if is_kept:
                merge(base, refinement, card, target)
    return Adaptation(
        card=card,
        intake=intake,
        task=task,
        validation=validation,
        verdict=verdict,
        targets=recolored,
        unread=wanted.dropped,
    )


def _announcement(
    base: Base,
    photos: Sequence[Photo],
    settings: Settings,
    labels: Sequence[str],
    plan: ValidationPlan,
) -> str:
    """Say how long it will take, from a few photographs that are timed."""
    told = f"{len(photos)} photographs, to be learned from {plan.trainings} times"
    if settings.method == "gan":  # its steps are alike, and the bar tells
        return told
    began = perf_counter()
    sample = _look(base, photos[:SAMPLED], settings, labels, lambda: None)
    looked_s = perf_counter() - began
    expected = in_words(_expected_s(sample, looked_s, plan, len(photos)))
    return f"{told}: about {expected} on this machine, as busy as it is now"


def _check_labels(collection: Collection, settings: Settings) -> None:
    if not settings.labelled:
        return
    if settings.method == "gan":
        raise InputError("the method gan tells no kinds apart: leave out --labelled, or --method")
    nameless = [item.name for item in collection if not item.label]
    if nameless or len(collection.labels) < 2:
        what = f"{nameless[0]} lies in none" if nameless else f"there is {len(collection.labels)}"
        raise InputError(f"--labelled needs one sub-folder for each of several kinds: {what}")


def _check_place(target: Path) -> None:
    """Refuse before the work what cannot be written after it."""
    try:
        make_folder(target.parent)
        with unfinished(target):
            pass
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}") from error


def _look(
    base: Base, photos: Sequence[Photo], settings: Settings, labels: Sequence[str], tick: Tick
) -> Task:
    has_objects = any(photo.objects is not None for photo in photos)
    shape = Shape(parts=base.parts, kinds=max(1, len(labels)), has_objects=has_objects)
    crops = look_at_crops(photos, base, seed=settings.seed, augment=settings.augment, tick=tick)
    return Task(
        photos=photos,
        seen=Seen(
            pictures=look_at_pictures(photos, base, tick),
            crops=crops,
            cells=take_cells(shape, crops, has_broad=BROAD in CANDIDATES[settings.method]),
        ),
        shape=shape,
        settings=settings,
        saturation=base.card.saturation,
        labels=labels,
    )


def baselines_of(validation: Validation, method: Method) -> Mapping[str, Score]:
    """List what an adaptation must beat: what it could not have chosen itself."""
    left_out = {"adapted", *CANDIDATES[method]}
    return {name: score for name, score in validation.scores.items() if name not in left_out}


def _card(
    base: Base, task: Task, validation: Validation, verdict: AdaptationVerdict, target: Path
) -> Card:
    """Describe the merged model."""
    scores = validation.scores
    count = len(task.photos)
    warning = ""
    if not verdict.is_gain:
        warning = " It was written because somebody asked for it anyway: look at its colors first."
    return replace(
        base.card,
        name="".join(filter(str.isprintable, target.stem))[:_MAX_NAME] or "adapted",
        size_multiple=base.multiple,
        training_data=f"{base.card.training_data}; adapted to {count} photographs",
        neutral_inputs={**base.card.neutral_inputs, "labels": float(DECIDE)},
        labels=tuple(task.labels),
        metrics={
            "held_out_photographs": float(len(validation.held_out)),
            "ab_error_base": scores[BASE].error,
            "ab_error_adapted": scores["adapted"].error,
            "ab_error_rival": scores[verdict.rival].error,
            "gain": verdict.gain,
            "certainty": verdict.certainty,
            "colorfulness": scores["adapted"].colorfulness,
        },
        recipe={
            ADAPTATION: {
                "base": base.card.name,
                "method": validation.final,
                "settings": asdict(task.settings),
                "has_objects": task.shape.has_objects,
                "photographs": count,
                "sha256": [photo.sha256 for photo in task.photos],
                "refitted_on_all": True,
                "verdict": verdict.grade,
            }
        },
        base_sha256=base.sha256,
        description=f"{base.card.name}, adapted by photochrom. {verdict.words}{warning}",
    )
