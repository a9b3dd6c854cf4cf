"""Small photographs made from a seed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

Folder = Callable[..., Path]


def colorful(seed: int, height: int = 20, width: int = 26) -> np.ndarray:
    """Draw smooth blobs of color, so that chroma is not noise."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def save_photographs(place: Path, *, color: int = 3, gray: int = 0, broken: int = 0) -> Path:
    """Write a new folder of pictures: in color, gray, and such that cannot be read."""
    place.mkdir()
    for number in range(color):
        Image.fromarray(colorful(number)).save(place / f"color-{number}.png")
    for number in range(gray):
        plain = colorful(number)[..., :1].repeat(3, axis=-1)
        Image.fromarray(plain).save(place / f"gray-{number}.png")
    for number in range(broken):
        (place / f"broken-{number}.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    return place
