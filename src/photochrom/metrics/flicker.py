"""How calm the color of a film is, frame by frame."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

CDC_STEPS: Final = (1, 2, 4)  # frames between two that are compared
_STILL: Final = 1.0  # L*; a pixel that changes less stands still
_RUN: Final = 5  # frames for which it must


def color_histograms(frame: NDArray[np.uint8]) -> F64:
    """Count the codes of each channel.

    Args:
        frame: (H, W, 3) uint8 sRGB.

    Returns:
        (3, 256), each row of sum 1.
    """
    channels = frame.reshape(-1, 3).T
    counts = [np.bincount(channel, minlength=256) for channel in channels]
    return np.array(counts) / channels.shape[1]


def color_consistency(histograms: Sequence[F64]) -> float:
    """CDC: how much the histograms of near frames differ; lower is calmer, and gray is calm, too.

    Args:
        histograms: of `color_histograms`, one per frame; at least five.

    Returns:
        The mean Jensen-Shannon divergence (natural logarithm) over the channels, the frames and
        steps of 1, 2 and 4 frames.

    Raises:
        ValueError: when there are fewer frames.

    Source: Liu et al. 2024, "Temporally consistent video colorization", CDC.

    >>> black, white = np.eye(256)[[0] * 3], np.eye(256)[[255] * 3]
    >>> color_consistency([black] * 5), round(color_consistency([black, white] * 3), 4)  # ln 2 / 3
    (0.0, 0.231)
    """
    if len(histograms) <= max(CDC_STEPS):
        raise ValueError(f"CDC needs more than {max(CDC_STEPS)} frames, not {len(histograms)}")
    every = np.asarray(histograms)
    steps = [float(_divergence(every[:-step], every[step:]).mean()) for step in CDC_STEPS]
    return sum(steps) / len(steps)


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


def chroma_trembling(frames: Iterable[tuple[F32, F32]]) -> float:
    """Measure how the color of what stands still trembles.

    Args:
        frames: L* (H, W) and a*, b* (2, H, W) of each; at least five.

    Returns:
        The median, over all pixels whose L* changes by less than 1 over five frames, of the
        standard deviation of a* and b* over those frames; NaN when nothing stands still.

    >>> still = np.full((2, 2), 50, np.float32)
    >>> jumps = [(still, np.full((2, 2, 2), 4 * (n % 2), np.float32)) for n in range(6)]
    >>> round(chroma_trembling(jumps), 3)  # of 0 4 0 4 0 and 4 0 4 0 4
    1.96
    """
    run: list[tuple[F32, F32]] = []
    found: list[Any] = []
    for frame in frames:
        run = [*run[1 - _RUN :], frame]
        if len(run) == _RUN:
            lightness = np.stack([each for each, _ in run])
            is_still = np.ptp(lightness, axis=0) < _STILL
            deviation = np.stack([chroma for _, chroma in run]).std(axis=0).mean(axis=0)
            found.append(deviation[is_still])
    values = np.concatenate(found) if found else np.empty(0)
    return float(np.median(values)) if values.size else float("nan")
