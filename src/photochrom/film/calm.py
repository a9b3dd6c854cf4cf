"""Calm chroma: what the network says of single frames, followed along the motion, both ways.

With C the chroma of the network, S the calm chroma so far, T the trust in the motion and F its
vectors, a frame becomes

    S_t(x) = w C_t(x) + (1 - w) S_{t-1}(x + F(x)),   w = 1 - (1 - w0) T(x),
    w0 = (1 - exp(-dt / calm)) * sure(x),

so that whatever is new, uncovered or changed takes its own color at once. The same from the last
frame of a scene to its first makes the result symmetrical in time: no color lags behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photochrom.film.motion import Link, warp

F32 = NDArray[np.float32]
F16 = NDArray[np.float16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One frame of a scene after the pass forward.

    Attributes:
        seconds: when it is shown.
        chroma: (2, h, w) a*, b*.
        known: (h, w), 0 to 1: how far the chroma is founded on what the network saw.
        link: to the frame before; None for the first of a scene.
    """

    seconds: float
    chroma: F16
    known: F16
    link: Link | None = None


def carried(last: Step, link: Link) -> tuple[F32, F32]:
    """Carry chroma to the next frame.

    Args:
        last: the frame before.
        link: from it to the next.

    Returns:
        (2, h, w) chroma, and (h, w) how far it is founded.
    """
    maps = np.concatenate([last.chroma, last.known[None]]).astype(np.float32)
    moved = warp(maps, link.back)
    return moved[:2], moved[2] * link.trust_back


def blended(
    carried_chroma: F32, known: F32, seen: F32, *, since_s: float, calm_s: float, sure: F32 | float
) -> F32:
    """Mix what was carried along with what the network sees.

    Args:
        carried_chroma: (2, h, w).
        known: (h, w), 0 to 1, how far it is founded.
        seen: (2, h, w) chroma of the network.
        since_s: seconds since the network saw the last frame.
        calm_s: time constant in seconds; 0 takes every frame as it is seen.
        sure: about 1; less where the network is less sure than elsewhere.

    Returns:
        (2, h, w).

    >>> past, now = np.zeros((2, 1, 1), np.float32), np.full((2, 1, 1), 8, np.float32)
    >>> half = blended(past, np.ones((1, 1), np.float32), now, since_s=0.5, calm_s=0.7213, sure=1)
    >>> round(float(half[0, 0, 0]), 2)  # 1 - exp(-0.5 / 0.7213) is one half
    4.0
    """
    own = np.minimum(own_weight(since_s, calm_s) * np.asarray(sure, np.float32), 1)
    weight = 1 - (1 - own) * known
    mixed: F32 = (carried_chroma + weight * (seen - carried_chroma)).astype(np.float32)
    return mixed


def own_weight(since_s: float, calm_s: float) -> float:
    """Give the weight of what is new after some seconds.

    >>> own_weight(1, 0), round(own_weight(0.04, 0.25), 3)
    (1.0, 0.148)
    """
    return 1.0 if calm_s <= 0 else float(-np.expm1(-since_s / calm_s))


def backward(steps: Sequence[Step], *, calm_s: float) -> list[F32]:
    """Go through a scene, or a part of one, from its end.

    Args:
        steps: after the pass forward, in the order of time.
        calm_s: time constant in seconds.

    Returns:
        (2, h, w) calm chroma of each.
    """
    if not steps:
        return []
    chroma = steps[-1].chroma.astype(np.float32)
    known = steps[-1].known.astype(np.float32)
    found = [chroma]
    for step, later in zip(reversed(steps[:-1]), reversed(steps), strict=False):
        if later.link is None:
            raise ValueError("steps of one scene are linked")
        moved = warp(np.concatenate([chroma, known[None]]), later.link.ahead)
        trust = later.link.trust_ahead * moved[2]
        own = own_weight(later.seconds - step.seconds, calm_s)
        future = (1 - own) * trust
        past = step.known.astype(np.float32) * (1 - future) + np.float32(1e-3)
        chroma = (past * step.chroma + future * moved[:2]) / (past + future)
        known = np.maximum(step.known, trust).astype(np.float32)
        found.append(chroma)
    return found[::-1]
