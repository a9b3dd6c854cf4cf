"""Nested cross-validation: choose inside, report outside; which photographs are held out when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from photochrom.arrays import F32
from photochrom.lab.adaptation.candidates import (
    CANDIDATES,
    FITTED,
    LINEAR,
    LOOKUP,
    Made,
    make,
    paint,
    paint_base,
)
from photochrom.lab.adaptation.examples import SeenPicture
from photochrom.lab.adaptation.fitting.solve import Seen
from photochrom.lab.adaptation.judge import Score, is_surely_better, judge, scale_to_share
from photochrom.lab.adaptation.photos import Photo
from photochrom.lab.adaptation.refiners import Refinement, Shape
from photochrom.lab.adaptation.settings import Method, Settings
from photochrom.lab.data.seeds import Purpose, mix_seed
from photochrom.work.progress import Tick

FEW: Final = 60  # below, every photograph is held out once
_OUTER: Final = 5
_INNER: Final = 3
_FEWEST_TO_CHOOSE: Final = 4
_HELD_OUT: Final = 0.25

Fold = tuple[int, ...]


def outer_folds(labels: Sequence[str], *, seed: int) -> list[Fold]:
    """Divide photographs into parts to be held out for the reported numbers.

    Args:
        labels: of the photographs; every fold gets its share of each.
        seed: of the draw.

    Returns:
        Up to five folds that hold every photograph once, or, from 60 photographs on, one fold with
        a quarter of them.

    >>> [len(fold) for fold in outer_folds([""] * 12, seed=0)]
    [3, 3, 2, 2, 2]
    >>> [len(fold) for fold in outer_folds([""] * 80, seed=0)]
    [20]
    """
    if len(labels) >= FEW:
        return [_share(range(len(labels)), labels, seed)]
    return _divide(range(len(labels)), labels, _OUTER, seed)


def inner_folds(photos: Sequence[int], labels: Sequence[str], *, seed: int) -> list[Fold]:
    """Divide the photographs outside an outer fold, to choose a method on them.

    Returns:
        Up to three folds, one from 45 photographs on, none below four.
    """
    if len(photos) < _FEWEST_TO_CHOOSE:
        return []
    if len(photos) >= FEW * (1 - _HELD_OUT):
        return [_share(photos, labels, seed + 1)]
    return _divide(photos, labels, _INNER, seed + 1)


def _shuffled(photos: Sequence[int], labels: Sequence[str], seed: int) -> list[int]:
    """Order photographs by lot, kinds taking turns."""
    random = np.random.default_rng(mix_seed(seed, 0, Purpose.FOLDS))
    order = random.permutation(np.asarray(photos)).tolist()
    turns: dict[str, int] = {}
    ranked = []
    for photo in order:
        turn = turns[labels[photo]] = turns.get(labels[photo], -1) + 1
        ranked.append((turn, labels[photo], photo))
    return [photo for _, _, photo in sorted(ranked, key=lambda entry: entry[:2])]


def _divide(photos: Sequence[int], labels: Sequence[str], count: int, seed: int) -> list[Fold]:
    """Deal photographs out; each kind goes round by itself, so that folds differ little."""
    folds: list[list[int]] = [[] for _ in range(min(count, len(photos)))]
    by_label = sorted(_shuffled(photos, labels, seed), key=lambda photo: labels[photo])
    for place, photo in enumerate(by_label):
        folds[place % len(folds)].append(photo)
    return [tuple(sorted(fold)) for fold in folds]


def _share(photos: Sequence[int], labels: Sequence[str], seed: int) -> Fold:
    """Hold out a quarter."""
    order = _shuffled(photos, labels, seed)
    return tuple(sorted(order[: max(1, round(_HELD_OUT * len(order)))]))


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
    def pictures(self) -> Sequence[SeenPicture]:
        """The photographs, as they are colorized."""
        return self.seen.pictures

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
        label_accuracy: share of held-out photographs whose kind was guessed rightly; None when
            there is one kind.
    """

    held_out: Sequence[int]
    chosen: Sequence[str]
    final: str
    strength: float
    scores: Mapping[str, Score]
    painted: Mapping[str, Chromas]
    label_accuracy: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldResult:
    """What was made without a fold, on the photographs of that fold.

    Attributes:
        photos: their places.
        layers: by candidate, (3, h, w) for each of them, as `candidates.paint` gives it.
        kinds: (n, K) probabilities of the kinds; empty when there is one.
    """

    photos: Fold
    layers: Mapping[str, Sequence[F32]]
    kinds: F32


