"""What a model says of the colors of a picture, of which it is given the lightness only."""

from typing import Final

import numpy as np

from photochrom.arrays import F32, I64
from photochrom.audit.detectors.detector import Detection
from photochrom.picture.windows import box_mean

_LEAST: Final = 1e-4  # probability below which all is the same surprise
_WINDOW: Final = 0.04  # of the root of the area, as for gray patches


def implausible(chroma: F32, distribution: F32, bins: F32) -> Detection:
    """Measure how much more the colors surprise a model than it expects to be surprised.

    At each place of the distribution s = -ln max(p_q, 1e-4) with q the bin nearest to the color
    there, and H the entropy; score = mean(s - H) in nats, 0 on average if the model is right about
    its own doubts; map = max(0, s - H), averaged over a window of 1/12 of a side.

    Args:
        chroma: (h, w, 2) a* and b*, on the grid of the distribution.
        distribution: (Q, h, w) probabilities.
        bins: (Q, 2) a* and b* of the bins.

    Returns:
        Score and map in nats.

    >>> sure = np.array([0.0, 1.0], np.float32).reshape(2, 1, 1)
    >>> far = implausible(np.zeros((1, 1, 2), np.float32), sure, np.float32([[0, 0], [50, 0]]))
    >>> round(far.score, 2)
    9.21
    """
    kept = np.maximum(distribution, _LEAST)
    nearest = _nearest(chroma, bins)
    surprise = -np.log(np.take_along_axis(kept, nearest[None], axis=0)[0])
    doubt = -(distribution * np.log(kept)).sum(axis=0)
    beyond = (surprise - doubt).astype(np.float64)
    where = box_mean(np.maximum(0.0, beyond), max(1, round(_WINDOW * np.sqrt(beyond.size))))
    return Detection(float(beyond.mean()), where.astype(np.float32))


def _nearest(chroma: F32, bins: F32) -> I64:
    """Find the nearest bin (h, w): the largest of 2 c.b - |b|^2; a product would wake BLAS."""
    closeness = chroma[..., :1] * (2 * bins[:, 0]) - (bins**2).sum(axis=1)
    closeness += chroma[..., 1:] * (2 * bins[:, 1])
    return np.asarray(closeness.argmax(axis=-1))


def disagreement(large: F32, small: F32) -> Detection:
    """Measure how differently a model paints a picture that it sees at two sizes.

    map = ||ab_N - ab_{N/2}||, score = its mean.

    Args:
        large: (2, h, w) a* and b* painted at the working size.
        small: (2, h, w) the same at half of it, brought to the same grid.

    Returns:
        Score and map in ab units.
    """
    where = np.sqrt(((large - small) ** 2).sum(axis=0))
    return Detection(float(where.mean(dtype=np.float64)), where.astype(np.float32))
