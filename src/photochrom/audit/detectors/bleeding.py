"""Bleeding: color that does not keep to the edges of things."""

import math
from itertools import product
from typing import Final

import numpy as np

from photochrom.arrays import F32
from photochrom.audit.detectors.detector import Detection
from photochrom.picture.windows import box_mean, halved

_REACH: Final = (3,)  # pixels of the half-size picture: 6 of the whole
_RADIUS: Final = 4  # of the window in which lightness explains color
_MIDDLE: Final = 50.0  # L*, taken off so that squares stay small
_NOISE: Final = 4.0  # variance of L* that explains nothing
_ALIKE: Final = 0.3  # percent by which directions differ in any picture
_FAINT: Final = 1.0  # variance of chroma that needs no explanation
MARGIN: Final = max(_REACH) + 1 + _RADIUS  # at the edge, where there is nothing to move in
LEAST_SIDE: Final = 48  # pixels; smaller pictures are all margin


def bleeding(lab: F32) -> Detection:
    """Measure whether color would fit the edges of lightness better somewhere else.

    In windows of 9 x 9 pixels of the half-size picture lightness explains the share
    R2(d) = sum_c cov(L, c_d)^2 / (var L + 4) / (var a + var b + 1) of the variance of chroma, where
    c_d is a* or b* moved by d. Where color sits on edges, R2(0) is the largest. With R2 in percent
    and eight d of 6 pixels, map = max(0, max_d R2(d) - R2(0)); with E the mean over the picture,
    score = (max_d E R2(d) - E R2(0)) / (std_d E R2(d) + 0.3), negative when color sits where it
    should.

    Args:
        lab: (H, W, 3) L*, a*, b*, at least `LEAST_SIDE` pixels a side.

    Returns:
        The score, in spreads over the directions; the map in percent of the variance of chroma.

    Source: own; measured on photographs whose chroma was moved by 6 pixels (docs/experiments.md).
    """
    half = np.moveaxis(halved(lab), -1, 0)
    shares = 100 * _explained(half[0] - np.float32(_MIDDLE), half[1:])
    here, moved = shares[0], shares[1:]
    means = moved.mean(axis=(1, 2), dtype=np.float64)
    score = float((means.max() - here.mean(dtype=np.float64)) / (means.std() + _ALIKE))
    where = np.pad(np.maximum(0.0, moved.max(axis=0) - here), MARGIN)
    return Detection(score, where.astype(np.float32))


def _explained(lightness: F32, chroma: F32) -> F32:
    """Give R2 (1 + displacements, h, w) inside the margin; the first is that of no displacement."""
    height, width = lightness.shape
    inside = np.s_[..., MARGIN : height - MARGIN, MARGIN : width - MARGIN]
    angles = np.arange(8) * np.pi / 4
    steps = [(0, 0)]  # (down, right): none, then eight directions for each reach
    for reach, angle in product(_REACH, angles.tolist()):
        steps.append((round(reach * math.sin(angle)), round(reach * math.cos(angle))))
    moved = np.stack([np.roll(chroma, (-down, -right), (1, 2)) for down, right in steps])
    mean_light = box_mean(lightness, _RADIUS)
    variance_light = box_mean(lightness**2, _RADIUS) - mean_light**2
    means = box_mean(chroma, _RADIUS)
    spread = (box_mean(chroma**2, _RADIUS) - means**2).sum(axis=0)
    moved_means = np.stack([np.roll(means, (-down, -right), (1, 2)) for down, right in steps])
    moved_spread = np.stack([np.roll(spread, (-down, -right), (0, 1)) for down, right in steps])
    together = box_mean(lightness * moved, _RADIUS) - mean_light * moved_means
    explained = (together**2).sum(axis=1) / (np.maximum(variance_light, 0) + _NOISE)
    return np.asarray((explained / (np.maximum(moved_spread, 0) + _FAINT))[inside])
