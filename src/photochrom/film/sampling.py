"""The color frames of films as a collection of photographs."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from photochrom.collection import Item
from photochrom.engine.tiles import working_shape
from photochrom.film.clip import Clip, ClipFacts, has_color
from photochrom.film.colorize import small_frames
from photochrom.film.planes import shrunk_rgb
from photochrom.film.scenes import placed
from photochrom.picture.libvips import array_to_image

_SCENE_SIZE: Final = 96  # at which cuts are looked for
_SIZE: Final = 512  # of the frames that are taken, which are smaller than most photographs
_EVERY_S: Final = 10.0  # of a long scene a frame is taken in each such part


def color_frames(path: Path) -> list[Item]:
    """Take a frame of each scene that is in color, from its middle; of long ones several.

    Args:
        path: a film; its gray scenes are left out, as are frames too dark to show color.

    Returns:
        Pictures in the order of time, none when the film is gray; their names tell the second.

    Raises:
        InputError: when the file is no film, or one whose colors cannot be read.
    """
    with Clip(path) as clip:
        facts = clip.look()
    middles = _middles(path, facts)
    shape = working_shape(facts.height, facts.width, _SIZE)
    found = []
    with Clip(path) as clip:
        wanted = next(middles, None)
        for frame in clip.frames():
            seconds = float(frame.pts * facts.time_base)
            if wanted is None:
                break
            if seconds < wanted:
                continue
            wanted = next(middles, None)
            if has_color(frame, among_colors=any(facts.color)):
                upright = np.rot90(shrunk_rgb(frame, facts.layout, shape), facts.turns)
                png = array_to_image(np.ascontiguousarray(upright)).write_to_buffer(".png")
                found.append(
                    Item(name=f"{path} at {seconds:.2f} s", label="", load=partial(bytes, png))
                )
    return found


def _middles(path: Path, facts: ClipFacts) -> Iterator[float]:
    """Give the seconds of the frames to take: the middle of each part of each scene."""
    shape = working_shape(facts.height, facts.width, _SCENE_SIZE)
    times: list[float] = []
    with Clip(path) as clip:
        for frame in placed(small_frames(clip, facts, shape)):
            seconds = frame.small.seconds
            if times and (frame.is_first or seconds - times[0] >= _EVERY_S):
                yield times[len(times) // 2]
                times = []
            times.append(seconds)
    if times:
        yield times[len(times) // 2]
