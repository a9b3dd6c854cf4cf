"""Collections whose true colors follow from what a base paints, so that they can be learned."""

from pathlib import Path

import numpy as np
from PIL import Image

from photochrom.color.lab import gray_to_lightness, lab_to_srgb
from photochrom.engine.session import Session
from tests.photographs import gray_scene

SIDE = 64
TURN = np.float32([[0.0, -0.4], [0.4, 0.0]])  # of base chroma; mirrored for the second kind


def save_taught(folder: Path, base: Path, count: int, *, first: int = 0, sign: float = 1) -> Path:
    """Save scenes whose chroma is that of the base, turned by 90 degrees and paler."""
    session = Session(base)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        lightness = np.clip(gray_to_lightness(gray_scene(SIDE, SIDE, seed=number)), 35, 75).astype(
            np.float32
        )
        chroma = np.einsum("ij,jhw->ihw", sign * TURN, session.run(lightness).chroma)
        stride = SIDE // chroma.shape[1]
        wide = chroma.repeat(stride, axis=1).repeat(stride, axis=2)
        lab = np.concatenate([lightness[None], wide]).transpose(1, 2, 0)
        codes = np.rint(255 * np.clip(lab_to_srgb(lab), 0, 1)).astype(np.uint8)
        Image.fromarray(codes).save(folder / f"{folder.name}-{number:02}.png")
    return folder


def save_tinted(folder: Path, count: int, *, angle: float | None = None) -> Path:
    """Save scenes of one hue each, which follows from nothing; or all of the same hue."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        own = np.random.default_rng(number).uniform(0, 2 * np.pi) if angle is None else angle
        lightness = 30 + 40 * gray_scene(SIDE, SIDE, seed=number)
        hue = [np.full_like(lightness, 30 * turn(own)) for turn in (np.cos, np.sin)]
        rgb = lab_to_srgb(np.stack([lightness, *hue], axis=-1))
        codes = np.rint(255 * np.clip(rgb, 0, 1)).astype(np.uint8)
        Image.fromarray(codes).save(folder / f"{number:02}.png")
    return folder


def save_half_masks(folder: Path, pictures: Path, *, value: int = 255) -> Path:
    """Save for each picture a mask of its left half."""
    folder.mkdir(parents=True, exist_ok=True)
    for picture in pictures.rglob("*.png"):
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[:, : SIDE // 2] = value
        Image.fromarray(mask).save(folder / picture.name)
    return folder