def validate(task: Task, plan: ValidationPlan, tick: Tick) -> Validation:
    """Run all folds.

    Args:
        task: what to work on.
        plan: the folds.
        tick: called after each step of every training.

    Returns:
        Honest numbers, and the choice for the last training.
    """
    chosen, results = [], []
    for fold, inner in zip(plan.outer, plan.inner, strict=True):
        learned = others(len(task.photos), fold)
        tried = [
            _hold_out(task, [place for place in learned if place not in part], part, tick)
            for part in inner
        ]
        chosen.append(_best(task, tried))
        results.append(_hold_out(task, learned, fold, tick))
    held_out = sorted(place for result in results for place in result.photos)
    pictures = [task.pictures[place] for place in held_out]

    base = {place: paint_base(task.pictures[place]) for place in held_out}
    painted: dict[str, Chromas] = {
        "adapted": _as_shipped(task, results, base, chosen),
        BASE: base,
        **{
            name: _as_shipped(task, results, base, [name] * len(results))
            for name in (LOOKUP, LINEAR)
        },
    }
    scores = {
        name: judge([chromas[place] for place in held_out], pictures, saturation=task.saturation)
        for name, chromas in painted.items()
    }
    final = _best(task, results)
    hits = [  # photographs whose kind was guessed rightly
        int(result.kinds[row].argmax()) + 1 == task.number_of(place)
        for result in results
        if task.labels and result.kinds.size
        for row, place in enumerate(result.photos)
    ]
    return Validation(
        held_out=held_out,
        chosen=chosen,
        final=final,
        strength=_strength(task, final, _gathered(results, [final] * len(results))),
        scores=scores,
        painted=painted,
        label_accuracy=float(np.mean(hits)) if hits else None,
    )


def _hold_out(task: Task, learned: Sequence[int], held: Fold, tick: Tick) -> FoldResult:
    """Do one training, and paint what it did not see."""
    made = make(task.method, task.shape, task.seen, learned, seed=task.settings.seed, tick=tick)
    layers: dict[str, list[F32]] = {}
    for candidate in dict.fromkeys((LOOKUP, LINEAR, *CANDIDATES[task.method])):
        refinement = refined(task, made, candidate)
        painted = (paint(refinement, task.pictures[place], task.number_of(place)) for place in held)
        # at half precision, with which the published numbers were made
        layers[candidate] = [each.astype(np.float16).astype(np.float32) for each in painted]
    return FoldResult(photos=held, layers=layers, kinds=_kinds(task, made, held))


def refined(task: Task, made: Made, candidate: str) -> Refinement:
    """Put a candidate that was made into its frame, ready to paint."""
    return Refinement(made.bodies[candidate], task.shape, made.place, made.kind).eval()


def _kinds(task: Task, made: Made, held: Fold) -> F32:
    """Guess the kinds of held-out photographs."""
    if made.kind is None:
        return np.zeros((0, 0), np.float32)
    with torch.no_grad():
        logits = [made.kind(task.pictures[place].inputs)[0] for place in held]
    return np.stack([torch.softmax(each, dim=0).numpy() for each in logits])


def _best(task: Task, results: Sequence[FoldResult]) -> str:
    """Choose by the error at equal colorfulness over some folds.

    The first candidate is taken unless another is surely better: a few photographs choose badly.
    Where they were too few for any fold, it is what learns least.
    """
    first, *others = CANDIDATES[task.method]
    if not others:
        return first
    if not results:
        return LOOKUP
    pictures = [task.pictures[place] for result in results for place in result.photos]
    scores = {
        name: judge([each[:2] for result in results for each in result.layers[name]], pictures)
        for name in (first, *others)
    }
    seed = task.settings.seed
    better = [name for name in others if is_surely_better(scores[name], scores[first], seed=seed)]
    return min(better or [first], key=lambda name: scores[name].error)


def _gathered(results: Sequence[FoldResult], names: Sequence[str]) -> Chromas:
    """Take of every result what a candidate painted."""
    return {
        place: layers
        for name, result in zip(names, results, strict=True)
        for place, layers in zip(result.photos, result.layers[name], strict=True)
    }


def _as_shipped(
    task: Task, results: Sequence[FoldResult], base: Chromas, names: Sequence[str]
) -> dict[int, F32]:
    """Strengthen each fold as the other folds ask for; as itself does when it is the only one."""
    refined = _gathered(results, names)
    strong = {}
    for name, result in zip(names, results, strict=True):
        rest = {place: layers for place, layers in refined.items() if place not in result.photos}
        strength = _strength(task, name, rest or refined)
        for place in result.photos:
            strong[place] = strengthened(base[place], refined[place], strength)
    return strong


def _strength(task: Task, name: str, chromas: Chromas) -> float:
    """Choose by what to multiply refined colors, so that objects are colorful enough as shown."""
    if name in FITTED:
        return 1.0
    pictures = [task.pictures[place] for place in chromas]
    colors = [layers[:2] for layers in chromas.values()]
    scale = scale_to_share(colors, pictures, _COLORFULNESS) / task.saturation
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


def refit(task: Task, validation: Validation, tick: Tick) -> Refinement:
    """Train the chosen candidate on all photographs."""
    everything = range(len(task.photos))
    method: Method = "linear" if validation.final in (LOOKUP, LINEAR) else task.method
    made = make(method, task.shape, task.seen, everything, seed=task.settings.seed, tick=tick)
    refinement = refined(task, made, validation.final)
    refinement.strength.fill_(validation.strength)
    return refinement
