import numpy as np
import pytest
import torch

from photochrom.lab.data.pictures import PictureStore


def colorful_pixels(count: int, side: int, seed: int = 0) -> torch.Tensor:
    """Pictures of smooth random colors: (count, side, side, 3) uint8."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 4, 4, 3))
    fine = coarse.repeat(side // 4, axis=1).repeat(side // 4, axis=2)
    return torch.from_numpy(fine.astype(np.uint8))


@pytest.fixture(scope="session")
def store() -> PictureStore:
    return PictureStore(
        pixels=colorful_pixels(12, 64),
        names=tuple(f"{n}.png" for n in range(12)),
        labels=tuple(("", "bear", "cat")[n % 3] for n in range(12)),
        sha256=tuple(f"{n:064x}" for n in range(12)),
    )


@pytest.fixture(scope="session", autouse=True)
def _share_exports(shared_exports: object) -> None:
    """Let these tests share graphs."""
