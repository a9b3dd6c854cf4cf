"""Colored scenes made for the tests of audits: things of one color each, under uneven light."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photochrom.color.gamut import fit_to_srgb

F32 = NDArray[np.float32]
SEEDS = (4, 5, 8, 10, 11, 15, 18)  # of scenes whose gray is where that of the others is


def scene(seed: int = 0, side: int = 96) -> F32:
    """Paint (side, side, 3) L*, a*, b*: a colored ground with five colored things on it.

    There are seven scenes, from 0.
    """
    random = np.random.default_rng(SEEDS[seed])
    down, right = np.mgrid[:side, :side] / side
    lightness = 50 + 10 * np.sin(5 * down + 4 * right + seed)
    chroma = np.broadcast_to(random.normal((12, 14), 3, 2), (side, side, 2)).astype(float)
    for _ in range(5):
        middle, axes = random.uniform(0.1, 0.9, 2), random.uniform(0.1, 0.25, 2)
        distance = np.hypot((down - middle[0]) / axes[0], (right - middle[1]) / axes[1])
        inside = np.clip((1 - distance) * 20, 0, 1)
        lightness = lightness * (1 - inside) + inside * random.choice([22.0, 82.0])
        chroma = chroma * (1 - inside[..., None]) + inside[..., None] * random.normal(0, 18, 2)
    lightness = lightness + random.normal(0, 1.5, lightness.shape)
    return np.concatenate([lightness[..., None], chroma], axis=-1).astype(np.float32)


def to_rgb(lab: F32) -> NDArray[np.uint8]:
    """Turn L*, a*, b* into uint8 sRGB, chroma fitted into the gamut."""
    fitted = fit_to_srgb(lab[..., 0], np.moveaxis(lab[..., 1:], -1, 0))
    return np.rint(255 * fitted).astype(np.uint8)


def with_gray_patch(lab: F32, down: float = 0.3, right: float = 0.7, size: float = 0.08) -> F32:
    """Take the color out of a disk, given as shares of the side."""
    side = len(lab)
    rows, columns = np.mgrid[:side, :side] / side
    planted = lab.copy()
    planted[np.hypot(rows - down, columns - right) < size, 1:] *= 0.05
    return planted


def with_moved_chroma(lab: F32, pixels: int = 6) -> F32:
    """Move chroma to the right."""
    moved = np.roll(lab[..., 1:], pixels, axis=1)
    return np.concatenate([lab[..., :1], moved], axis=-1)


def with_cast(lab: F32, a: float, b: float) -> F32:
    """Move all chroma."""
    return lab + np.array([0, a, b], np.float32)


def save_scene(path: Path, lab: F32) -> Path:
    """Save a scene as a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(to_rgb(lab)).save(path)
    return path
