"""Charts as the geometry of an inline SVG, so that a page needs no script or picture for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from photochrom.arrays import F64
from photochrom.color.bins import cic_bins
from photochrom.color.lab import lab_to_srgb

WIDTH: Final = 640
HEIGHT: Final = 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 22, 32, 46
_TICKS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_WANTED_TICKS: Final = 5
_COLORS: Final = 8
_EDGE: Final = 11  # cells from the middle of a palette to its edge
_CELL_PX: Final = 10
_SHOWN_LIGHTNESS: Final = 65.0
_FAINTEST: Final = 1e-3  # percent of all pixels that can just be seen in a palette
_FULL: Final = 10.0  # percent from which a cell is opaque


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or one point, of a chart.

    Attributes:
        name: in the legend.
        points: x and y, at least one.
        number: of its color; the same thing has the same one in all charts.
        is_quiet: drawn thin and dashed, for baselines.
    """

    name: str
    points: Sequence[tuple[float, float]]
    number: int = 0
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, in pixels, and what stands there."""

    place: float
    text: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A series in pixels: ``path`` for a polyline, ``marks`` for its points."""

    name: str
    number: int
    is_quiet: bool
    path: str
    marks: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What the template ``chart.html`` draws.

    Attributes:
        title: what a reader who cannot see it is told.
        x_label: below the axis.
        y_label: above the axis.
        x_ticks: from left to right.
        y_ticks: from bottom to top.
        series: the lines.
        box: left, top, right and bottom of the plane.
    """

    title: str
    x_label: str
    y_label: str
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    series: Sequence[Drawn]
    box: tuple[float, float, float, float] = (_LEFT, _TOP, WIDTH - _RIGHT, HEIGHT - _BOTTOM)


def draw_chart(
    series: Sequence[Series], *, title: str, x_label: str, y_label: str, has_marks: bool = False
) -> Chart:
    """Lay series out.

    Args:
        series: lines with at least one point among them.
        title: what a reader who cannot see it is told.
        x_label: below the axis.
        y_label: above the axis.
        has_marks: whether every point gets a mark.

    >>> chart = draw_chart([Series("a", [(0, 0), (10, 1)])], title="", x_label="", y_label="")
    >>> [tick.text for tick in chart.x_ticks]
    ['0', '2', '4', '6', '8', '10']
    """
    x_axis = _Axis(x for each in series for x, _ in each.points)
    y_axis = _Axis(y for each in series for _, y in each.points)
    across = WIDTH - _LEFT - _RIGHT
    up = HEIGHT - _TOP - _BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            round(_LEFT + across * x_axis.share(x), 1),
            round(HEIGHT - _BOTTOM - up * y_axis.share(y), 1),
        )

    drawn = []
    for each in series:
        marks = [place(x, y) for x, y in each.points]
        path = " ".join(f"{x},{y}" for x, y in marks)
        kept = marks if has_marks else []
        drawn.append(Drawn(each.name, each.number % _COLORS, each.is_quiet, path, kept))
    return Chart(
        title=title,
        x_label=x_label,
        y_label=y_label,
        x_ticks=[Tick(place(at, 0)[0], text) for at, text in x_axis.ticks],
        y_ticks=[Tick(place(0, at)[1], text) for at, text in y_axis.ticks],
        series=drawn,
    )


class _Axis:
    """An axis from round number to round number."""

    def __init__(self, values: Iterable[float]) -> None:
        seen = list(values)
        low, high = min(seen), max(seen)
        if low == high:
            low, high = low - 0.5, high + 0.5
        self._step = _round_step((high - low) / _WANTED_TICKS)
        first, last = low // self._step, -(-high // self._step)
        self._low, self._high = first * self._step, last * self._step
        self._count = round(last - first)

    def share(self, value: float) -> float:
        """Tell how far along the axis a value lies, 0 to 1."""
        return (value - self._low) / (self._high - self._low)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Values and their texts."""
        values = [self._low + number * self._step for number in range(self._count + 1)]
        return [(value, f"{round(value, 10):.6g}") for value in values]


def _round_step(step: float) -> float:
    """Find the next round number."""
    power = 1.0
    while power > step:
        power /= 10
    while power * 10 <= step:
        power *= 10
    return next(power * each for each in _TICKS if power * each >= step * 0.999)


@dataclass(frozen=True, slots=True)
class ColorCell:
    """A cell of a palette, in pixels of its picture."""

    x: int
    y: int
    color: str
    opacity: float
    title: str


@dataclass(frozen=True, slots=True)
class Palette:
    """Which colors a set of pictures has: a* to the right, b* up."""

    name: str
    cells: Sequence[ColorCell]


def draw_palette(name: str, shares: F64) -> Palette:
    """Draw which colors there are, each in its own color.

    Args:
        name: below it.
        shares: (313,) percent of the pixels in each of CIC's cells; opacity grows with the
            logarithm, and what is too rare to be seen is left out.
    """
    bins = cic_bins()
    lab = np.column_stack([np.full(len(bins), _SHOWN_LIGHTNESS), bins])
    colors = np.rint(lab_to_srgb(lab).clip(0, 1) * 255).astype(int)
    opacity = np.log(np.maximum(shares, 1e-12) / _FAINTEST) / np.log(_FULL / _FAINTEST)
    cells = [
        ColorCell(
            x=int((bins[place, 0] / _CELL_PX + _EDGE) * _CELL_PX),
            y=int((_EDGE - bins[place, 1] / _CELL_PX) * _CELL_PX),
            color="#{:02x}{:02x}{:02x}".format(*colors[place]),
            opacity=round(min(float(opacity[place]), 1.0), 2),
            title=f"a* {bins[place, 0]:.0f}, b* {bins[place, 1]:.0f}: {shares[place]:.2g} %",
        )
        for place in np.flatnonzero(opacity > 0)
    ]
    return Palette(name, cells)
