"""What else a place of a picture may be, and where a model is least sure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.gamut import fit_to_srgb
from photochrom.engine.prediction import confidence_of

F32 = NDArray[np.float32]

_SMOOTH: Final = 9.0  # a*, b*: bins this near speak for each other
_APART: Final = 20.0  # a*, b*: between two colors that are offered
_ALIKE: Final = 16  # codes of 255: colors that, once they fit into sRGB, are one
_LEAST: Final = 1e-3  # of the probability; what is rarer is not offered
_FALLBACK: Final = ((0, 0), (24, 20), (8, 34), (-22, 24), (-8, -22), (34, 4), (14, -28))  # a*, b*
_BLACK: Final = 12.0  # L*: below, and
_WHITE: Final = 94.0  # above, color hardly shows, and nobody needs to be asked
_BETWEEN: Final = 0.18  # of the longer side: between two places that are named


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A color that a place may have.

    Attributes:
        color: sRGB as ``#RRGGBB``, of the lightness of the place.
        probability: of this color and those near it.
    """

    color: str
    probability: float


@dataclass(frozen=True, slots=True)
class Guesses:
    """What a model takes the places of one picture for.

    Attributes:
        distribution: (Q, h2, w2) probabilities, over the picture and what pads it.
        bins: (Q, 2) a* and b*.
        lightness: (h, w) L* of the picture at the working size.
        padded: (height, width) that the distribution covers.
        frame: top, left, height and width of the picture without its border, as shares of all.
    """

    distribution: F32
    bins: F32
    lightness: F32
    padded: tuple[int, int]
    frame: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    def at(self, x: float, y: float, count: int = 7) -> list[Suggestion]:
        """Suggest colors for a place, the most probable first, all possible at its lightness.

        Args:
            x: 0 at the left edge of the picture, 1 at the right.
            y: 0 at the top, 1 at the bottom.
            count: colors wanted.

        Returns:
            As many, each unlike the others; fewer only where black or white leaves no choice.
        """
        top, left, tall, wide = self.frame  # a place on the border is taken for the nearest beside
        x, y = min(1.0, max(0.0, (x - left) / wide)), min(1.0, max(0.0, (y - top) / tall))
        height, width = self.lightness.shape
        _, rows, columns = self.distribution.shape
        row = min(rows - 1, int(y * height / self.padded[0] * rows))
        column = min(columns - 1, int(x * width / self.padded[1] * columns))
        lightness = float(self.lightness[int(y * (height - 1)), int(x * (width - 1))])
        chances = self.distribution[:, row, column].astype(np.float64)
        apart = np.linalg.norm(self.bins[:, None] - self.bins[None], axis=-1)
        density = np.exp(-((apart / _SMOOTH) ** 2)) @ chances
        found: list[tuple[NDArray[np.float64], float]] = []
        while len(found) < count and density.max() > _LEAST:
            near = apart[density.argmax()] < _SMOOTH
            mass = float(chances[near].sum())
            color = np.average(self.bins[near], axis=0, weights=chances[near] + 1e-9)
            found.append((color, mass))
            density[np.linalg.norm(self.bins - color, axis=1) < _APART] = 0
        found += [(np.array(each, np.float64), 0.0) for each in _FALLBACK]
        return _fitted(found, lightness)[:count]

    def least_sure(self, count: int = 6) -> list[tuple[float, float]]:
        """Name the places about which a person could help most.

        Args:
            count: places wanted, at most.

        Returns:
            (x, y) from 0 to 1, the least sure first; none where color hardly shows.
        """
        height, width = self.lightness.shape
        confidence = confidence_of(self.distribution)
        rows, columns = confidence.shape
        y = (np.arange(rows) + 0.5) * self.padded[0] / rows / height
        x = (np.arange(columns) + 0.5) * self.padded[1] / columns / width
        inside = np.ix_(y < 1, x < 1)
        y, x = y[y < 1], x[x < 1]
        shown = self.lightness[np.ix_((y * height).astype(int), (x * width).astype(int))]
        doubt = _smoothed(1 - confidence[inside])
        doubt[(shown < _BLACK) | (shown > _WHITE)] = 0
        places: list[tuple[float, float]] = []
        scale = max(height, width)
        while len(places) < count and doubt.max(initial=0) > 0:
            row, column = np.unravel_index(int(doubt.argmax()), doubt.shape)
            places.append((float(x[column]), float(y[row])))
            away = np.hypot(
                (y[:, None] - y[row]) * height / scale, (x[None] - x[column]) * width / scale
            )
            doubt[away < _BETWEEN] = 0
        top, left, tall, wide = self.frame
        return [(left + x * wide, top + y * tall) for x, y in places]


def _fitted(found: list[tuple[NDArray[np.float64], float]], lightness: float) -> list[Suggestion]:
    """Turn a* and b* into colors of a lightness; of those that become alike, the first stays."""
    kept: list[NDArray[np.float32]] = []
    suggestions = []
    for chroma, mass in found:
        square = np.array(chroma, np.float32).reshape(2, 1, 1)
        rgb = fit_to_srgb(np.full((1, 1), lightness, np.float32), square)[0, 0]
        if any(np.abs(rgb - other).max() < _ALIKE / 255 for other in kept):
            continue
        kept.append(rgb)
        codes = bytes(np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8))
        suggestions.append(Suggestion(f"#{codes.hex()}", mass))
    return suggestions


def _smoothed(values: F32) -> F32:
    """Average over 3 x 3 cells."""
    padded = np.pad(values, 1, mode="edge")
    rows, columns = values.shape
    parts = [padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    return np.asarray(np.mean(parts, axis=0), np.float32)
