"""Draw landscapes that never were, from a seed: nobody's photographs, free for anything.

python examples/study/landscapes.py runs/example-study

writes `originals/` (color) and `gray/` (the same, sRGB-encoded luminance) below that folder.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photochrom.color.lab import lab_to_srgb, srgb_to_lab

F64 = NDArray[np.float64]

COUNT = 60
HEIGHT, WIDTH = 192, 256
_SKIES = ((0.35, 0.56, 0.83), (0.55, 0.72, 0.90), (0.93, 0.70, 0.52), (0.62, 0.66, 0.72))
_LANDS = ((0.30, 0.45, 0.20), (0.55, 0.52, 0.25), (0.62, 0.46, 0.28), (0.22, 0.36, 0.25))


def noise(generator: np.random.Generator, height: int, width: int, cells: int) -> F64:
    """Draw smooth noise in 0…1 by enlarging a few random cells."""
    coarse = generator.random((max(2, cells * height // width), cells)).astype(np.float32)
    grown = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(grown, np.float64), 0, 1)


def landscape(seed: int) -> F64:
    """Draw one: (HEIGHT, WIDTH, 3) sRGB in 0…1."""
    generator = np.random.default_rng(seed)
    down = np.linspace(0, 1, HEIGHT)[:, None, None]
    sky = np.array(_SKIES[generator.integers(len(_SKIES))]) * generator.normal(1, 0.03, 3)
    picture = sky * (1 - down) + (0.75 * sky + 0.25) * down + np.zeros((HEIGHT, WIDTH, 1))
    clouds = noise(generator, HEIGHT, WIDTH, 6) * noise(generator, HEIGHT, WIDTH, 24)
    cover = np.clip((clouds - generator.uniform(0.15, 0.4)) * 3, 0, 0.85)[..., None]
    picture = picture * (1 - cover) + np.array([0.96, 0.95, 0.93]) * cover
    land = np.array(_LANDS[generator.integers(len(_LANDS))]) * generator.normal(1, 0.08, 3)
    horizon = generator.uniform(0.35, 0.55)
    for depth in (0.0, 0.33, 0.66, 1.0):
        picture = _hill(generator, picture, 0.6 * land + 0.4 * sky, land, horizon, depth)
    for _ in range(generator.integers(0, 5)):
        picture = _house(generator, picture)
    grain = generator.normal(0, 0.012, (HEIGHT, WIDTH, 1))
    return np.clip(picture + grain, 0, 1)


def _hill(
    generator: np.random.Generator, picture: F64, far: F64, near: F64, horizon: float, depth: float
) -> F64:
    """Lay one ridge over the picture; near ones are darker, rougher and less blue."""
    ridge = noise(generator, 2, WIDTH, int(3 + 5 * (1 - depth)))[0]
    top = HEIGHT * (horizon + 0.38 * depth + 0.22 * (ridge - 0.5))
    rows = np.arange(HEIGHT)[:, None]
    inside = np.clip(rows - top, 0, 1)[..., None]
    texture = noise(generator, HEIGHT, WIDTH, int(20 + 60 * depth))[..., None]
    color = (far * (1 - depth) + near * depth) * (0.75 + 0.5 * texture)
    return picture * (1 - inside) + color * inside


def _house(generator: np.random.Generator, picture: F64) -> F64:
    """Put a house with a red or gray roof and a white or yellow wall somewhere in the land."""
    size = int(generator.integers(10, 24))
    top, left = (
        int(generator.uniform(0.55, 0.85) * HEIGHT),
        int(generator.uniform(0.02, 0.85) * WIDTH),
    )
    wall = np.array(((0.92, 0.90, 0.84), (0.88, 0.77, 0.50))[generator.integers(2)])
    roof = np.array(((0.66, 0.24, 0.18), (0.40, 0.36, 0.36))[generator.integers(2)])
    picture = picture.copy()
    picture[top : top + size, left : left + int(1.5 * size)] = wall * generator.uniform(0.85, 1)
    for row in range(size // 2):
        picture[top - row, left + row : left + int(1.5 * size) - row] = roof
    window = slice(left + size // 4, left + size // 2)
    picture[top + size // 3 : top + 2 * size // 3, window] = (0.2, 0.22, 0.28)
    return picture


def gray(srgb: F64) -> F64:
    """Take the color away and keep the lightness."""
    lab = srgb_to_lab(srgb)
    lab[..., 1:] = 0
    return np.clip(lab_to_srgb(lab), 0, 1)


def save(path: Path, srgb: F64) -> None:
    """Write a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.rint(srgb * 255).astype(np.uint8)).save(path)


def main() -> None:
    """Draw all of them."""
    folder = Path(sys.argv[1])
    for seed in range(COUNT):
        drawn = landscape(seed)
        save(folder / "originals" / f"landscape-{seed:02}.png", drawn)
        save(folder / "gray" / f"landscape-{seed:02}.png", gray(drawn))


if __name__ == "__main__":
    main()
