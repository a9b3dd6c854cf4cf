"""What a gray JPEG loses: quantized cosines of blocks of 8 × 8 pixels.

Source: ITU-T T.81, annex A.3.3 (the transform) and table K.1 (luminance); the scaling by quality is
the one of the Independent JPEG Group's library.
"""

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

_SIDE: Final = 8
_CODES_PER_LIGHTNESS: Final = 2.55  # L* stands in for the codes: nearly a straight line, no powers
_LUMINANCE_TABLE: Final = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)


def jpeg(lightness: Tensor, quality: Tensor) -> Tensor:
    """Do to lightness what storing it as a gray JPEG would.

    Args:
        lightness: (N, 1, H, W) L* in [0, 100], any size.
        quality: (N, 1, 1, 1) from 1 to 100, as libjpeg counts it.

    Returns:
        The same shape and range.

    >>> flat, quality = torch.full((1, 1, 8, 8), 200 / 2.55), torch.full((1, 1, 1, 1), 30.0)
    >>> round(2.55 * float(jpeg(flat, quality)[0, 0, 0, 0]), 3)  # 8 * 72 becomes 21 steps of 27
    198.875
    """
    height, width = lightness.shape[2:]
    padded = F.pad(lightness, (0, -width % _SIDE, 0, -height % _SIDE), "replicate")
    cosines = _cosines(lightness)
    steps = _steps(quality.reshape(-1, 1, 1), lightness) / _CODES_PER_LIGHTNESS
    coefficients = _blocks(padded - 128 / _CODES_PER_LIGHTNESS) @ cosines.T
    kept = (coefficients / steps).round() * steps
    decoded = _joined(kept @ cosines, padded.shape) + 128 / _CODES_PER_LIGHTNESS
    return decoded[..., :height, :width].clamp(0, 100)


def _steps(quality: Tensor, like: Tensor) -> Tensor:
    """Scale the table (N, 1, 64) by quality (N, 1, 1), whole numbers from 1 to 255."""
    percent = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality).floor()
    table = torch.tensor(_LUMINANCE_TABLE, dtype=like.dtype, device=like.device).reshape(-1)
    return ((table * percent + 50) / 100).floor().clamp(1, 255)


def _cosines(like: Tensor) -> Tensor:
    """Give the orthonormal cosines (64, 64): a row per coefficient, a column per pixel."""
    index = torch.arange(_SIDE, dtype=like.dtype, device=like.device)
    waves = torch.cos((2 * index + 1) * index[:, None] * math.pi / (2 * _SIDE)) / 2
    waves[0] /= math.sqrt(2)
    return torch.kron(waves, waves)


def _blocks(lightness: Tensor) -> Tensor:
    """Cut (N, 1, H, W) into blocks: (N, blocks, 64)."""
    count, _, height, width = lightness.shape
    cut = lightness.reshape(count, height // _SIDE, _SIDE, width // _SIDE, _SIDE)
    return cut.transpose(2, 3).reshape(count, -1, _SIDE**2)


def _joined(blocks: Tensor, shape: torch.Size) -> Tensor:
    """Undo `_blocks`."""
    count, _, height, width = shape
    cut = blocks.reshape(count, height // _SIDE, width // _SIDE, _SIDE, _SIDE)
    return cut.transpose(2, 3).reshape(shape)
