"""A film in parts, each of which comes out the same whether or not those before it were made.

A part is colored from the frames a little before it to those a little after it, by a motion search
that begins with them; what remains of where it began is less than a twentieth. One thing alone is
handed on: whether the scene at its beginning is in color. So a run that was killed goes on at the
next part, even in the middle of a scene, and makes the same of it.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Final

from photochrom.engine.predictor import Predictor
from photochrom.film.scenes import LOOK_AHEAD, Calmer, CalmFrame, SmallFrame, placed
from photochrom.film.settings import FilmOptions

PART: Final = 500  # frames
_LEAST: Final = 10  # frames around a part, so that flashes and cuts are seen
_MOST: Final = 100


@dataclass(slots=True)
class FrameCounts:
    """What was counted on the way."""

    frames: int = 0
    seen: int = 0
    scenes: int = 0
    kept: int = 0  # frames in color, left as they are


def frames_around(options: FilmOptions, rate: float) -> int:
    """Count the frames before and after a part by which it is settled.

    >>> frames_around(FilmOptions(), 25), frames_around(FilmOptions(calm=0), 25)
    (27, 10)
    """
    wanted = math.ceil(LOOK_AHEAD * options.calm * rate)
    return min(max(wanted, _LEAST), _MOST, PART // 2)


def calm_frames(  # noqa: PLR0913 - the frames, how they are colored, and where a run goes on
    smalls: Iterable[SmallFrame],
    predictor: Predictor,
    options: FilmOptions,
    *,
    turns: int,
    around: int,
    tally: FrameCounts,
    lead: int = 0,
    is_kept: bool | None = None,
) -> Iterator[CalmFrame]:
    """Color a film calmly; memory does not grow with its length.

    Args:
        smalls: the frames, in the order of time.
        predictor: the model.
        options: how often it looks, and how calm colors are to be.
        turns: quarter turns counterclockwise that make frames upright.
        around: see `frames_around`.
        tally: what is counted.
        lead: frames at the beginning that belong to a part that is done.
        is_kept: whether the scene that goes on there is left in color; None when that is open.

    Yields:
        The colors of each frame after the lead; none for those of scenes in color.
    """
    if predictor.options.recolor:  # where own colors end is then no end of a scene
        smalls = (replace(small, is_neutral=None) for small in smalls)
    for before, part in _in_parts(smalls, around, lead):
        calmer = Calmer(predictor, options, turns=turns, lead=before, is_kept=is_kept)
        frames = placed(part, False if is_kept else None)
        own = islice(calmer.run(frames), before, before + PART)
        for number, calm in enumerate(own):
            is_kept = calm.is_kept
            tally.frames += 1
            tally.scenes += calm.is_first
            tally.kept += calm.chroma is None
            yield replace(calm, begins_part=number == 0)
        tally.seen += calmer.seen


def _in_parts(
    smalls: Iterable[SmallFrame], around: int, lead: int
) -> Iterator[tuple[int, Iterator[SmallFrame]]]:
    """Divide frames into parts, each with the frames around it.

    Yields:
        How many frames stand before a part, and those with it and what follows. It must be read to
        the end of the part before the next is asked for.
    """
    source = iter(smalls)
    done = (small.told(None) for small in islice(source, lead))
    last: deque[SmallFrame] = deque(done, maxlen=around)
    begun: list[SmallFrame] = []
    while begun := begun or list(islice(source, 1)):
        before, ahead = list(last), list[SmallFrame]()

        def part(
            before: list[SmallFrame] = before,
            begun: list[SmallFrame] = begun,
            ahead: list[SmallFrame] = ahead,
        ) -> Iterator[SmallFrame]:
            yield from before
            for number, small in enumerate(chain(begun, source)):
                if number < PART:
                    last.append(small.told(None))
                    yield small
                else:  # is needed once more, but not the frame that it came from
                    ahead.append(small.told(small.has_color()))
                    yield ahead[-1]
                if len(ahead) == around:
                    return

        yield len(before), part()
        begun = ahead
