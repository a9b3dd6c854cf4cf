"""Evaluations of nothing but sums, so that what is made of them can be worked out by hand."""

import numpy as np

from photochrom.evaluation.measured import Evaluation, PictureResult
from photochrom.evaluation.protocol import Setup


def evaluation_of(
    models: tuple[str, ...], *, recipes: dict[str, str] | None = None, **sums: np.ndarray
) -> Evaluation:
    """Make an evaluation of sums by name, each (models, pictures, ...)."""
    count = next(iter(sums.values())).shape[1]
    pictures = tuple(
        PictureResult(
            name=f"{number}.png",
            label="",
            index=number,
            tallies={name: np.asarray(each[:, number], float) for name, each in sums.items()},
        )
        for number in range(count)
    )
    return Evaluation(
        setup=Setup(),
        models=models,
        pictures=pictures,
        unmatched={},
        recipes=recipes or {},
        untimed=frozenset(),
        contestants={},
        gray_originals=(),
        failures=(),
        warnings=(),
        originals=None,  # type: ignore[arg-type]  # nothing here reads a picture
    )
