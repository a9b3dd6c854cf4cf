"""A model asked about finished pictures: what it would paint, and how sure it would be."""

from dataclasses import dataclass

import numpy as np

from photochrom.arrays import F32
from photochrom.audit.detectors.cast import lean
from photochrom.audit.detectors.catalog import CAST_FROM_MODEL, IMPLAUSIBLE, TWO_SIZES
from photochrom.audit.detectors.detector import Detection
from photochrom.audit.detectors.second_opinion import disagreement, implausible
from photochrom.engine.resample import resample
from photochrom.engine.session import Session
from photochrom.engine.tiles import pad_to_multiple, working_shape
from photochrom.models.registry import resolve_model
from photochrom.picture.pixels import area_mean


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
