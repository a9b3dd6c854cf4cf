"""How calm the color of a film is, frame by frame."""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.arrays import F32, F64, U8

CDC_STEPS: Final = (1, 2, 4)  # frames between two that are compared
_STILL: Final = 1.0  # L*; a pixel that changes less stands still
_RUN: Final = 5  # frames for which it must
_BIN: Final = 0.005  # of a* or b*: deviations are counted in steps of that size
_BINS: Final = 20_000


def color_histograms(frame: U8) -> F64:
    """Count the codes of each channel.

    Args:
        frame: (H, W, 3) uint8 sRGB.

    Returns:
        (3, 256), each row of sum 1.
    """
    channels = frame.reshape(-1, 3).T
    counts = [np.bincount(channel, minlength=256) for channel in channels]
    return np.array(counts) / channels.shape[1]


def _divergence(one: F64, other: F64) -> F64:
    middle = (one + other) / 2
    return (_entropy_to(one, middle) + _entropy_to(other, middle)) / 2


def _entropy_to(one: F64, middle: F64) -> F64:
    share = np.divide(one, middle, out=np.ones_like(one), where=one > 0)
    total: F64 = (one * np.log(share)).sum(axis=-1)
    return total


def warp_error(chroma: F32, followed: F32, is_seen: NDArray[np.bool_]) -> float:
    """Measure how much the color of things changes from one frame to the next.

    Args:
        chroma: (2, H, W) a*, b* of a frame.
        followed: (2, H, W) of the next frame, fetched along the motion.
        is_seen: (H, W) where the next frame shows the same thing.

    Returns:
        Mean squared distance in a*, b*; 0 when nothing is seen in both.

    Source: Lai et al. 2018, on a*, b* instead of RGB, for lightness is the original's.

    >>> gray = np.zeros((2, 2, 2), np.float32)
    >>> warp_error(gray, gray + 3, np.ones((2, 2), bool))  # 3² + 3²
    18.0
    """
    if not is_seen.any():
        return 0.0
    return float(((chroma - followed) ** 2).sum(axis=0)[is_seen].mean())


class Calmness:
    """Sums up how calm a film is, frame by frame; memory does not grow with its length.

    Source: CDC, Liu et al. 2024, "Temporally consistent video colorization"; warp error, Lai et al.
    2018. Each cut begins a run of frames of its own.

    >>> still = np.full((2, 2), 50, np.float32)
    >>> calmness = Calmness()
    >>> for number in range(6):  # black, then white
    ...     rgb = np.full((2, 2, 3), 255 * (number % 2), np.uint8)
    ...     calmness.add(rgb, still, np.full((2, 2, 2), 4 * (number % 2), np.float32))
    >>> round(calmness.cdc, 4)  # ln 2 for steps of 1, 0 for those of 2 and 4
    0.231
    >>> round(calmness.trembling, 2)  # of 0 4 0 4 0 and 4 0 4 0 4
    1.96
    """

    def __init__(self) -> None:
        self._run: deque[tuple[F64, F32, F32]] = deque(maxlen=_RUN)
        self._divergences: dict[int, list[float]] = {step: [0.0, 0.0] for step in CDC_STEPS}
        self._deviations = np.zeros(_BINS, np.int64)
        self._warped = [0.0, 0.0]

    def cut(self) -> None:
        """Begin a scene: its frames are not compared with those before."""
        self._run.clear()

    def add(self, rgb: U8, lightness: F32, chroma: F32) -> None:
        """Count a frame.

        Args:
            rgb: (H, W, 3) as it is shown.
            lightness: (H, W) L*, of which it is told what stands still.
            chroma: (2, H, W) a*, b*.
        """
        self._run.append((color_histograms(rgb), lightness, chroma))
        for step, total in self._divergences.items():
            if len(self._run) > step:
                total[0] += float(_divergence(self._run[-1 - step][0], self._run[-1][0]).mean())
                total[1] += 1
        if len(self._run) == _RUN:
            is_still = np.ptp(np.stack([each[1] for each in self._run]), axis=0) < _STILL
            colors = np.stack([each[2][:, is_still] for each in self._run])
            steps = (colors.std(axis=0).mean(axis=0) / _BIN).astype(np.int64)
            self._deviations += np.bincount(np.minimum(steps, _BINS - 1), minlength=_BINS)

    def follow(self, ahead: F32, is_seen: NDArray[np.bool_]) -> None:
        """Count how much things changed their color from the last frame but one to the last.

        Args:
            ahead: (2, H, W) chroma of the last frame, fetched along the motion to where it was.
            is_seen: (H, W) where both frames show the same thing.
        """
        if is_seen.any():
            self._warped[0] += warp_error(self._run[-2][2], ahead, is_seen)
            self._warped[1] += 1

    @property
    def cdc(self) -> float:
        """How much histograms differ; lower is calmer, gray is calm, too; NaN of a few frames."""
        means = [_ratio(total, count) for total, count in self._divergences.values()]
        return sum(means) / len(means)

    @property
    def warp_error(self) -> float:
        """Mean squared change of a*, b* along the motion."""
        return _ratio(*self._warped)

    @property
    def trembling(self) -> float:
        """Median deviation of a*, b* over five frames, of all pixels that stand still for so long.

        That is, whose L* changes by less than 1; NaN when nothing stands still.
        """
        below = np.cumsum(self._deviations)
        if not below[-1]:
            return float("nan")
        place = int(np.searchsorted(below, below[-1] / 2))
        return 0.0 if place == 0 else (place + 0.5) * _BIN


def _ratio(total: float, count: float) -> float:
    return total / count if count else float("nan")
