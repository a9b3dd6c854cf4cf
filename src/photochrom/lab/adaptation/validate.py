"""Nested cross-validation: choose inside, report outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from photochrom.lab.adaptation.candidates import (
    FITTED,
    LINEAR,
    LOOKUP,
    Made,
    candidates_of,
    default_of,
    make,
    paint,
    paint_base,
    stop_of,
)
from photochrom.lab.adaptation.examples import Whole
from photochrom.lab.adaptation.fitting.solve import Seen
from photochrom.lab.adaptation.folds import Fold, inner_folds, outer_folds
from photochrom.lab.adaptation.judge import Score, is_surely_better, judge, scale_to_share
from photochrom.lab.adaptation.photos import Photo
from photochrom.lab.adaptation.refiners import Refinement, Shape
from photochrom.lab.adaptation.settings import Method, Settings
from photochrom.lab.adaptation.train import RefinerCourse
from photochrom.lab.adaptation.units import Unit, Workshop, rounded

F32 = NDArray[np.float32]
Chromas = Mapping[int, F32]  # chroma, or chroma and where, by the place of the photograph

BASE = "base"
_COLORFULNESS = 0.8  # of the truth's, which colors that were not fitted for it are brought to
_STRENGTHS = (0.6, 1.4)  # beyond, mistakes are what becomes vivid


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Everything that a cross-validation works on.

    Attributes:
        photos: the photographs.
        seen: they, as the base saw them.
        shape: what refiners have to do with.
        settings: what was asked for.
        saturation: by which the model multiplies colors when it shows them.
        labels: kinds to tell apart; empty when there is one.
    """

    photos: Sequence[Photo]
    seen: Seen
    shape: Shape
    settings: Settings
    saturation: float
    labels: Sequence[str]

    @property
    def wholes(self) -> Sequence[Whole]:
        """The photographs, as they are colorized."""
        return self.seen.wholes

    @property
    def method(self) -> Method:
        """The method that was asked for."""
        return self.settings.method

    def number_of(self, photo: int) -> int:
        """Give the label that a photograph is colored with; -1 when there is one kind."""
        return self.photos[photo].kind if self.labels else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationPlan:
    """Which photographs are held out when.

    Attributes:
        outer: folds of the reported numbers.
        inner: for each of them, the folds to choose on.
    """

    outer: Sequence[Fold]
    inner: Sequence[Sequence[Fold]]

    @property
    def trainings(self) -> int:
        """How many there are, with the last one on all photographs."""
        return len(self.outer) + sum(map(len, self.inner)) + 1


def plan_folds(labels: Sequence[str], *, seed: int, is_choice: bool) -> ValidationPlan:
    """Plan the folds.

    Args:
        labels: of the photographs.
        seed: of the draw.
        is_choice: whether there is anything to choose.
    """
    outer = outer_folds(labels, seed=seed)
    inner = [
        inner_folds(others(len(labels), fold), labels, seed=seed) if is_choice else []
        for fold in outer
    ]
    return ValidationPlan(outer=outer, inner=inner)


