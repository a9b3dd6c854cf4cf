"""Everything that is counted on one colored picture, in sums that add up over pictures."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.arrays import F32, F64, U8
from photochrom.engine.resample import resample
from photochrom.metrics.auc import ab_errors, auc_terms
from photochrom.metrics.colorfulness import colorfulness, colorfulness_signed
from photochrom.metrics.confidence import calibration_sums, confidence_rank
from photochrom.metrics.difference import delta_e_2000
from photochrom.metrics.fidelity import (
    largest_differences,
    lightness_error,
    percent_different_deep_cnn,
    psnr,
)
from photochrom.metrics.histogram import color_counts
from photochrom.metrics.intensity import level_sums
from photochrom.metrics.rarity import rarity_weights
from photochrom.metrics.ssim import ssim
from photochrom.picture.pixels import is_gray, put_chroma, to_gray, to_lab

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


STRENGTHS: Final = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)  # of the chroma, for the curve
CURVE: Final = ("auc", "auc_rebalanced", "colorfulness", "colorfulness_truth")
REGION: Final = ("auc", "auc_rebalanced", "delta_e", "chroma", "chroma_truth")
REGIONS: Final = ("object", "background")
PARTS: Final = ("whole", *REGIONS)
TOLERANCES: Final = 151  # whole ab errors 0 to 150
_STRIDE: Final = 2  # every second pixel both ways is enough for a curve over a whole set
_RANK_STRIDE: Final = 3  # pixels of a picture are far from independent


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted on a picture beyond what is always counted.

    Attributes:
        inside: (H, W) bool, the object; None when there is no mask.
        probe: whether to count colors by lightness.
    """

    inside: NDArray[np.bool_] | None = None
    probe: bool = False


def tally(predicted: U8, confidence: F32 | None, truth: Truth, asked: Asked) -> dict[str, F64]:
    """Count everything on one picture.

    Args:
        predicted: (H, W, 3) uint8 sRGB, of the size of the truth.
        confidence: (h, w) 0 to 1, or None.
        truth: the original.
        asked: what else to count.

    Returns:
        ``ratios`` (2, RATIOS), ``colors`` (2, 313) of prediction and truth, ``errors`` (151,)
        pixels by ab error, rounded up, ``strengths`` (STRENGTHS, 2, CURVE), ``confidence`` (2,)
        and ``calibration`` (10, 2); with a mask ``regions`` (REGIONS, 2, REGION); with the probe
        ``levels`` (PARTS, 2, 64, 4), of prediction and truth.
    """
    lab = to_lab(predicted)
    errors = ab_errors(lab, truth.lab)
    counted = {
        "ratios": measure(predicted, truth),
        "colors": np.stack([color_counts(lab), truth.color_counts]),
        "errors": _error_counts(errors),
        "strengths": _strengths(predicted, truth),
        **_confidence(confidence, errors),
    }
    if asked.inside is not None:
        masks = (asked.inside, ~asked.inside)
        counted["regions"] = np.stack([_region(lab, truth, mask) for mask in masks])
    if asked.probe:
        counted["levels"] = _levels(lab, truth.lab, asked.inside)
    return counted


def _error_counts(errors: F32) -> F64:
    """Count the pixels by ab error, rounded up, 150 and more together."""
    whole = np.minimum(np.ceil(errors), TOLERANCES - 1).astype(np.int64)
    return np.bincount(whole.ravel(), minlength=TOLERANCES).astype(np.float64)


def _strengths(predicted: U8, truth: Truth) -> F64:
    """Measure the picture with its chroma multiplied: (STRENGTHS, 2, CURVE)."""
    part = (slice(None, None, _STRIDE), slice(None, None, _STRIDE))
    shown, lab = to_lab(np.ascontiguousarray(predicted[part])), truth.lab[part]
    gray, weights = np.ascontiguousarray(truth.gray[part]), truth.weights[part]
    strength = colorfulness(np.ascontiguousarray(truth.rgb[part]))
    rows = []
    for factor in STRENGTHS:
        painted = put_chroma(gray, shown[..., 1:] * np.float32(factor))
        errors = ab_errors(to_lab(painted), lab)
        sums = [auc_terms(errors, None), auc_terms(errors, weights)]
        rows.append([*sums, (colorfulness(painted), 1.0), (strength, 1.0)])
    return np.swapaxes(np.array(rows, np.float64), 1, 2)


def _confidence(confidence: F32 | None, errors: F32) -> dict[str, F64]:
    """Count confidence against errors; zeros for a model that tells none."""
    if confidence is None:
        return {"confidence": np.zeros(2), "calibration": np.zeros((10, 2))}
    sure = resample(confidence[None], *errors.shape)[0].clip(0, 1)
    sparse = (slice(None, None, _RANK_STRIDE), slice(None, None, _RANK_STRIDE))
    rank = confidence_rank(sure[sparse], errors[sparse])
    return {
        "confidence": np.array([rank, 1.0]),
        "calibration": calibration_sums(sure, errors),
    }


def _region(lab: F32, truth: Truth, mask: NDArray[np.bool_]) -> F64:
    """Measure the pixels of a region: (2, REGION); all zeros for an empty one."""
    if not mask.any():
        return np.zeros((2, len(REGION)))
    shown, true = lab[mask], truth.lab[mask]
    errors, pixels = ab_errors(shown, true), float(mask.sum())
    sums = [
        auc_terms(errors, None),
        auc_terms(errors, truth.weights[mask]),
        (float(delta_e_2000(shown, true).sum(dtype=np.float64)), pixels),
        (float(np.hypot(shown[:, 1], shown[:, 2]).sum(dtype=np.float64)), pixels),
        (float(np.hypot(true[:, 1], true[:, 2]).sum(dtype=np.float64)), pixels),
    ]
    return np.array(sums, np.float64).T


def _levels(shown: F32, truth: F32, inside: NDArray[np.bool_] | None) -> F64:
    """Count colors by lightness, of the truth's L*, in the whole and in both regions."""
    lightness = truth[..., :1]
    pair = [np.concatenate([lightness, each[..., 1:]], axis=-1) for each in (shown, truth)]
    whole = np.stack([level_sums(each) for each in pair])
    if inside is None:
        return np.stack([whole, np.zeros_like(whole), np.zeros_like(whole)])
    within = np.stack([level_sums(each[inside]) for each in pair])
    return np.stack([whole, within, whole - within])
