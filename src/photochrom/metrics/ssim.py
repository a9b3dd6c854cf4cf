"""SSIM: structural similarity as Wang et al. defined it."""

from typing import Final

import numpy as np

from photochrom.arrays import F64, U8

_RADIUS: Final = 5
_SIGMA: Final = 1.5
_LUMINANCE: Final = (0.01 * 255) ** 2
_CONTRAST: Final = (0.03 * 255) ** 2


_BELL: Final = np.exp(-0.5 * (np.arange(_RADIUS + 1) / _SIGMA) ** 2)
_TAPS: Final = _BELL / (2 * _BELL.sum() - _BELL[0])  # center first; all 11 add up to 1


def _blur_rows(planes: F64) -> F64:
    """Filter (..., H, W) down the rows, only where the whole window lies inside."""
    rows = planes.shape[-2] - 2 * _RADIUS
    blurred: F64 = planes[..., _RADIUS : _RADIUS + rows, :] * _TAPS[0]
    for offset in range(1, _RADIUS + 1):
        above = planes[..., _RADIUS - offset : _RADIUS - offset + rows, :]
        below = planes[..., _RADIUS + offset : _RADIUS + offset + rows, :]
        blurred += (above + below) * _TAPS[offset]
    return blurred


def _blur(planes: F64) -> F64:
    """Filter (H, W) with the Gaussian window, dropping a border of 5 pixels."""
    down = _blur_rows(planes)
    return np.swapaxes(_blur_rows(np.ascontiguousarray(np.swapaxes(down, -1, -2))), -1, -2)


def _plane_ssim(first: F64, second: F64) -> float:
    """Compare two (H, W) channels of codes."""
    mean_1, mean_2 = _blur(first), _blur(second)
    variance_1 = _blur(first * first) - mean_1 * mean_1
    variance_2 = _blur(second * second) - mean_2 * mean_2
    covariance = _blur(first * second) - mean_1 * mean_2
    above = (2 * mean_1 * mean_2 + _LUMINANCE) * (2 * covariance + _CONTRAST)
    below = (mean_1**2 + mean_2**2 + _LUMINANCE) * (variance_1 + variance_2 + _CONTRAST)
    return float((above / below).mean())


def ssim(predicted: U8, truth: U8) -> float:
    """Compare local structure, channel by channel; higher is better.

    Gaussian window of 11 x 11 with sigma = 1.5, K1 = 0.01, K2 = 0.03, range 255; mean of the three
    sRGB channels; a border of 5 pixels is dropped. Pictures that keep the given lightness lie above
    0.85.

    Args:
        predicted: (H, W, 3) uint8 sRGB.
        truth: the same shape.

    Returns:
        -1 to 1; 1 for identical pictures. A side below 11 pixels is mirrored until it has 11.

    Source: Wang et al. 2004; equals scikit-image's ``structural_similarity`` with
    ``gaussian_weights=True, sigma=1.5, use_sample_covariance=False``.

    >>> black, gray = np.zeros((16, 16, 3), np.uint8), np.full((16, 16, 3), 128, np.uint8)
    >>> round(ssim(gray, black), 6)  # 6.5025 / (128**2 + 6.5025)
    0.000397
    """
    window = 2 * _RADIUS + 1
    missing = [*((0, max(window - side, 0)) for side in predicted.shape[:2]), (0, 0)]
    first, second = (
        np.pad(each.astype(np.float64), missing, mode="symmetric") for each in (predicted, truth)
    )
    channels = [_plane_ssim(first[..., c], second[..., c]) for c in range(first.shape[-1])]
    return float(np.mean(channels))
