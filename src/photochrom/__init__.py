"""photochrom: color for black-and-white photographs.

>>> import photochrom
>>> photochrom.Options(saturation=0.8).saturation
0.8
"""

import os
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from photochrom.collection import open_collection
    from photochrom.engine.colorizer import Colorizer, colorize
    from photochrom.engine.hints import Hint
    from photochrom.engine.options import Options
    from photochrom.engine.session import open_model
    from photochrom.errors import (
        InferenceError,
        InputError,
        ModelError,
        PhotochromError,
        RunError,
    )
    from photochrom.evaluation import evaluate
    from photochrom.film.colorize import colorize_film
    from photochrom.picture import Picture, read_picture

# What libraries would send on their own; they ask when they are imported, and every way to them
# passes here first. Not a default that the environment may change: the README promises it.
os.environ.update(
    ORT_DISABLE_TELEMETRY="1",  # ONNX Runtime reports its use from its import on
    HF_HUB_DISABLE_TELEMETRY="1",  # versions and the like, with every request
    DISABLE_SAFETENSORS_CONVERSION="1",  # transformers asks a service to convert models
)

# Where each public name lives; imported when first used, so that `import photochrom` is instant.
_HOMES: Final = {
    "Colorizer": "photochrom.engine.colorizer",
    "Hint": "photochrom.engine.hints",
    "InferenceError": "photochrom.errors",
    "InputError": "photochrom.errors",
    "ModelError": "photochrom.errors",
    "Options": "photochrom.engine.options",
    "PhotochromError": "photochrom.errors",
    "Picture": "photochrom.picture",
    "RunError": "photochrom.errors",
    "colorize": "photochrom.engine.colorizer",
    "colorize_film": "photochrom.film.colorize",
    "evaluate": "photochrom.evaluation",
    "open_collection": "photochrom.collection",
    "open_model": "photochrom.engine.session",
    "read_picture": "photochrom.picture",
}

__all__ = [
    "Colorizer",
    "Hint",
    "InferenceError",
    "InputError",
    "ModelError",
    "Options",
    "PhotochromError",
    "Picture",
    "RunError",
    "colorize",
    "colorize_film",
    "evaluate",
    "open_collection",
    "open_model",
    "read_picture",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name == "__version__":
        return version("photochrom")
    if name not in _HOMES:
        raise AttributeError(f"module 'photochrom' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__version__"]
