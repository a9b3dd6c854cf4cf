"""Refiners that rest on what is linear in what they look at: few weights, and no training."""

from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.lab.adaptation.fitting.fit import Ellipse, Fit, expanded
from photochrom.lab.adaptation.fitting.ridge import RIDGE
from photochrom.lab.adaptation.refiners import UNIT, Body, Shape, chosen, evidence, to_cells

_DEEPEST: Final = ("deep", "middle", "distribution", "chroma")
ALL_PARTS: Final = ("distribution", "deep", "middle")
_PLAIN: Final = 7  # near columns of every regression
_CHROMA: Final = [3, 4]  # of them the base's
_KNOTS: Final = (10.0, 25.0, 40.0, 55.0, 70.0, 85.0)  # L* at which the curve may bend
_AROUND: Final = (5, 13, 31)  # cells whose lightness is compared with each cell's own
_BROAD: Final = 34  # further near columns of a broad one
_FAINT: Final = 1e-3
_NEAR_STIFFNESS: Final = 0.1  # of a broad regression: lightness, colors and positions are few
_FAR_STIFFNESS: Final = 3.0  # and hundreds of features are many for a few photographs


class Regression(nn.Module):
    """A linear function of lightness, base chroma and some parts of the base.

    Args:
        shape: of the refiner.
        names: of the parts, as far as the base has them.
        outputs: how many values it gives.
        is_broad: whether it looks at lightness closely, at what lies around a cell, and at where on
            the object it lies; then it needs the input "where", (N, 1, h, w) from 0 to 1.

    Attributes:
        parts: those that it looks at.
    """

    def __init__(
        self, shape: Shape, names: tuple[str, ...], outputs: int, *, is_broad: bool = False
    ) -> None:
        super().__init__()
        self._stride, self._is_broad = shape.stride, is_broad
        self.parts = tuple(part for part in shape.parts if part.name in names)
        near = _PLAIN + (_BROAD if is_broad else 0)
        self.near = nn.Conv2d(near, outputs, 1)
        self.far = nn.ModuleDict(
            {part.name: nn.Conv2d(part.channels, outputs, 1, bias=False) for part in self.parts}
        )

    @property
    def stiffness(self) -> Tensor:
        """By how much each column is held back when it is solved: (columns,) float64."""
        near, far = (_NEAR_STIFFNESS, _FAR_STIFFNESS) if self._is_broad else (RIDGE, RIDGE)
        channels = sum(part.channels for part in self.parts)
        counts = torch.tensor([self.near.in_channels, channels, 1])
        return torch.tensor([near, far, 0.0], dtype=torch.float64).repeat_interleave(counts)

    @property
    def base_weights(self) -> Tensor:
        """The weights (columns, 2) that give the base's a* and b*."""
        weights = torch.zeros(len(self.stiffness), 2)
        weights[_CHROMA, [0, 1]] = UNIT
        return weights

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give (N, outputs, h, w) on the cells of the chroma."""
        values: Tensor = self.near(self._near(inputs))
        for part in self.parts:
            far = self.far[part.name](evidence(inputs, part))
            values = values + to_cells(far, part.stride, self._stride)
        return values

    def columns(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give (N, columns, h, w), what it is linear in; a constant comes last."""
        near = self._near(inputs)
        far = [to_cells(evidence(inputs, part), part.stride, self._stride) for part in self.parts]
        return torch.cat([near, *far, torch.ones_like(near[:, :1])], dim=1)

    def put(self, weights: Tensor) -> None:
        """Take solved weights (columns, outputs)."""
        rest = weights
        with torch.no_grad():
            for layer in (self.near, *(self.far[part.name] for part in self.parts)):
                kernel: Tensor = layer.get_parameter("weight")
                count = kernel.shape[1]
                kernel.copy_(rest[:count].T[:, :, None, None])
                rest = rest[count:]
            self.near.get_parameter("bias").copy_(rest[0])

    def _near(self, inputs: Mapping[str, Tensor]) -> Tensor:
        cells = F.avg_pool2d(inputs["lightness"], self._stride)
        light = cells / 50 - 1
        chroma = inputs["chroma"] / UNIT
        columns = [light, light.square(), light**3, chroma, chroma * light]
        if self._is_broad:
            bends = [(cells - knot).clamp(min=0) / 50 for knot in _KNOTS]
            columns += [*bends, *_around(light), *_within(light, inputs["where"])]
        return torch.cat(columns, dim=1)


def _around(light: Tensor) -> list[Tensor]:
    """Compare each cell's lightness (N, 1, h, w) with what lies around it: 11 columns."""
    means = [mean_around(light, side) for side in _AROUND]
    spreads = [
        spread_around(light, mean, side, least=0.01)
        for side, mean in zip(_AROUND[:2], means[:2], strict=True)
    ]
    near, wide, _ = means
    differences = [light - mean for mean in means]
    return [*means, *differences, *spreads, light * wide, light * spreads[1], near * wide]


