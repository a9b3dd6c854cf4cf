"""A film as scenes: where they begin, and the calm chroma of each of their frames."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.engine.prediction import follow_edges
from photochrom.engine.predictor import Predictor
from photochrom.film.bars import inside_bars
from photochrom.film.calm import Step, backward, blended, carried
from photochrom.film.motion import Motion, link, motions, softened, still
from photochrom.film.settings import FilmOptions

F32 = NDArray[np.float32]

_FLASH: Final = 4  # frames after which what was before may be back
_MEMORY: Final = 64 << 20  # bytes for the steps of one scene
_STEP_BYTES: Final = 12  # of a pixel: chroma, what is known, and the link, in half precision
LOOK_AHEAD: Final = 3.0  # time constants that the pass backward needs to forget its start
_LONGEST_S: Final = 0.11  # after which the network sees the next frame, when it may choose
_LEAST_KNOWN: Final = 0.9  # mean; below it the network looks again


@dataclass(frozen=True, kw_only=True)
class SmallFrame:
    """A frame at the working size.

    Attributes:
        seconds: when it is shown.
        lightness: (h, w) L*.
        has_color: tells whether it has color of its own; None when it is too dark to show.
        is_neutral: whether it has no tint at all; None when that is open, or of no interest.
    """

    seconds: float
    lightness: F32
    has_color: Callable[[], bool | None]
    is_neutral: bool | None = None

    def told(self, has_color: bool | None) -> "SmallFrame":
        """Give the same without the frame that it came from, whose color is known."""
        return replace(self, has_color=lambda: has_color)

    @cached_property
    def soft(self) -> F32:
        """The lightness without most of its grain."""
        return softened(self.lightness)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneFrame:
    """A frame, its motion, and its place in a scene."""

    small: SmallFrame
    motion: Motion
    is_first: bool
    is_flash: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CalmFrame:
    """The colors of a frame.

    Attributes:
        chroma: (2, h, w) a*, b*; None when the frame is in color already.
        is_first: whether a scene begins with it.
        is_kept: whether its scene is left in color; None when that is open, for it is dark.
        begins_part: whether a part of the film begins with it, see `parts`.
    """

    chroma: F32 | None
    is_first: bool
    is_kept: bool | None
    begins_part: bool = False


def placed(smalls: Iterable[SmallFrame], is_neutral: bool | None = None) -> Iterator[SceneFrame]:
    """Tell where scenes begin: at a jump that the film does not come back from at once.

    And where color ends or begins, as when a camera turns to infrared, however alike the frames.

    Args:
        smalls: the frames of a film.
        is_neutral: whether what was before them has no tint at all; None when that is open.

    Yields:
        The same frames, a few frames later.
    """
    waiting: deque[tuple[SmallFrame, Motion]] = deque()
    last: F32 | None = None  # the last frame that is no flash
    flash = 0
    is_back = False

    def first() -> SceneFrame:
        nonlocal last, flash, is_back, is_neutral
        small, motion = waiting.popleft()
        is_first, is_cut = last is None, False
        if last is not None and motion.is_jump and not flash and not is_back:
            flash = _frames_of_flash(last, [small, *(each for each, _ in waiting)])
            is_first = is_cut = not flash
        is_flash = flash > 0
        is_back = flash == 1
        if is_flash:
            flash -= 1
        else:
            last = small.soft
            was_neutral = None if is_cut else is_neutral
            turns = _turns(was_neutral, small)
            is_first = is_first or turns
            if turns or was_neutral is None:
                is_neutral = small.is_neutral
        return SceneFrame(small=small, motion=motion, is_first=is_first, is_flash=is_flash)

    held: deque[SmallFrame] = deque()

    def lightness() -> Iterator[F32]:
        for small in smalls:
            held.append(small)
            yield small.soft

    for motion in motions(lightness()):
        waiting.append((held.popleft(), motion))
        if len(waiting) > _FLASH:
            yield first()
    while waiting:
        yield first()


def _turns(was_neutral: bool | None, small: SmallFrame) -> bool:
    """Say whether color ends with a frame or begins, with more than a first tint.

    What the first frame of a scene has decides about all of it.
    """
    if small.is_neutral:
        return was_neutral is False
    return small.is_neutral is False and was_neutral is True and bool(small.has_color())


def _frames_of_flash(before: F32, after: list[SmallFrame]) -> int:
    """Count the frames until what was before a jump is back; 0 when it does not come back."""
    jump = float(np.abs(after[0].soft - before).mean())
    for count, small in enumerate(after[1 : _FLASH + 1], 1):
        if float(np.abs(small.soft - before).mean()) < jump / 3:
            return count
    return 0


class Calmer:
    """Colors frames calmly; memory does not grow with their number.

    Args:
        predictor: the model.
        options: how often it looks, and how calm colors are to be.
        turns: quarter turns counterclockwise that make frames upright.
        lead: frames at the beginning that only lead up to the others.
        is_kept: whether the scene after them is left in color, if it is the same; None when that is
            open.

    Attributes:
        seen: frames that the network saw so far.
    """

    def __init__(
        self,
        predictor: Predictor,
        options: FilmOptions,
        *,
        turns: int,
        lead: int = 0,
        is_kept: bool | None = None,
    ) -> None:
        self.seen = 0
        self._lead = lead
        self._is_kept = is_kept
        self._predictor = predictor
        self._options = options
        self._turns = turns
        self._steps: list[Step] = []
        self._flashes: list[int] = []  # how many follow each step, whose colors they share
        self._last: SceneFrame | None = None
        self._brightest: F32 = np.zeros((0, 0), np.float32)  # (h, w) L*, the scene's so far
        self._seen_s = 0.0
        self._since = 0

    def run(self, frames: Iterable[SceneFrame]) -> Iterator[CalmFrame]:
        """Color frames.

        Args:
            frames: of a film, in the order of time.

        Yields:
            The colors of each; none for frames of scenes that are in color already.
        """
        for number, frame in enumerate(frames):
            if frame.is_first:
                yield from self._finished(len(self._steps))
                self._last = None
                if number >= self._lead:
                    self._is_kept = False if self._predictor.options.recolor else None
            if self._is_kept is None and number >= self._lead:
                self._is_kept = frame.small.has_color()
                if self._is_kept:  # and so is what was too dark to tell
                    yield from self._left()
            if self._is_kept:
                yield self._calm(None, is_first=frame.is_first)
            elif frame.is_flash:
                self._flashes[-1] += 1
            else:
                self._step(frame)
                yield from self._overfull(frame)
        yield from self._finished(len(self._steps))

    def _overfull(self, frame: SceneFrame) -> Iterator[CalmFrame]:
        """Give the first frames of a long scene when those that follow have settled them."""
        room = max(8, _MEMORY // (_STEP_BYTES * frame.small.lightness.size))
        if len(self._steps) < room:
            return
        newest_s = self._steps[-1].seconds
        settled_s = newest_s - LOOK_AHEAD * self._options.calm
        settled = sum(step.seconds <= settled_s for step in self._steps)
        yield from self._finished(min(max(settled, room // 4), len(self._steps) - 1))

    def _finished(self, count: int) -> Iterator[CalmFrame]:
        """Give the first steps, after a pass backward over all there are."""
        calm = backward(self._steps, calm_s=self._options.calm)[:count]
        for step, chroma, flashes in zip(self._steps, calm, self._flashes, strict=False):
            for number in range(1 + flashes):
                yield self._calm(chroma, is_first=step.link is None and number == 0)
        del self._steps[:count], self._flashes[:count]

    def _left(self) -> Iterator[CalmFrame]:
        """Give all steps without colors, for the scene is in color."""
        for step, flashes in zip(self._steps, self._flashes, strict=True):
            for number in range(1 + flashes):
                yield self._calm(None, is_first=step.link is None and number == 0)
        self._steps, self._flashes = [], []

    def _calm(self, chroma: F32 | None, *, is_first: bool) -> CalmFrame:
        return CalmFrame(chroma=chroma, is_first=is_first, is_kept=self._is_kept)

    def _step(self, frame: SceneFrame) -> None:
        """Go one frame forward."""
        small, last = frame.small, self._last
        self._last = frame
        self._flashes.append(0)
        if last is None or not self._steps:
            self._brightest = small.soft
            seen, sure = self._look(small)
            self._steps.append(
                Step(
                    seconds=small.seconds,
                    chroma=seen.astype(np.float16),
                    known=np.ones(small.lightness.shape, np.float16),
                )
            )
            return
        after_flash = self._flashes[-2] > 0
        calm = still(small.lightness.shape)
        between = link(
            last.small.soft,
            small.soft,
            calm if after_flash else frame.motion.to_last,
            calm if after_flash else last.motion.to_next,
        )
        self._brightest = np.maximum(self._brightest, small.soft)
        chroma, known = carried(self._steps[-1], between)
        self._since += 1
        if self._is_due(small.seconds, known):
            since_s = small.seconds - self._seen_s
            seen, sure = self._look(small)
            chroma = blended(
                chroma, known, seen, since_s=since_s, calm_s=self._options.calm, sure=sure
            )
            known = np.ones_like(known)
        self._steps.append(
            Step(
                seconds=small.seconds,
                chroma=chroma.astype(np.float16),
                known=known.astype(np.float16),
                link=between,
            )
        )

    def _is_due(self, seconds: float, known: F32) -> bool:
        """Say whether the network is to look at a frame."""
        if self._options.every is not None:
            return self._since >= self._options.every
        return seconds - self._seen_s >= _LONGEST_S or float(known.mean()) < _LEAST_KNOWN

    def _look(self, small: SmallFrame) -> tuple[F32, F32 | float]:
        """Run the network on a frame as players show it; give chroma, and how sure it is.

        It does not see bars, which stay without color.
        """
        self._seen_s, self._since = small.seconds, 0
        self.seen += 1
        inside = inside_bars(self._brightest)
        upright = np.ascontiguousarray(np.rot90(small.lightness[inside], self._turns))
        prediction = self._predictor.predict(upright)
        chroma = np.zeros((2, *small.lightness.shape), np.float32)
        shown = follow_edges(prediction.chroma, upright) * np.float32(self._predictor.saturation)
        chroma[:, *inside] = np.rot90(shown, -self._turns, axes=(1, 2))
        if prediction.confidence is None:
            return chroma, 1.0
        sure = np.ones(small.lightness.shape, np.float32)
        confidence = np.rot90(prediction.confidence, -self._turns)
        sure[inside] = np.clip(confidence / (confidence.mean() + 1e-6), 0.5, 1.5)
        return chroma, sure
