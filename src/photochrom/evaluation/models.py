"""Turn names of models and model files into colorizers that can be measured."""

from collections.abc import Callable, Iterable

from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options
from photochrom.errors import InputError
from photochrom.evaluation.baselines import BASELINES
from photochrom.evaluation.contestants import Colorize

_THREADS = 1  # pictures are measured in parallel, each model call on one core


def keep_lightness(colorizer: Colorizer) -> Colorize:
    """Let a model color as everywhere else: its chroma on the lightness of the photograph."""
    return colorizer.colorize_array


def load_models(
    names: Iterable[str],
    options: Options,
    *,
    paint: Callable[[Colorizer], Colorize] = keep_lightness,
) -> dict[str, Colorize]:
    """Load models, keeping the names as they were given.

    Args:
        names: of built-in or published models, or paths of model files; "gray" and "random-colors"
            are let through, being in every table anyway.
        options: saturation, temperature and size for all of them.
        paint: what to measure of each; `raw_rgb` for the RGB that it paints of itself.

    Returns:
        Colorizers by name, in the order given.

    Raises:
        InputError: when a name is given twice, or a model cannot do what is asked.
        ModelError: when a model is missing or damaged.
    """
    models: dict[str, Colorize] = {}
    for name in names:
        if name in models:
            raise InputError(f"model {name} is named twice")
        if name not in BASELINES:
            models[name] = paint(Colorizer(name, options=options, threads=_THREADS))
    return models
