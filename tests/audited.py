"""Photographs of many colors, which a model that knows one color gets plainly wrong."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from photochrom.cli.main import run
from photochrom.color.lab import gray_to_lightness, lab_to_srgb
from tests.photographs import gray_scene

SIDE = 32


def run_audit(words: Sequence[str]) -> int:
    """Run `photochrom audit …` and give its exit status."""
    return run(["audit", *words])


def save_scenes(folder: Path, count: int, *, spread: float = 30.0) -> Path:
    """Save scenes whose color turns from one hue to another, `spread` ab units from gray."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        first, last = np.random.default_rng(number).uniform(0, 2 * np.pi, 2)
        angle = np.linspace(first, last, SIDE)[None].repeat(SIDE, axis=0)
        lightness = 30 + 0.4 * gray_to_lightness(gray_scene(SIDE, SIDE, seed=number))
        chroma = spread * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        save_lab(folder / f"{number:03}.png", lightness, chroma)
    return folder


def save_lab(path: Path, lightness: np.ndarray, chroma: np.ndarray) -> None:
    """Save L* (H, W) and a*, b* (H, W, 2) as a PNG."""
    rgb = lab_to_srgb(np.concatenate([lightness[..., None], chroma], axis=-1))
    codes = np.rint(255 * np.clip(rgb, 0, 1)).astype(np.uint8)
    Image.fromarray(codes).save(path)


def save_gray_scenes(folder: Path, count: int) -> Path:
    """Save scenes without color."""
    return save_scenes(folder, count, spread=0.0)
