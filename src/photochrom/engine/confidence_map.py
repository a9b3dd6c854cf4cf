"""A picture of where a model is sure."""

from pathlib import Path

import numpy as np

from photochrom.engine.prediction import Prediction
from photochrom.errors import InputError
from photochrom.picture import read_picture, write_picture


def write_confidence(prediction: Prediction, target: Path, *, overwrite: bool = False) -> None:
    """Write where a model is sure (white) or not (black), as a PNG of the working size.

    Args:
        prediction: of a model that has a distribution.
        target: the picture; under its name only when complete.
        overwrite: whether it may be replaced.

    Raises:
        InputError: when it cannot be written.
        ValueError: when the prediction has no confidence.
    """
    if prediction.confidence is None:
        raise ValueError("the prediction of a model without distribution has no confidence")
    codes = np.rint(prediction.confidence * 255).astype(np.uint8)
    strips = iter([np.repeat(codes[..., None], 3, axis=2)])
    write_picture(read_picture(codes), strips, target, kind="png", overwrite=overwrite)


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Refuse before the work what could not be written after it.

    Raises:
        InputError: when there is a file of that name, which may not be replaced.
    """
    if path.exists() and not overwrite:
        raise InputError(f"{path}: already there; --force replaces it")
