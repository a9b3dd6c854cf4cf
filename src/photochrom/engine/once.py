"""One-call functions for those who need no object."""

from pathlib import Path
from typing import Any

from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options
from photochrom.engine.session import Session
from photochrom.models.registry import DEFAULT_MODEL, resolve_model


def colorize(
    source: Any, *, model: str | Path = DEFAULT_MODEL, options: Options | None = None
) -> Any:
    """Color one photograph and return the same kind of thing.

    For many photographs make one `Colorizer` and call it: this loads the model each time.

    Args:
        source: a path (the result is written beside it as NAME-color.EXT), the bytes of a file, an
            array (H, W) or (H, W, 3), or a PIL image.
        model: name of a model, or a contract file.
        options: saturation, temperature, size and the rest.

    Returns:
        The path of the result, bytes of the same format, an array (H, W, 3), or a PIL image.

    Raises:
        InputError: when the picture cannot be read or is in color already, or the result exists.
        ModelError: when the model is missing or damaged.
        InferenceError: when the network cannot be run.
    """
    return Colorizer(model, options=options)(source)


def open_model(model: str | Path = DEFAULT_MODEL) -> Session:
    """Open a model as the plain function it is: lightness in, chroma out.

    Args:
        model: name of a model, or a contract file.

    Returns:
        A session; ``session.run(lightness)`` takes (H, W) float32 L* whose sides are multiples of
        ``session.card.size_multiple``.

    Raises:
        ModelError: when the model is missing or damaged.
    """
    return Session(resolve_model(model))
