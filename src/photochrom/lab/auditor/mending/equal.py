"""Errors at equal colorfulness: so that neither a paler nor a bolder model wins by that alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from photochrom.arrays import F32, F64
from photochrom.collection import Item
from photochrom.engine.colorizer import Colorizer
from photochrom.evaluation.protocol import PROTOCOLS
from photochrom.metrics.auc import auc_from_sums, error_sums
from photochrom.metrics.equal import EQUAL_SHARE, Sample, mean_colorfulness, scale_to, shown
from photochrom.picture import read_picture
from photochrom.picture.pixels import resize, to_gray, to_lab
from photochrom.work.parallel import in_parallel

_SAMPLES: Final = 1000  # pixels of a picture from which colorfulness is measured
_PROTOCOL: Final = PROTOCOLS["whole-256"]


@dataclass(frozen=True, slots=True)
class EqualPainted:
    """A photograph and what a model makes of it, at the model's working size.

    Attributes:
        lab: (h, w, 3) L*, a*, b* of the photograph.
        chroma: (2, h, w) predicted a* and b*.
    """

    lab: F32
    chroma: F32


@dataclass(frozen=True, slots=True)
class EqualScore:
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


def score(colorizer: Colorizer, items: Sequence[Item]) -> EqualScore:
    """Score a model on color photographs.

    Args:
        colorizer: the model.
        items: photographs with color, at least one.

    Raises:
        InputError: when a photograph cannot be read.
    """
    painted = list(in_parallel(partial(_paint, colorizer), items))
    ours = [_sampled(each, each.chroma) for each in painted]
    theirs = [_sampled(each, np.moveaxis(each.lab[..., 1:], -1, 0)) for each in painted]
    truth = mean_colorfulness(theirs)
    scale = scale_to(EQUAL_SHARE * truth, ours)
    distances = []  # the ab error of each pixel, of colors that sRGB can show
    for each in painted:
        colors = shown(each.lab[..., 0], np.float32(scale) * each.chroma)
        distances.append(np.hypot(*(colors - np.moveaxis(each.lab[..., 1:], -1, 0))))
    sums = np.array([error_sums(distance) for distance in distances]).sum(axis=0)
    return EqualScore(
        errors=np.array([float(distance.mean()) for distance in distances]),
        auc=auc_from_sums(float(sums[0]), float(sums[1])),
        colorfulness=mean_colorfulness(ours, colorizer.saturation) / truth,
    )


def _paint(colorizer: Colorizer, item: Item) -> EqualPainted:
    rgb = _PROTOCOL.apply(item.read())
    chroma = colorizer.predict_picture(read_picture(to_gray(rgb))).chroma
    height, width = chroma.shape[1:]
    return EqualPainted(to_lab(resize(rgb, height, width)), chroma)


def _sampled(painted: EqualPainted, chroma: F32) -> Sample:
    """Take evenly spread pixels of the lightness and of (2, h, w) a*, b*."""
    lightness = painted.lab[..., 0].ravel()
    step = max(1, len(lightness) // _SAMPLES)
    chosen = slice(step // 2, None, step)
    return lightness[chosen], chroma.reshape(2, -1).T[chosen]
