"""How calm film colors are, against the truth: clips made from color photographs.

Every clip is made by moving, cutting, fading and disturbing photographs, so that the true color and
the true motion of each pixel are known. Rows: gray, every frame by itself, and `photochrom film`
with several settings; the colors are measured before they are encoded. Which frames the network is
asked about moves the error of a clip of 40 by a percent: numbers are means over several draws of
grain and flicker.

    python benchmarks/film/calm.py [--model NAME|FILE] [--out FILE.json | --strip FILE.jpg]
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from photochrom.color.lab import gray_to_lightness, srgb_to_gray, srgb_to_lab
from photochrom.engine.colorizer import Colorizer
from photochrom.film.motion import warp
from photochrom.film.parts import FrameCounts, calm_frames, frames_around
from photochrom.film.scenes import SmallFrame
from photochrom.film.settings import FilmOptions
from photochrom.metrics.flicker import Calmness
from photochrom.picture.pixels import paint, resize
from photochrom.texts import json_page

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from timing import circumstances

HEIGHT, WIDTH, FRAMES, FPS = 120, 160, 40, 25
F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Known:
    """A frame whose color and motion are known.

    Attributes:
        lightness: (H, W) L* as the film shows it, with grain and flicker.
        chroma: (2, H, W) true a*, b*.
        ahead: (2, H, W) vectors to the next frame.
        is_seen: (H, W) what the next frame shows as well.
        near: (H, W) within 5 pixels of the edge of a moving object.
    """

    lightness: F32
    chroma: F32
    ahead: F32
    is_seen: NDArray[np.bool_]
    near: NDArray[np.bool_]


def photographs() -> list[NDArray[np.uint8]]:
    """Give color photographs at twice the size of a frame, so that there is room to move."""
    found = [data.astronaut(), data.chelsea(), data.coffee(), data.rocket()]
    return [resize(each, 2 * HEIGHT, 2 * WIDTH) for each in found]


def frame(rgb: NDArray[np.uint8], gain: float, grain: F32) -> tuple[F32, F32]:
    """Give L* as an old film shows it, and true a*, b*."""
    lab = srgb_to_lab((rgb / 255).astype(np.float32))
    gray = srgb_to_gray((rgb / 255).astype(np.float32)) * gain + grain
    return (
        gray_to_lightness(np.clip(gray, 0, 1)).astype(np.float32),
        np.moveaxis(lab[..., 1:], -1, 0).astype(np.float32),
    )


def moving(  # noqa: PLR0913 - each is one thing that may disturb
    rng: np.random.Generator,
    photograph: NDArray[np.uint8],
    *,
    speed: tuple[int, int] = (0, 0),
    grain: float = 0.015,
    flicker: float = 0.0,
    thing: NDArray[np.uint8] | None = None,
    frames: int = FRAMES,
) -> list[Known]:
    """Make a scene: a pan over a photograph, and perhaps a thing that moves before it."""
    known = []
    for number in range(frames):
        y, x = HEIGHT // 2 + speed[0] * number, WIDTH // 4 + speed[1] * number
        rows, columns = np.ix_(
            np.arange(y, y + HEIGHT) % (2 * HEIGHT), np.arange(x, x + WIDTH) % (2 * WIDTH)
        )
        rgb = photograph[rows, columns].copy()
        ahead = np.zeros((2, HEIGHT, WIDTH), np.float32)
        ahead[0], ahead[1] = -speed[1], -speed[0]
        inside = np.zeros((HEIGHT, WIDTH), bool)
        inside[speed[0] :, speed[1] :] = True
        near = np.zeros((HEIGHT, WIDTH), bool)
        if thing is not None:
            left = 5 + 2 * number
            place = np.s_[40:80, left : left + 40]
            width = rgb[place].shape[1]
            rgb[place] = thing[:40, :width]
            ahead[0][place], ahead[1][place] = 2, 0
            near[35:85, max(0, left - 5) : left + 45] = True
            near[45:75, left + 5 : left + 35] = False
            goes = np.arange(WIDTH) - speed[1]  # where the scene's pixels of these rows lie next
            covered = (goes >= left + 2) & (goes < left + 42)
            inside[40 - speed[0] : 80 - speed[0], covered] = False
            inside[place] = True
        gain = 1 + flicker * rng.standard_normal()
        lightness, chroma = frame(
            rgb, gain, rng.normal(0, grain, (HEIGHT, WIDTH)).astype(np.float32)
        )
        if number == frames - 1:
            inside[:] = False  # nothing, or another scene, follows
        known.append(Known(lightness, chroma, ahead, inside, near))
    return known


def clips(seed: int = 25) -> dict[str, list[Known]]:
    """Make all clips, with the grain and the flicker of a seed."""
    rng = np.random.default_rng(seed)
    astronaut, cat, coffee, rocket = photographs()
    return {
        "still, grain": moving(rng, astronaut),
        "still, flickering exposure": moving(rng, coffee, flicker=0.06),
        "pan 2 px": moving(rng, cat, speed=(0, 2)),
        "pan 3, 2 px, flicker": moving(rng, astronaut, speed=(2, 3), flicker=0.04),
        "thing over a still scene": moving(rng, rocket, thing=cat[60:100, 120:160]),
        "thing over a pan": moving(rng, coffee, speed=(0, 1), thing=cat[60:100, 120:160]),
        "cuts": [
            each
            for one in (astronaut, cat, coffee, rocket)
            for each in moving(rng, one, speed=(0, 1), frames=16)
        ],
    }


def colored(clip: list[Known], colorizer: Colorizer, options: FilmOptions) -> tuple[list[F32], int]:
    """Color a clip; give a*, b* of each frame and how many the network saw."""
    tally = FrameCounts()
    smalls = (
        SmallFrame(seconds=number / FPS, lightness=each.lightness, has_color=lambda: False)
        for number, each in enumerate(clip)
    )
    around = frames_around(options, FPS)
    frames = calm_frames(smalls, colorizer, options, turns=0, around=around, tally=tally)
    found = [each.chroma for each in frames]
    return [each for each in found if each is not None], tally.seen


def measured(clip: list[Known], chroma: list[F32]) -> dict[str, float]:
    """Measure a*, b* of all frames of a clip against what is known."""
    calmness = Calmness()
    last: Known | None = None
    for known, each in zip(clip, chroma, strict=True):
        if last is not None and not last.is_seen.any():
            calmness.cut()
        calmness.add(paint(known.lightness, np.moveaxis(each, 0, -1)), known.lightness, each)
        if last is not None and last.is_seen.any():
            calmness.follow(warp(each, last.ahead), last.is_seen)
        last = known
    off = [np.hypot(*(c - k.chroma)) for k, c in zip(clip, chroma, strict=True)]
    near = [each[known.near] for each, known in zip(off, clip, strict=True) if known.near.any()]
    return {
        "trembling": calmness.trembling,
        "warp_error": calmness.warp_error,
        "cdc": calmness.cdc,
        "chroma": float(np.mean([np.hypot(*each).mean() for each in chroma])),
        "ab_error": float(np.mean(off)),
        "ab_error_near_things": float(np.concatenate(near).mean()) if near else float("nan"),
    }


def strip(colorizer: Colorizer) -> NDArray[np.uint8]:
    """Draw a column of pixels over time, every frame by itself beside calm colors."""
    clip = clips()["thing over a still scene"]
    halves = []
    for options in (FilmOptions(every=1, calm=0), FilmOptions()):
        chroma, _ = colored(clip, colorizer, options)
        columns = [
            paint(known.lightness[:, 100:103], np.moveaxis(each[:, :, 100:103], 0, -1))
            for known, each in zip(clip, chroma, strict=True)
        ]
        halves.append(np.concatenate(columns, axis=1))
    gap = np.full((HEIGHT, 6, 3), 255, np.uint8)
    return np.concatenate([halves[0], gap, halves[1]], axis=1).repeat(3, 0).repeat(3, 1)


def main() -> None:
    """Measure all clips with all settings, print tables, and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="autochrome")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--calm", type=float, nargs="*", default=[FilmOptions().calm])
    parser.add_argument("--draws", type=int, default=6, help="of grain and flicker")
    parser.add_argument("--strip", type=Path, help="only draw a picture of a column over time")
    asked = parser.parse_args()
    colorizer = Colorizer(asked.model, threads=1)
    if asked.strip:
        Image.fromarray(strip(colorizer)).save(asked.strip, quality=88)
        return
    rows: dict[str, Callable[[list[Known]], tuple[list[F32], int]]] = {
        "truth": lambda clip: ([each.chroma for each in clip], 0),
        "frame by frame": lambda clip: colored(clip, colorizer, FilmOptions(every=1, calm=0)),
    }
    for calm in asked.calm:
        for every in (1, None):
            options = FilmOptions(every=every, calm=calm)
            name = f"calm {calm:g}, every {every or 'auto'}"
            rows[name] = lambda clip, options=options: colored(clip, colorizer, options)
    draws: dict[tuple[str, str], list[dict[str, float]]] = {}
    for seed in range(25, 25 + asked.draws):
        for title, clip in clips(seed).items():
            for name, row in rows.items():
                began = time.process_time()
                chroma, seen = row(clip)
                took = (time.process_time() - began) / len(clip) * 1000
                values = measured(clip, chroma) | {"seen": seen / len(clip), "cpu_ms": took}
                draws.setdefault((title, name), []).append(values)
    results = []
    for (title, name), each in draws.items():
        means = {key: float(np.mean([one[key] for one in each])) for key in each[0]}
        results.append({"clip": title, "row": name} | means)
        shown = "  ".join(f"{key} {value:.4g}" for key, value in means.items())
        print(f"{title:28} {name:22} {shown}")
    if asked.out:
        told = {"circumstances": circumstances(), "draws": asked.draws, "rows": results}
        asked.out.write_text(json_page(told))


if __name__ == "__main__":
    main()
