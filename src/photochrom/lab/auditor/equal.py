"""Errors at equal colorfulness: so that neither a paler nor a bolder model wins by that alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.collection import Item
from photochrom.color.gamut import fit_to_srgb
from photochrom.color.lab import lab_to_srgb, srgb_to_lab
from photochrom.engine.colorizer import Colorizer
from photochrom.evaluation.measure import to_lab
from photochrom.evaluation.originals import in_parallel
from photochrom.evaluation.protocol import PROTOCOLS, to_gray
from photochrom.evaluation.resize import resize
from photochrom.metrics.auc import auc_from_sums, error_sums
from photochrom.metrics.colorfulness import colorfulness
from photochrom.picture import read_picture

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

EQUAL_SHARE: Final = 0.7  # of the photographs' colorfulness, as adaptations are judged
_GREATEST_SCALE: Final = 8.0
_HALVINGS: Final = 12
_SAMPLES: Final = 1000  # pixels of a picture from which colorfulness is measured
_PROTOCOL: Final = PROTOCOLS["whole-256"]


@dataclass(frozen=True, slots=True)
class Painted:
    """A photograph and what a model makes of it, at the model's working size.

    Attributes:
        lab: (h, w, 3) L*, a*, b* of the photograph.
        chroma: (2, h, w) predicted a* and b*.
    """

    lab: F32
    chroma: F32


@dataclass(frozen=True, slots=True)
class Score:
    """What a model scores on some photographs.

    Attributes:
        errors: (n,) mean ab error of each, at equal colorfulness.
        auc: over all pixels, at equal colorfulness, percent.
        colorfulness: as the model paints by default, as a share of the photographs'.
    """

    errors: F64
    auc: float
    colorfulness: float

    @property
    def error(self) -> float:
        """Mean ab error."""
        return float(self.errors.mean())


def score(colorizer: Colorizer, items: Sequence[Item]) -> Score:
    """Score a model on color photographs.

    Args:
        colorizer: the model.
        items: photographs with color, at least one.

    Raises:
        InputError: when a photograph cannot be read.
    """
    painted = list(in_parallel(lambda n: _paint(colorizer, items[n]), len(items)))
    samples = [_sampled(each) for each in painted]
    truth = float(np.mean([_strength(light, color) for light, color, _ in samples]))
    scale = _scale_to(EQUAL_SHARE * truth, samples)
    distances = [_distance(each, scale) for each in painted]
    sums = np.array([error_sums(distance) for distance in distances]).sum(axis=0)
    return Score(
        errors=np.array([float(distance.mean()) for distance in distances]),
        auc=auc_from_sums(float(sums[0]), float(sums[1])),
        colorfulness=_mean_strength(colorizer.saturation, samples) / truth,
    )


def _paint(colorizer: Colorizer, item: Item) -> Painted:
    rgb = _PROTOCOL.apply(item.read())
    chroma = colorizer.predict_picture(read_picture(to_gray(rgb))).chroma
    height, width = chroma.shape[1:]
    return Painted(to_lab(resize(rgb, height, width)), chroma)


def _sampled(painted: Painted) -> tuple[F32, F32, F32]:
    """Take evenly spread pixels: (m,) L*, (m, 2) true and (m, 2) predicted a*, b*."""
    lab = painted.lab.reshape(-1, 3)
    chroma = painted.chroma.reshape(2, -1).T
    step = max(1, len(lab) // _SAMPLES)
    chosen = slice(step // 2, None, step)
    return lab[chosen, 0], lab[chosen, 1:], chroma[chosen]


def _strength(lightness: F32, color: F32) -> float:
    lab = np.concatenate([lightness[:, None], color], axis=1).astype(np.float32)
    codes = np.clip(np.rint(255 * lab_to_srgb(lab)), 0, 255).astype(np.uint8)
    return colorfulness(codes[None])


def _mean_strength(scale: float, samples: Sequence[tuple[F32, F32, F32]]) -> float:
    return float(np.mean([_strength(light, scale * ours) for light, _, ours in samples]))


def _scale_to(wanted: float, samples: Sequence[tuple[F32, F32, F32]]) -> float:
    """Find by halving the one number that brings a model's colors to a mean colorfulness."""
    low, high = 0.0, _GREATEST_SCALE
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_paler = _mean_strength(middle, samples) < wanted
        low, high = (middle, high) if is_paler else (low, middle)
    return (low + high) / 2


def _distance(painted: Painted, scale: float) -> F32:
    """Give the ab error of each pixel (h, w), of colors that sRGB can show."""
    lightness = painted.lab[..., 0]
    shown = srgb_to_lab(fit_to_srgb(lightness, np.float32(scale) * painted.chroma))
    return np.asarray(np.hypot(*np.moveaxis(shown[..., 1:] - painted.lab[..., 1:], -1, 0)))
