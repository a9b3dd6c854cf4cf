"""Turn names of models and model files into colorizers that can be measured."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from photochrom.arrays import U8
from photochrom.color.lab import lab_to_srgb
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options
from photochrom.engine.resample import resample
from photochrom.errors import InputError
from photochrom.evaluation.contestants.baselines import BASELINES
from photochrom.evaluation.contestants.contestant import Colorize, Painted
from photochrom.picture import read_picture

_CHECKSUM: Final = re.compile("[0-9a-f]{64}")
_THREADS: Final = 1  # pictures are measured in parallel, each model call on one core


class LoadedModel:
    """A model among the contestants: it says where it is sure, and has a name of its own."""

    def __init__(self, colorizer: Colorizer, colorize: Colorize, *, has_confidence: bool) -> None:
        self.colorizer = colorizer
        self._colorize = colorize
        self._has_confidence = has_confidence
        options = colorizer.provenance.options
        self.identity = f"{colorizer.sha256} {sorted(options.items())} {has_confidence}"

    def __call__(self, gray: U8) -> U8:
        """Color (H, W) uint8 gray; gives (H, W, 3) uint8 sRGB."""
        return self._colorize(gray)

    def paint(self, gray: U8) -> Painted:
        """Color a picture and say where the model is sure."""
        if not self._has_confidence:
            return Painted(self._colorize(gray))
        return Painted(*self.colorizer.colorize_array_with_confidence(gray))


def keep_lightness(colorizer: Colorizer) -> Colorize:
    """Let a model color as everywhere else: its chroma on the lightness of the photograph."""
    return colorizer.colorize_array


def load_models(
    sources: Mapping[str, str | Path],
    options: Options,
    *,
    paint: Callable[[Colorizer], Colorize] = keep_lightness,
) -> dict[str, Colorize]:
    """Load models under the names they shall have in tables.

    Args:
        sources: by name in tables, that of a built-in or published model, or the path of a model
            file.
        options: saturation, temperature and size for all of them.
        paint: what to measure of each; `raw_rgb` for the RGB that it paints of itself.

    Returns:
        Colorizers by name, in the order given.

    Raises:
        InputError: when a name is that of a baseline, or a model cannot do what is asked.
        ModelError: when a model is missing or damaged.
    """
    models: dict[str, Colorize] = {}
    for name, source in sources.items():
        if name in BASELINES:
            raise InputError(f"{name} stands in every table already: name the model otherwise")
        colorizer = Colorizer(source, options=options, threads=_THREADS)
        has_confidence = paint is keep_lightness
        models[name] = LoadedModel(colorizer, paint(colorizer), has_confidence=has_confidence)
    return models


def seen_in_training(model: object, checksums: Iterable[str]) -> int:
    """Count the photographs whose SHA-256 stands in the recipe of a model's card.

    Args:
        model: a contestant; only loaded models have a card.
        checksums: of the encoded photographs, hexadecimal.
    """
    if not isinstance(model, LoadedModel):
        return 0
    return len(set(checksums) & _checksums_in(model.colorizer.card.recipe))


def _checksums_in(value: object) -> set[str]:
    """Collect everything in nested JSON that reads like a SHA-256."""
    if isinstance(value, str):
        return {value} if _CHECKSUM.fullmatch(value) else set()
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return set().union(*map(_checksums_in, value))
    return set()


def raw_rgb(colorizer: Colorizer) -> Colorize:
    """Make a colorizer of what a network paints, to be measured beside the front door's result.

    Everywhere else only a model's chroma is used, so that the lightness of the photograph stays;
    papers that train RGB outputs report this instead. It is enlarged, bicubic, where the network
    sees less than the photograph has.

    Args:
        colorizer: of a model with the output ``rgb_lightness``.

    Returns:
        A function from (H, W) uint8 gray to (H, W, 3) uint8 sRGB, for `evaluate`.

    Raises:
        InputError: when the model does not paint RGB, or a saturation is asked for.
    """
    colorizer.session.require_output("rgb_lightness", "it does not paint RGB to be measured")
    if colorizer.options.saturation is not None:
        raise InputError("raw RGB is measured as it is painted: leave the saturation out")
    as_painted = colorizer.with_options(replace(colorizer.options, no_edges=True))

    def paint(gray: U8) -> U8:
        prediction = as_painted.predict_picture(read_picture(gray))
        assert prediction.rgb_lightness is not None, "required above"  # noqa: S101
        lab = np.stack([prediction.rgb_lightness, *prediction.chroma], axis=-1)
        painted = np.moveaxis(lab_to_srgb(lab).clip(0, 1), -1, 0)
        enlarged = resample(np.ascontiguousarray(painted, np.float32), *gray.shape)
        codes = np.rint(enlarged.clip(0, 1) * 255).astype(np.uint8)
        return np.ascontiguousarray(np.moveaxis(codes, 0, -1))

    return paint
