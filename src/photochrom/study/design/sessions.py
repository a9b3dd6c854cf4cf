"""Who sees what: each participant's trials, a pure function of the manifest and a place.

Places come in blocks. A block draws its test pictures by moving on through the pool, so that every
picture is seen equally often. Within a block every condition (a model, or a pair of models) has two
twins, who see the same trials with sides swapped and the order reversed: what side and order do to
answers cancels out. The order of places within a block is random.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from photochrom.study.answers import RANDOM, TRUTH, Answer, Part
from photochrom.study.design.manifest import StudyManifest, StudyPicture
from photochrom.study.design.presets import PREFERENCE, SINGLE

_SHUFFLE, _POOL, _ORDER, _SIDES = range(10, 14)  # streams of random numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial as planned: an `Answer` before it is answered."""

    part: Part
    model: str
    against: str
    picture: str
    left: bool

    def answered(self, **answer: Any) -> Answer:
        """Put what was answered beside what was planned."""
        return Answer(
            part=self.part,
            model=self.model,
            against=self.against,
            picture=self.picture,
            left=self.left,
            **answer,
        )


def conditions_of(manifest: StudyManifest) -> tuple[tuple[str, str], ...]:
    """List what is compared: (model, what it stands against).

    With `preference` these are all pairs of models, otherwise each model against the truth.
    """
    if manifest.preset == PREFERENCE:
        return tuple(combinations(manifest.models, 2))
    return tuple((model, TRUTH) for model in manifest.models)


def plan_session(manifest: StudyManifest, place: int) -> tuple[Trial, ...]:
    """Plan one participant's trials: practice first, then test and vigilance trials mixed.

    Args:
        manifest: of the study.
        place: number of the participant, from 0.

    Returns:
        ``manifest.trials`` trials in their order; the same for the same manifest and place.
    """
    seats = 2 * len(conditions_of(manifest))
    block, within = divmod(place, seats)
    order = np.random.default_rng([manifest.seed, _SHUFFLE, block]).permutation(seats)
    condition, twin = divmod(int(order[within]), 2)
    pool = manifest.of_part(Part.TEST)
    order = np.random.default_rng([manifest.seed, _POOL]).permutation(len(pool))
    first = block * manifest.test
    window = [pool[order[(first + step) % len(pool)]] for step in range(manifest.test)]
    practice = _asked(manifest, manifest.of_part(Part.PRACTICE), condition, twin)
    test = _asked(manifest, window, condition, twin)
    checks = [
        Trial(part=Part.VIGILANCE, model=RANDOM, against=TRUTH, picture=each.name, left=False)
        for each in manifest.of_part(Part.VIGILANCE)
    ]
    generator = np.random.default_rng([manifest.seed, _ORDER, block, condition])
    parts = [
        [practice[index] for index in generator.permutation(len(practice))],
        _spread(test, checks, generator),
    ]
    if twin:
        parts = [part[::-1] for part in parts]
    if manifest.preset != SINGLE:
        for number, part in enumerate(parts):
            sides = [manifest.seed, _SIDES, block, condition, len(part)]
            parts[number] = _sided(part, np.random.default_rng(sides), bool(twin))
    return tuple(parts[0] + parts[1])


def _asked(
    manifest: StudyManifest, pictures: Sequence[StudyPicture], condition: int, twin: int
) -> list[Trial]:
    """Say of each picture what is shown of it.

    Args:
        manifest: of the study.
        pictures: of one part.
        condition: which one, or with mixed sessions the shift between them.
        twin: 1 for the twin whose sides and order are turned around.
    """
    conditions = conditions_of(manifest)
    together = 2 if manifest.preset == SINGLE else 1  # with `single` one real, one colored
    trials = []
    for index, picture in enumerate(pictures):
        turn = condition + (index // together if manifest.mixed else 0)
        model, against = conditions[turn % len(conditions)]
        if manifest.preset == SINGLE and (index + twin) % 2:
            model = TRUTH
        trials.append(
            Trial(part=picture.part, model=model, against=against, picture=picture.name, left=False)
        )
    return trials


def _spread(
    test: Sequence[Trial], checks: Sequence[Trial], generator: np.random.Generator
) -> list[Trial]:
    """Put one vigilance trial at a random place into each equal stretch of the test trials."""
    shuffled = [test[index] for index in generator.permutation(len(test))]
    mixed: list[Trial] = []
    edges = np.linspace(0, len(shuffled), len(checks) + 1).round().astype(int)
    for check, start, stop in zip(
        generator.permutation(len(checks)), edges[:-1], edges[1:], strict=True
    ):
        stretch = shuffled[start:stop]
        stretch.insert(int(generator.integers(0, len(stretch) + 1)), checks[check])
        mixed += stretch
    return mixed or shuffled


def _sided(trials: Sequence[Trial], generator: np.random.Generator, is_twin: bool) -> list[Trial]:
    """Put the model's result at the left in half of the trials of each model; twins mirror them."""
    pictures = sorted(trials, key=lambda trial: (trial.model, trial.against, trial.picture))
    start = int(generator.integers(2))
    by_picture = {}
    for model in dict.fromkeys((each.model, each.against) for each in pictures):
        group = [each for each in pictures if (each.model, each.against) == model]
        for rank, index in enumerate(generator.permutation(len(group))):
            by_picture[group[index].picture] = bool((start + rank) % 2)
        start += len(group)
    return [replace(each, left=by_picture[each.picture] ^ is_twin) for each in trials]
