"""Small photographs made for the tests: seeded, of every tone, with something to see in them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def gray_scene(height: int = 48, width: int = 64, *, seed: int = 0) -> NDArray[np.float64]:
    """Make soft shapes with a little grain, (height, width) in 0..1."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width] / max(height, width)
    waves = sum(
        np.sin(random.uniform(4, 14) * rows + random.uniform(4, 14) * columns + phase)
        for phase in random.uniform(0, 6, 4)
    )
    scene: NDArray[np.float64] = 0.5 + waves / 10 + random.normal(0, 0.01, (height, width))
    return np.clip(scene, 0, 1)


def save_gray(path: Path, *, seed: int = 0, size: tuple[int, int] = (48, 64)) -> Path:
    """Save a gray photograph of 8 bits in the format of the suffix."""
    codes = np.rint(gray_scene(*size, seed=seed) * 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(codes).save(path)
    return path


def save_sepia(path: Path, *, seed: int = 0) -> Path:
    """Save a toned print: one tint for each gray."""
    gray = gray_scene(seed=seed)
    toned = np.stack([gray**0.8, gray, gray**1.4], axis=-1)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.rint(toned * 255).astype(np.uint8)).save(path)
    return path


def save_color(path: Path, *, seed: int = 0) -> Path:
    """Save a photograph with real color: three unrelated channels."""
    channels = [gray_scene(seed=seed + channel) for channel in range(3)]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.rint(np.stack(channels, axis=-1) * 255).astype(np.uint8)).save(path)
    return path
