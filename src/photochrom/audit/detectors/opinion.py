"""A model asked about finished pictures: what it would paint, and how sure it would be."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from photochrom.arrays import F32
from photochrom.audit.detectors.cast import lean
from photochrom.audit.detectors.detector import CAST_FROM_MODEL, IMPLAUSIBLE, TWO_SIZES, Detection
from photochrom.engine.resample import resample
from photochrom.engine.session import Session
from photochrom.engine.tiles import pad_to_multiple, working_shape
from photochrom.models.registry import resolve_model
from photochrom.picture.pixels import area_mean
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
    # the largest of 2 c.b - |b|^2 is the nearest bin; a product of matrices would wake BLAS
    closeness = chroma[..., :1] * (2 * bins[:, 0]) - (bins**2).sum(axis=1)
    closeness += chroma[..., 1:] * (2 * bins[:, 1])
    nearest = closeness.argmax(axis=-1)
    surprise = -np.log(np.take_along_axis(kept, nearest[None], axis=0)[0])
    doubt = -(distribution * np.log(kept)).sum(axis=0)
    beyond = (surprise - doubt).astype(np.float64)
    where = box_mean(np.maximum(0.0, beyond), max(1, round(_WINDOW * np.sqrt(beyond.size))))
    return Detection(float(beyond.mean()), where.astype(np.float32))


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


@dataclass(frozen=True, slots=True)
class Opinion:
    """A loaded model that is asked about pictures; safe from many threads."""

    session: Session

    @classmethod
    def of(cls, model: str) -> "Opinion":
        """Load a model, by its name or path.

        Raises:
            ModelError: when there is none, or it cannot be loaded.
        """
        return cls(Session(resolve_model(model), threads=1))

    def ask(self, lab: F32, *, is_own: bool = False) -> dict[str, Detection]:
        """Look at a picture in the model's way.

        Args:
            lab: (H, W, 3) L*, a*, b*.
            is_own: whether this model is said to have colored it.

        Returns:
            What its detectors find, by name.

        Raises:
            InferenceError: when the model cannot be run.
        """
        large, distribution = self._paint(lab[..., 0], self.session.card.working_size)
        small, _ = self._paint(lab[..., 0], max(16, self.session.card.working_size // 2))
        found = {TWO_SIZES: disagreement(large, _on(small, large.shape[1:]))}
        chroma = np.moveaxis(lab[..., 1:], -1, 0)
        if is_own:
            painted = np.moveaxis(large, 0, -1) * np.float32(self.session.card.saturation)
            found[CAST_FROM_MODEL] = lean(_last(_on(chroma, large.shape[1:])), painted)
        if distribution is not None:
            bins = np.array(self.session.card.bins, np.float32)
            shown = _last(_on(chroma, distribution.shape[1:]))
            found[IMPLAUSIBLE] = implausible(shown, distribution, bins)
        return found

    def _paint(self, lightness: F32, size: int) -> tuple[F32, F32 | None]:
        """Paint at a working size; gives chroma (2, h, w) and distribution on their own grids."""
        height, width = lightness.shape
        shape = working_shape(height, width, size)
        seen = area_mean([lightness], (height, width), shape)
        padded = pad_to_multiple(seen, self.session.card.size_multiple)
        wanted = [name for name in ("distribution",) if name in self.session.signature.outputs]
        outputs = self.session.run(padded, outputs=wanted)
        share = (shape[0] / padded.shape[0], shape[1] / padded.shape[1])
        distribution = outputs.distribution
        kept = None if distribution is None else _cropped(distribution, share)
        return _cropped(outputs.chroma, share), kept


def _last(maps: F32) -> F32:
    """Move channels (C, h, w) to the end."""
    return np.moveaxis(maps, 0, -1)


def _cropped(maps: F32, share: tuple[float, float]) -> F32:
    """Take the padding off."""
    height, width = (max(1, round(n * s)) for n, s in zip(maps.shape[1:], share, strict=True))
    return maps[:, :height, :width]


def _on(maps: F32, grid: tuple[int, ...]) -> F32:
    """Bring maps (C, h, w) to another grid: area mean where it shrinks, bicubic where it grows."""
    size = (maps.shape[1], maps.shape[2])
    least = (min(size[0], grid[0]), min(size[1], grid[1]))
    shrunk = np.stack([area_mean([each], size, least) for each in maps])
    return resample(shrunk, grid[0], grid[1])
