"""Fidelity: PSNR, percent of differing pixels, lightness error."""

from typing import Final

import numpy as np

from photochrom.arrays import F32, U8

PSNR_CAP: Final = 100.0  # dB, given to identical pictures


def psnr(predicted: U8, truth: U8) -> float:
    """Measure the peak signal-to-noise ratio over all pixels and channels; higher is better.

    Args:
        predicted: (H, W, 3) uint8 sRGB.
        truth: the same shape.

    Returns:
        Decibel; 100 at most, which is what identical pictures get.

    >>> round(psnr(np.full((2, 2, 3), 5, np.uint8), np.zeros((2, 2, 3), np.uint8)), 2)
    34.15
    """
    difference = predicted.astype(np.int32) - truth
    mean_square = float(np.square(difference).mean())
    if mean_square == 0:
        return PSNR_CAP
    return float(min(10 * np.log10(255**2 / mean_square), PSNR_CAP))


def largest_differences(predicted: U8, truth: U8) -> U8:
    """Find the largest difference of each pixel's three codes.

    Args:
        predicted: (H, W, 3) uint8 sRGB.
        truth: the same shape.

    Returns:
        (H, W) uint8, 0 to 255.
    """
    difference = np.abs(predicted.astype(np.int16) - truth)
    return np.asarray(difference.max(axis=-1), np.uint8)


def percent_different(predicted: U8, truth: U8, threshold: int = 0) -> float:
    """Count the pixels with a code that is off by more than a threshold; lower is better.

    At threshold 0 nearly every pixel differs for any method (94 % and 96 % were published), so
    that it says little; hence the higher thresholds.

    Args:
        predicted: (H, W, 3) uint8 sRGB.
        truth: the same shape.
        threshold: 0 to 255; a difference must be larger to count.

    Returns:
        Percent, 0 to 100.

    >>> truth = np.zeros((1, 4, 3), np.uint8)
    >>> shifted = truth + np.uint8([[[0], [2], [3], [16]]])
    >>> [percent_different(shifted, truth, threshold) for threshold in (0, 2, 8, 16)]
    [75.0, 50.0, 25.0, 0.0]
    """
    return float(100 * (largest_differences(predicted, truth) > threshold).mean())


def percent_different_deep_cnn(predicted: U8, truth_gray: U8) -> float:
    """Count the pixels that differ from the original turned gray, as the Deep-CNN paper did.

    It calls what came out an accuracy (94 % and 96 %), but since the original lost its color first,
    it counts every pixel that got any: gray scores 0, the original itself nearly 100. Neither
    direction is better.

    Args:
        predicted: (H, W, 3) uint8 sRGB.
        truth_gray: (H, W) uint8, the original turned gray.

    Returns:
        Percent, 0 to 100.

    >>> gray = np.full((1, 4), 90, np.uint8)
    >>> shown = np.repeat(gray[..., None], 3, axis=-1)
    >>> shown[0, 0, 2] += 1
    >>> percent_different_deep_cnn(shown, gray)
    25.0
    """
    return percent_different(predicted, np.repeat(truth_gray[..., None], 3, axis=-1))


def lightness_error(predicted: F32, truth: F32) -> float:
    """Measure how much the light and dark of a picture were changed; lower is better.

    A colorizer that keeps the photograph's lightness stays below 0.3, which 8-bit rounding costs.

    Args:
        predicted: (H, W, 3) L*, a*, b*.
        truth: the same shape.

    Returns:
        Mean absolute difference of L*, 0 to 100.

    >>> lightness_error(np.float32([[[50, 9, 9]]]), np.float32([[[48, 0, 0]]]))
    2.0
    """
    return float(np.abs(predicted[..., 0] - truth[..., 0]).mean(dtype=np.float64))
