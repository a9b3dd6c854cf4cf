"""What one `photochrom colorize` was asked to do, as far as it is the same for all its pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from photochrom.engine.batch.plan import Planner, RunPlan
from photochrom.engine.batch.settings import BatchOptions
from photochrom.engine.batch.sources import read_list
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options
from photochrom.picture.reading.read import MAX_PIXELS


@dataclass(frozen=True, slots=True)
class ColorizeRequest:
    """The model, the options, and how files are treated."""

    model: str
    options: Options
    handling: BatchOptions
    max_pixels: int | None

    @property
    def largest(self) -> int:
        """How many pixels a picture may have."""
        return self.max_pixels or MAX_PIXELS

    def plan(self, paths: Sequence[Path], out: Path | None) -> RunPlan:
        """Plan the results of paths that are no streams.

        Raises:
            InputError: when a path or `out` cannot be used.
        """
        handling = self.handling
        planner = Planner(
            out=out,
            kind=handling.kind,
            recursive=handling.recursive,
            variants=self.options.variants,
        )
        return planner.plan(paths)

    def open_colorizer(self, pictures: int) -> Colorizer:
        """Load the model; several pictures at once share the cores.

        Raises:
            ModelError: when there is no such model, or it cannot be loaded.
            InputError: when the model cannot do what an option asks.
        """
        return Colorizer(
            self.model,
            options=self.options,
            max_pixels=self.largest,
            threads=self.handling.threads_for(pictures),
        )


def with_listed(paths: tuple[Path, ...], listed: Path | None) -> tuple[Path, ...]:
    """Put the paths of the command line and those of a list together.

    Raises:
        click.UsageError: when there are neither.
        InputError: when the list cannot be used.
    """
    if listed is None and not paths:
        raise click.UsageError("Missing argument 'PATH...'.")
    return paths if listed is None else (*paths, *read_list(listed))