def mean_around(values: Tensor, side: int) -> Tensor:
    """Take the mean of values (N, c, h, w) over a square of so many cells, an odd number."""
    return F.avg_pool2d(values, side, 1, side // 2, count_include_pad=False)


def spread_around(values: Tensor, mean: Tensor, side: int, *, least: float) -> Tensor:
    """Take the standard deviation around the mean over such a square, at least the least."""
    variance = mean_around(values.square(), side) - mean.square()
    return variance.clamp(min=least**2).sqrt()


def positions(values: Tensor) -> tuple[Tensor, Tensor]:
    """Give the row and the column of each cell of (N, 1, h, w), from -1 to 1.

    >>> positions(torch.zeros(1, 1, 2, 4))[1][0, 0, 0].tolist()
    [-0.75, -0.25, 0.25, 0.75]
    """
    one = torch.ones_like(values)
    row, column = ((2 * one.cumsum(side) - 1) / one.sum(side, keepdim=True) - 1 for side in (2, 3))
    return row, column


def _within(light: Tensor, where: Tensor) -> list[Tensor]:
    """Say where in the picture and on its object a cell lies, and how light it is there.

    Args:
        light: (N, 1, h, w).
        where: (N, 1, h, w) from 0 to 1; what is in doubt counts little.

    Returns:
        17 columns; left and right are alike.
    """
    one = torch.ones_like(light)
    row, column = positions(light)
    weights = where.square() + _FAINT
    weights = weights / weights.sum(dim=(2, 3), keepdim=True)

    def standardized(values: Tensor, least: float) -> tuple[Tensor, Tensor, Tensor]:
        middle = (weights * values).sum(dim=(2, 3), keepdim=True)
        spread = (weights * (values - middle).square()).sum(dim=(2, 3), keepdim=True)
        spread = (spread + least**2).sqrt()
        return ((values - middle) / spread).clamp(-3, 3), middle * one, spread * one

    high, _, _ = standardized(row, 0.03)
    aside = standardized(column, 0.03)[0].square()
    relative, mean, spread = standardized(light, 0.03)
    picture = [row, row.square(), column.square()]
    place = [high, high.square(), aside, high * light, high.square() * light, aside * light]
    tone = [relative, relative.square(), relative**3, high * relative, aside * relative]
    return [*picture, *place, *tone, mean, spread, mean * light]


class LinearBody(Body):
    """A ridge regression from lightness, base chroma and distribution: the honest baseline.

    Args:
        shape: what it has to do with.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.paint = Regression(shape, ("distribution",), 2 * shape.kinds)

    def forward(self, inputs: Mapping[str, Tensor], kinds: Tensor) -> Tensor:
        """Paint every kind, and take that of each cell."""
        return chosen(self.paint(inputs), kinds) * UNIT


class TableBody(Body):
    """The mean color of each level of lightness: what needs no network.

    Args:
        shape: what it has to do with.
    """

    table: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self._stride = shape.stride
        self.register_buffer("table", torch.zeros(101, 2 * shape.kinds))

    def forward(self, inputs: Mapping[str, Tensor], kinds: Tensor) -> Tensor:
        """Look every cell up, and take the color of its kind."""
        cells = F.avg_pool2d(inputs["lightness"], self._stride)[:, 0]
        colors = self.table[cells.round().clamp(0, 100).long()].movedim(-1, 1)
        return chosen(colors, kinds)


class BroadBody(Body):
    """A regression from all that can be known of a cell; its sure colors are the strong ones.

    Args:
        shape: what it has to do with.
    """

    center: Tensor
    form: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.paint = Regression(shape, ALL_PARTS, 2 * shape.kinds, is_broad=True)
        self.register_buffer("center", torch.zeros(shape.kinds, 2))
        self.register_buffer("form", torch.eye(2).repeat(shape.kinds, 1, 1))

    def forward(self, inputs: Mapping[str, Tensor], kinds: Tensor) -> Tensor:
        """Paint every kind, and take that of each cell."""
        painted = torch.split(self.paint(inputs), 2, dim=1)
        limits = map(Ellipse, self.center, self.form)
        return chosen(torch.cat(list(map(expanded, painted, limits)), dim=1), kinds)

    def put(self, fits: Sequence[Fit]) -> None:
        """Take what was fitted for each kind."""
        self.paint.put(torch.cat([fit.weights for fit in fits], dim=1))
        self.center.copy_(torch.stack([fit.limits.center for fit in fits]))
        self.form.copy_(torch.stack([fit.limits.form for fit in fits]))


class KindOf(nn.Module):
    """Guess the kind of a gray picture from mean and peak of the base's deepest features.

    Args:
        shape: of the refiner; several kinds.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        deepest = [part for name in _DEEPEST for part in shape.parts if part.name == name]
        self._part = deepest[0]
        self.tell = nn.Linear(2 * self._part.channels, shape.kinds)

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give (N, K) logits."""
        logits: Tensor = self.tell(self.columns(inputs)[:, :-1])
        return logits

    def columns(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give (N, columns), what it is linear in; a constant comes last."""
        values = evidence(inputs, self._part)
        mean, peak = values.mean(dim=(2, 3)), values.amax(dim=(2, 3))
        return torch.cat([mean, peak, torch.ones_like(mean[:, :1])], dim=1)

    def put(self, weights: Tensor) -> None:
        """Take solved weights (columns, K)."""
        with torch.no_grad():
            self.tell.weight.copy_(weights[:-1].T)
            self.tell.bias.copy_(weights[-1])