def others(count: int, fold: Fold) -> list[int]:
    """List the photographs outside a fold."""
    return [place for place in range(count) if place not in fold]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What the outer folds say.

    Attributes:
        held_out: places of the photographs that were held out, ascending.
        chosen: the candidate of each outer fold, chosen without it.
        final: the candidate for all photographs.
        strength: by which its colors are multiplied.
        scores: by contestant: "adapted", "base" and the other baselines.
        painted: by contestant, the chroma of each held-out photograph.
        losses: of the outer trainings.
        label_accuracy: share of held-out photographs whose kind was guessed rightly; None when
            there is one kind.
    """

    held_out: Sequence[int]
    chosen: Sequence[str]
    final: str
    strength: float
    scores: Mapping[str, Score]
    painted: Mapping[str, Chromas]
    losses: Sequence[Sequence[float]]
    label_accuracy: float | None


def validate(
    task: Task, plan: ValidationPlan, workshop: Workshop, course: RefinerCourse
) -> Validation:
    """Run all folds.

    Args:
        task: what to work on.
        plan: the folds.
        workshop: finished units are taken from it, and kept in it.
        course: of every training.

    Returns:
        Honest numbers, and the choice for the last training.
    """
    run = partial(_unit, task, workshop, course)
    chosen = []
    units = []
    for number, (fold, inner) in enumerate(zip(plan.outer, plan.inner, strict=True)):
        learned = others(len(task.photos), fold)
        tried = [
            run(f"outer-{number}-inner-{place}", [p for p in learned if p not in part], part)
            for place, part in enumerate(inner)
        ]
        chosen.append(_best(task, tried) or default_of(task.method))
        units.append(run(f"outer-{number}", learned, fold))
    return _sum_up(task, units, chosen)


def _unit(
    task: Task,
    workshop: Workshop,
    course: RefinerCourse,
    name: str,
    learned: Sequence[int],
    held: Fold,
) -> Unit:
    """Do one training, or find it done, and paint what it did not see."""
    found = workshop.load(name)
    if found is not None:
        for _ in range(max(1, course.steps)):
            course.tick()
        return found
    made = make(task.method, task.shape, task.seen, learned, course)
    layers: dict[str, list[F32]] = {}
    for candidate in dict.fromkeys((LOOKUP, LINEAR, *candidates_of(task.method))):
        refinement = _refined(task, made, candidate)
        layers[candidate] = [
            rounded(paint(refinement, task.wholes[place], task.number_of(place))) for place in held
        ]
    unit = Unit(
        photos=tuple(held), layers=layers, kinds=_kinds(task, made, held), losses=made.losses
    )
    workshop.save(name, unit)
    return unit


def _refined(task: Task, made: Made, candidate: str) -> Refinement:
    return Refinement(made.bodies[candidate], task.shape, made.place, made.kind).eval()


def _kinds(task: Task, made: Made, held: Fold) -> NDArray[np.float32]:
    """Guess the kinds of held-out photographs."""
    if made.kind is None:
        return np.zeros((0, 0), np.float32)
    with torch.no_grad():
        logits = [made.kind(task.wholes[place].inputs)[0] for place in held]
    return np.stack([torch.softmax(each, dim=0).numpy() for each in logits])


def _best(task: Task, units: Sequence[Unit]) -> str | None:
    """Choose by the error at equal colorfulness over some units; None when there are none.

    The first candidate is taken unless another is surely better: a few photographs choose badly.
    """
    if not units:
        return None
    first, *others = candidates_of(task.method)
    if not others:
        return first
    wholes = [task.wholes[place] for unit in units for place in unit.photos]
    scores = {
        name: judge([each[:2] for unit in units for each in unit.layers[name]], wholes)
        for name in (first, *others)
    }
    seed = task.settings.seed
    better = [name for name in others if is_surely_better(scores[name], scores[first], seed=seed)]
    return min(better or [first], key=lambda name: scores[name].error)


def _sum_up(task: Task, units: Sequence[Unit], chosen: Sequence[str]) -> Validation:
    """Put the outer folds together."""
    held_out = sorted(place for unit in units for place in unit.photos)
    wholes = [task.wholes[place] for place in held_out]

    base = {place: paint_base(task.wholes[place]) for place in held_out}
    painted: dict[str, Chromas] = {
        "adapted": _as_shipped(task, units, base, chosen),
        BASE: base,
        **{name: _as_shipped(task, units, base, [name] * len(units)) for name in (LOOKUP, LINEAR)},
    }
    scores = {
        name: judge([chromas[place] for place in held_out], wholes, saturation=task.saturation)
        for name, chromas in painted.items()
    }
    final = _best(task, units) or default_of(task.method)
    return Validation(
        held_out=held_out,
        chosen=chosen,
        final=final,
        strength=_strength(task, final, _gathered(units, [final] * len(units))),
        scores=scores,
        painted=painted,
        losses=[unit.losses for unit in units],
        label_accuracy=_label_accuracy(task, units),
    )


def _gathered(units: Sequence[Unit], names: Sequence[str]) -> Chromas:
    """Take of every unit what a candidate painted."""
    return {
        place: layers
        for name, unit in zip(names, units, strict=True)
        for place, layers in zip(unit.photos, unit.layers[name], strict=True)
    }


def _as_shipped(
    task: Task, units: Sequence[Unit], base: Chromas, names: Sequence[str]
) -> dict[int, F32]:
    """Strengthen each fold as the other folds ask for; as itself does when it is the only one."""
    refined = _gathered(units, names)
    strong = {}
    for name, unit in zip(names, units, strict=True):
        rest = {place: layers for place, layers in refined.items() if place not in unit.photos}
        strength = _strength(task, name, rest or refined)
        for place in unit.photos:
            strong[place] = strengthened(base[place], refined[place], strength)
    return strong


def _strength(task: Task, name: str, chromas: Chromas) -> float:
    """Choose by what to multiply refined colors, so that objects are colorful enough as shown."""
    if name in FITTED:
        return 1.0
    wholes = [task.wholes[place] for place in chromas]
    colors = [layers[:2] for layers in chromas.values()]
    scale = scale_to_share(colors, wholes, _COLORFULNESS) / task.saturation
    return float(np.clip(scale, *_STRENGTHS))


def strengthened(base: F32, layers: F32, strength: float) -> F32:
    """Multiply refined colors, as `Refinement` does.

    Args:
        base: (2, h, w) a* and b* of the base.
        layers: (3, h, w), as `candidates.paint` gives it.
        strength: the factor.

    Returns:
        (2, h, w).
    """
    mixed, where = layers[:2], layers[2:]
    added = np.float32(strength - 1) * (mixed - (1 - where) * base)
    return np.asarray(mixed + added, np.float32)


def _label_accuracy(task: Task, units: Sequence[Unit]) -> float | None:
    """Count the held-out photographs whose kind was guessed rightly."""
    if not task.labels:
        return None
    hits = [
        int(unit.kinds[row].argmax()) + 1 == task.number_of(place)
        for unit in units
        if unit.kinds.size
        for row, place in enumerate(unit.photos)
    ]
    return float(np.mean(hits)) if hits else None


def refit(task: Task, validation: Validation, course: RefinerCourse) -> tuple[Refinement, Made]:
    """Train the chosen candidate on all photographs.

    Args:
        task: what to work on.
        validation: with the choice.
        course: of the training.

    Returns:
        The refinement, and what it was made with.
    """
    everything = range(len(task.photos))
    method: Method = "linear" if validation.final in (LOOKUP, LINEAR) else task.method
    course = replace(course, stops=max(1, stop_of(validation.final)), is_last=True)
    made = make(method, task.shape, task.seen, everything, course)
    refinement = _refined(task, made, validation.final)
    refinement.strength.fill_(validation.strength)
    return refinement, made
