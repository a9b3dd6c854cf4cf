"""Measure one colored picture against its original."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from photochrom.arrays import F32, F64, U8
from photochrom.metrics.auc import ab_errors, auc_terms
from photochrom.metrics.colorfulness import colorfulness, colorfulness_signed
from photochrom.metrics.difference import delta_e_2000
from photochrom.metrics.fidelity import (
    largest_differences,
    lightness_error,
    percent_different_deep_cnn,
    psnr,
)
from photochrom.metrics.histogram import color_counts
from photochrom.metrics.rarity import rarity_weights
from photochrom.metrics.ssim import ssim
from photochrom.picture.pixels import is_gray, to_gray, to_lab

THRESHOLDS: Final = (0, 2, 8, 16)
NOTICEABLE: Final = 2.3  # ΔE that an attentive eye just notices; Mahy et al. 1994

# Every one is a ratio of two sums over pictures, so that pooling and resampling are additions.
RATIOS: Final = (
    "auc",
    "auc_rebalanced",
    "auc_rebalanced_cic",
    "psnr",
    "ssim",
    "delta_e",
    "colorfulness",
    "colorfulness_truth",
    "colorfulness_signed",
    "mean_colorfulness_difference",
    *(f"percent_different_{threshold}" for threshold in THRESHOLDS),
    "percent_different_deep_cnn",
    "percent_noticeable",
    "lightness_error",
)


@dataclass(frozen=True)
class Truth:
    """An original at the size of the protocol; what every model shares is computed once."""

    rgb: U8

    @cached_property
    def lab(self) -> F32:
        """(H, W, 3) L*, a*, b*."""
        return to_lab(self.rgb)

    @cached_property
    def gray(self) -> U8:
        """(H, W) what colorizers are given."""
        return to_gray(self.rgb)

    @cached_property
    def weights(self) -> F32:
        """(H, W) weights of AuC-rebalanced."""
        return rarity_weights(self.lab)

    @cached_property
    def weights_unclipped(self) -> F32:
        """(H, W) the same without a floor."""
        return rarity_weights(self.lab, 0.0)

    @cached_property
    def colorfulness(self) -> float:
        """Of the original."""
        return colorfulness(self.rgb)

    @cached_property
    def color_counts(self) -> F64:
        """(313,) pixels by cell of the a* b* plane."""
        return color_counts(self.lab)

    @property
    def is_gray(self) -> bool:
        """Whether no pixel has an |a*| or |b*| above 5."""
        return is_gray(self.lab[..., 1:])


def measure(predicted: U8, truth: Truth) -> F64:
    """Measure everything in ``RATIOS`` on one picture.

    Args:
        predicted: (H, W, 3) uint8 sRGB, of the size of the truth.
        truth: the original.

    Returns:
        (2, len(RATIOS)) numerators and denominators; a set's value is the ratio of their sums.
    """
    lab = to_lab(predicted)
    strength = colorfulness(predicted)
    largest = largest_differences(predicted, truth.rgb)
    delta_e = delta_e_2000(lab, truth.lab)
    means = (
        psnr(predicted, truth.rgb),
        ssim(predicted, truth.rgb),
        float(delta_e.mean(dtype=np.float64)),
        strength,
        truth.colorfulness,
        colorfulness_signed(predicted),
        abs(strength - truth.colorfulness),
        *(float(100 * (largest > threshold).mean()) for threshold in THRESHOLDS),
        percent_different_deep_cnn(predicted, truth.gray),
        float(100 * (delta_e > NOTICEABLE).mean()),
        lightness_error(lab, truth.lab),
    )
    errors = ab_errors(lab, truth.lab)
    weights = (None, truth.weights, truth.weights_unclipped)
    curves = [auc_terms(errors, each) for each in weights]  # percent times weight, and weight
    return np.array([*curves, *((mean, 1.0) for mean in means)], np.float64).T
