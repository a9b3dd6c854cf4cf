"""What an evaluation found: pictures, sums, and what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from photochrom.arrays import F64
from photochrom.evaluation.contestants.contestant import Contestant
from photochrom.evaluation.originals import Originals
from photochrom.evaluation.protocol import Protocol, Setup


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureResult:
    """What became of one picture.

    Attributes:
        name: within the collection.
        label: its kind, or "".
        index: its place in the collection.
        size: (height, width) at which it was compared; (0, 0) when it was not.
        tallies: by name, arrays (models, ...) that add up over pictures, see `tally`; empty when it
            was left out.
        seconds: (models,) spent in each colorizer.
        failure: why it could not be measured; "" when all is well or it is a gray original.
    """

    name: str
    label: str
    index: int
    size: tuple[int, int] = (0, 0)
    tallies: Mapping[str, F64] = field(default_factory=dict)
    seconds: tuple[float, ...] = ()
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The measured pictures of one collection under one protocol.

    Attributes:
        setup: how pictures were compared.
        models: names, baselines last; the order of every table.
        pictures: those measured, in the order of the collection.
        gray_originals: names left out because the original has no color.
        failures: pictures that could not be measured for all models, which leaves them out.
        unmatched: by name of finished results, those that belong to no original.
        warnings: what a reader must know to trust the numbers.
        recipes: by metric of a network, what its numbers hang on.
        untimed: names whose pictures were finished before, so that their time is unknown.
        contestants: the colorizers, for showing pictures again.
        originals: the collection as measured.
    """

    setup: Setup
    models: tuple[str, ...]
    pictures: tuple[PictureResult, ...]
    gray_originals: tuple[str, ...]
    failures: tuple[PictureResult, ...]
    unmatched: Mapping[str, tuple[str, ...]]
    warnings: tuple[str, ...]
    recipes: Mapping[str, str]
    untimed: frozenset[str]
    contestants: Mapping[str, Contestant]
    originals: Originals

    @property
    def protocol(self) -> Protocol:
        """At which size pictures were compared."""
        return self.setup.protocol

    def stacked(self, name: str) -> F64:
        """Give one kind of sums: (models, pictures, ...)."""
        return np.stack([picture.tallies[name] for picture in self.pictures], axis=1)

    def has(self, name: str) -> bool:
        """Say whether any picture has that kind of sums."""
        return any(name in picture.tallies for picture in self.pictures)

    @cached_property
    def sums(self) -> F64:
        """(models, pictures, 2, RATIOS) numerators and denominators."""
        return self.stacked("ratios")

    @cached_property
    def values(self) -> F64:
        """(models, pictures, RATIOS) what each picture alone scores."""
        return np.asarray(self.sums[:, :, 0] / self.sums[:, :, 1])

    def seconds_of(self, model: str) -> float | None:
        """Give the mean time per picture in a colorizer; None where it is unknown."""
        if model in self.untimed:
            return None
        row = self.models.index(model)
        return float(np.mean([picture.seconds[row] for picture in self.pictures]))
