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
