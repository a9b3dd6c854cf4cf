"""Turn names of models and model files into colorizers that can be measured."""

from collections.abc import Iterable

from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options
from photochrom.errors import InputError
from photochrom.evaluation.baselines import BASELINES
from photochrom.evaluation.contestants import Colorize

_THREADS = 1  # pictures are measured in parallel, each model call on one core


def load_models(names: Iterable[str], options: Options) -> dict[str, Colorize]:
    """Load models, keeping the names as they were given.

    Args:
        names: of built-in or published models, or paths of model files; "gray" and "random-colors"
            are let through, being in every table anyway.
        options: saturation, temperature and size for all of them.

    Returns:
        Colorizers by name, in the order given.

    Raises:
        InputError: when a name is given twice.
        ModelError: when a model is missing or damaged.
    """
    models: dict[str, Colorize] = {}
    for name in names:
        if name in models:
            raise InputError(f"model {name} is named twice")
        if name not in BASELINES:
            colorizer = Colorizer(name, options=options, threads=_THREADS)
            models[name] = colorizer.colorize_array
    return models
