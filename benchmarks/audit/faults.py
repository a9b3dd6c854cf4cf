"""Plant faults of known size into pictures: a cast, a gray patch, moved chroma, a blotch."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.gamut import fit_to_srgb
from photochrom.picture.pixels import to_lab

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
Plant = Callable[[U8, np.random.Generator], U8 | None]

CAST: Final = 8.0  # ΔE*ab, in a direction drawn by lot
SHIFT: Final = 6.0  # pixels at an area of 256², in a direction drawn by lot
BLOTCH: Final = 40.0  # ΔE*ab
_HAND: Final = (11.0, 18.0)  # half axes of a hand, in pixels at an area of 256²
_LEFT: Final = 0.1  # of its chroma stays in a gray patch
_COLORED: Final = (15.0, 8.0)  # mean and lower quartile of the chroma where a hand may lie
_TRIES: Final = 60


def plant_cast(picture: U8, random: np.random.Generator) -> U8:
    """Move all chroma in one direction."""
    lab = to_lab(picture)
    return _to_srgb(lab[..., 0], lab[..., 1:] + _direction(random, CAST))


def plant_gray_patch(picture: U8, random: np.random.Generator) -> U8 | None:
    """Take the color out of an ellipse of the size of a hand; None where nothing has color."""
    lab = to_lab(picture)
    strength = np.hypot(lab[..., 1], lab[..., 2])
    for _ in range(_TRIES):
        inside, soft = _ellipse(picture.shape[:2], random)
        there = strength[inside]
        if there.mean() >= _COLORED[0] and np.percentile(there, 25) >= _COLORED[1]:
            kept = 1 - (1 - _LEFT) * soft[..., None]
            return _to_srgb(lab[..., 0], lab[..., 1:] * kept)
    return None


def plant_shift(picture: U8, random: np.random.Generator) -> U8:
    """Move chroma against lightness; the edge is repeated."""
    lab = to_lab(picture)
    height, width = picture.shape[:2]
    pixels = SHIFT * np.sqrt(height * width) / 256
    down, right = np.rint(_direction(random, pixels)).astype(int)
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return _to_srgb(lab[..., 0], lab[rows][:, columns, 1:])


def plant_blotch(picture: U8, random: np.random.Generator) -> U8:
    """Lay an ellipse of strong color over a picture."""
    lab = to_lab(picture)
    _, soft = _ellipse(picture.shape[:2], random)
    return _to_srgb(lab[..., 0], lab[..., 1:] + soft[..., None] * _direction(random, BLOTCH))


FAULTS: Final[Mapping[str, Plant]] = {
    "cast of 8 ΔE": plant_cast,
    "gray patch": plant_gray_patch,
    "chroma moved 6 px": plant_shift,
    "blotch of 40 ΔE": plant_blotch,
}


def synthetic(seed: int, side: int = 224) -> U8:
    """Paint a scene of soft-edged things, each of one color under uneven light, with grain."""
    random = np.random.default_rng(seed)
    down, right = np.mgrid[:side, :side] / side
    lightness = 50 + 12 * np.sin(5 * down + 4 * right + random.uniform(0, 6))
    chroma = np.broadcast_to(random.normal(0, 8, 2), (side, side, 2)).astype(np.float64)
    for _ in range(24):
        middle, axes = random.uniform(0, 1, 2), random.uniform(0.06, 0.3, 2)
        distance = np.hypot((down - middle[0]) / axes[0], (right - middle[1]) / axes[1])
        inside = np.clip((1 - distance) * 12, 0, 1)
        lightness = lightness * (1 - inside) + inside * random.uniform(15, 90)
        chroma = chroma * (1 - inside[..., None]) + inside[..., None] * random.normal(0, 20, 2)
    lightness = lightness + random.normal(0, 2, lightness.shape)
    return _to_srgb(np.clip(lightness, 0, 100).astype(np.float32), chroma)


def _direction(random: np.random.Generator, length: float) -> F32:
    angle = random.uniform(0, 2 * np.pi)
    return np.array([length * np.sin(angle), length * np.cos(angle)], np.float32)


def _ellipse(size: tuple[int, ...], random: np.random.Generator) -> tuple[NDArray[np.bool_], F32]:
    """Draw an ellipse by lot: where its surroundings are, and its soft-edged inside."""
    height, width = size
    half = random.uniform(*_HAND, 2) * np.sqrt(height * width) / 256
    middle = [random.uniform(h + 4, n - h - 4) for h, n in zip(half, size, strict=True)]
    down, right = np.mgrid[:height, :width]
    distance = np.hypot((down - middle[0]) / half[0], (right - middle[1]) / half[1])
    soft = np.clip((1 - distance) * half.min() / 2 + 0.5, 0, 1).astype(np.float32)
    return distance < 1.3, soft


def _to_srgb(lightness: F32, chroma: NDArray[np.floating]) -> U8:
    fitted = fit_to_srgb(lightness, np.moveaxis(chroma, -1, 0).astype(np.float32))
    return np.rint(255 * fitted).astype(np.uint8)
