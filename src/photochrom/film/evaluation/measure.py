"""Color a film whose colors are known, and measure how right and how calm it comes out.

All is measured before it is coded, at one size, under one lightness. The motion is found in the
true film by iterative Lucas-Kanade (Le Besnerais and Champagnat 2005, as in scikit-image), not by
what `film` finds for itself: nobody is judged by vectors of his own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.lab import srgb_to_lab
from photochrom.engine.predictor import Predictor
from photochrom.engine.resample import resample
from photochrom.engine.tiles import working_shape
from photochrom.errors import InputError
from photochrom.extras import need
from photochrom.film.clip import Clip, ClipFacts
from photochrom.film.colorize import in_step, small_frames
from photochrom.film.evaluation.side_by_side import SideBySide
from photochrom.film.motion import leads_back, softened, warp
from photochrom.film.parts import FrameCounts, calm_frames, frames_around
from photochrom.film.planes import fitted_map, in_planes, plane_of, shrunk_rgb, small_lightness
from photochrom.film.scenes import CalmFrame
from photochrom.film.settings import FilmOptions
from photochrom.metrics.colorfulness import colorfulness
from photochrom.metrics.flicker import Calmness
from photochrom.picture.pixels import paint
from photochrom.work.progress import Stage, silent

F32 = NDArray[np.float32]

TRUTH, GRAY = "truth", "gray"
_SIZE: Final = 192  # frames are measured at an area of so many pixels squared
_RADIUS: Final = 5  # pixels around each that move alike
_LEAST_FRAMES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmScore:
    """How a film came out, colored one way.

    Attributes:
        way: what colored it.
        trembling: median deviation of a*, b* over five frames, of what stands still.
        warp_error: mean squared change of a*, b* along the motion.
        cdc: divergence of the histograms of near frames.
        colorfulness: mean of all frames.
        ab_error: mean distance in a*, b* from the truth.
    """

    way: str
    trembling: float
    warp_error: float
    cdc: float
    colorfulness: float
    ab_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFilm:
    """One film, and all ways of coloring it.

    Attributes:
        name: of its file.
        frames: that were measured.
        scores: of each way, the truth first.
        shown: the same as pictures.
    """

    name: str
    frames: int
    scores: tuple[FilmScore, ...]
    shown: SideBySide


class _Sums:
    """What is summed up of one way, frame by frame."""

    def __init__(self) -> None:
        self.calmness = Calmness()
        self._colorfulness = self._error = 0.0
        self._frames = 0

    def add(self, rgb: NDArray[np.uint8], lightness: F32, chroma: F32, truth: F32) -> None:
        self.calmness.add(rgb, lightness, chroma)
        self._colorfulness += colorfulness(rgb)
        self._error += float(np.hypot(*(chroma - truth)).mean())
        self._frames += 1

    def score(self, way: str) -> FilmScore:
        return FilmScore(
            way=way,
            trembling=self.calmness.trembling,
            warp_error=self.calmness.warp_error,
            cdc=self.calmness.cdc,
            colorfulness=self._colorfulness / self._frames,
            ab_error=self._error / self._frames,
        )


def measure_film(
    path: Path, models: Mapping[str, Predictor], *, limit: int | None = None, stage: Stage = silent
) -> MeasuredFilm:
    """Color a film with each model, every frame by itself and calmly, and compare with its colors.

    Args:
        path: a film in color.
        models: by name; they color what is in color already.
        limit: of frames, from the first on; None for all.
        stage: shows how far it is.

    Raises:
        InputError: when it cannot be read, is not in color, or is too short.
    """
    need("evaluate", "skimage", what="evaluate --film")
    with Clip(path) as clip:
        facts = clip.look()
    if 2 * sum(facts.color) <= len(facts.color):
        raise InputError(f"{path} is not in color, or but for a part; its true colors are unknown")
    ways = {}
    for name, model in models.items():
        ways[f"{name}, frame by frame"] = _colored(path, facts, model, FilmOptions(every=1, calm=0))
        ways[name] = _colored(path, facts, model, FilmOptions())
    sums = {way: _Sums() for way in (TRUTH, GRAY, *ways)}
    shown = SideBySide(list(sums), rate=facts.rate or Fraction(25))
    shape = working_shape(facts.height, facts.width, _SIZE)
    total = min(facts.frames, limit or facts.frames)
    count, last = 0, np.zeros(shape, np.float32)
    with Clip(path) as clip, stage(total, doing="measuring", unit="frames") as tick:
        frames = in_step(path, clip.frames(), *ways.values())
        for count, (frame, *calm) in enumerate(islice(frames, limit), 1):
            lightness = small_lightness(
                plane_of(in_planes(frame, facts.layout), 0, facts.layout), facts.layout, shape
            )
            rgb = shrunk_rgb(frame, facts.layout, shape)
            lab = srgb_to_lab(rgb.astype(np.float32) / 255)
            truth = np.ascontiguousarray(np.moveaxis(lab[..., 1:], -1, 0), np.float32)
            maps = [truth, np.zeros_like(truth), *(_fitted(each, shape) for each in calm)]
            painted = [rgb, *(paint(lightness, np.moveaxis(each, 0, -1)) for each in maps[1:])]
            is_first = all(each.is_first for each in calm)
            gray = softened(lightness)
            motion = None if count == 1 or is_first else _motion(last, gray)
            for each, chroma, picture in zip(sums.values(), maps, painted, strict=True):
                if is_first:
                    each.calmness.cut()
                each.add(picture, lightness, chroma, truth)
                if motion is not None:
                    each.calmness.follow(warp(chroma, motion[0]), motion[1])
            shown.add(
                [np.rot90(each, facts.turns) for each in painted],
                [np.rot90(each, facts.turns, axes=(1, 2)) for each in maps],
            )
            last = gray
            tick()
    if count < _LEAST_FRAMES:
        raise InputError(f"{path} has {count} frames; flicker is measured over {_LEAST_FRAMES}")
    scores = tuple(each.score(way) for way, each in sums.items())
    return MeasuredFilm(name=path.name, frames=count, scores=scores, shown=shown)


def _colored(
    path: Path, facts: ClipFacts, model: Predictor, options: FilmOptions
) -> Iterator[CalmFrame]:
    """Color all frames at the working size of a model."""
    shape = working_shape(facts.height, facts.width, model.size)
    with Clip(path) as clip:
        yield from calm_frames(
            small_frames(clip, facts, shape),
            model,
            options,
            turns=facts.turns,
            around=frames_around(options, float(facts.rate or 25)),
            tally=FrameCounts(),
        )


def _fitted(frame: CalmFrame, shape: tuple[int, int]) -> F32:
    """Give the chroma of a frame the size at which all is measured."""
    if frame.chroma is None:
        raise ValueError("models that measure a film color what is in color already")
    return resample(fitted_map(frame.chroma, *shape), *shape)


def _motion(last: F32, this: F32) -> tuple[F32, NDArray[np.bool_]]:
    """Find where each pixel of the last frame is in this one, and whether it is seen there."""
    find: Any = import_module("skimage.registration").optical_flow_ilk
    ahead, back = (
        np.ascontiguousarray(find(one, other, radius=_RADIUS)[::-1], np.float32)
        for one, other in ((last, this), (this, last))
    )
    return ahead, leads_back(ahead, warp(back, ahead))
