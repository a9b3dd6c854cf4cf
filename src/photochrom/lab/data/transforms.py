"""Joint transforms: one random placement for all layers of a picture (color, mask, prediction).

Chroma needs nothing of its own: mirrored or turned colors are the same colors.
"""

import math
from typing import Literal, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F


class PlacementRanges(Protocol):
    """How far placements may go; a `BatchPlan` has these."""

    @property
    def smallest_crop(self) -> float:
        """Smallest share of a picture's side that is kept."""

    @property
    def flip(self) -> bool:
        """Whether half of the pictures are mirrored."""

    @property
    def rotation_deg(self) -> float:
        """Largest angle, either way."""

    @property
    def shear(self) -> float:
        """Largest sideways shift of an edge, either way, as a share of half a side."""


def draw_placements(count: int, ranges: PlacementRanges, generator: torch.Generator) -> Tensor:
    """Draw where each picture is looked at: cropped, mirrored, turned, sheared.

    Args:
        count: pictures.
        ranges: how far to go.
        generator: source of randomness.

    Returns:
        (count, 2, 3) affine maps from the coordinates of the result to those of the picture, both
        from -1 to 1, on the device of the generator.
    """
    device = generator.device
    numbers = torch.rand(count, 4, generator=generator, device=device)
    kept = ranges.smallest_crop + (1 - ranges.smallest_crop) * numbers[:, 0]
    mirror = torch.where((numbers[:, 1] < 0.5) & ranges.flip, -1.0, 1.0)
    turn = torch.zeros(count, 2, device=device)
    if ranges.rotation_deg or ranges.shear:
        turn = 2 * torch.rand(count, 2, generator=generator, device=device) - 1
    matrix = turned(turn[:, 0] * math.radians(ranges.rotation_deg), turn[:, 1] * ranges.shear)
    matrix = matrix * kept[:, None, None]
    matrix[:, :, 0] *= mirror[:, None]
    room = (1 - matrix.abs().sum(dim=2)).clamp(min=0)  # what the turned window leaves on each side
    return torch.cat([matrix, (room * (2 * numbers[:, 2:] - 1))[:, :, None]], dim=2)


def turned(angle: Tensor, shear: Tensor) -> Tensor:
    """Give the matrices (N, 2, 2) that shear and then turn, angles (N,) in radians."""
    cosine, sine = angle.cos(), angle.sin()
    top = torch.stack([cosine, cosine * shear - sine], dim=1)
    bottom = torch.stack([sine, sine * shear + cosine], dim=1)
    return torch.stack([top, bottom], dim=1)


def place(
    layer: Tensor,
    placements: Tensor,
    size: int,
    *,
    mode: Literal["bilinear", "nearest"] = "bilinear",
    smallest_crop: float = 1.0,
) -> Tensor:
    """Look at one layer of each picture through its placement.

    Args:
        layer: (N, C, S, S) float; color, lightness, a prediction or a mask.
        placements: (N, 2, 3) from `draw_placements`; the same for all layers of a picture.
        size: side of the result in pixels.
        mode: "nearest" keeps the values of masks.
        smallest_crop: smallest share of a side that the placements keep; a layer with many more
            pixels than that needs is averaged down first, so that fine detail does not alias.

    Returns:
        (N, C, size, size); outside the picture its mirror image.
    """
    grid = _grid(placements, size)
    if mode == "bilinear" and size * 1.2 < layer.shape[-1] * smallest_crop:
        layer = F.interpolate(layer, size=(round(size / smallest_crop),) * 2, mode="area")
    return F.grid_sample(layer, grid, mode=mode, padding_mode="reflection", align_corners=False)


def _grid(placements: Tensor, size: int) -> Tensor:
    """Give the points (N, size, size, 2) to look at; `affine_grid` takes six times the time."""
    centers = (2 * torch.arange(size, device=placements.device) + 1) / size - 1
    across = centers[:, None] * placements[:, None, :, 0] + placements[:, None, :, 2]
    down = centers[:, None] * placements[:, None, :, 1]
    return across[:, None] + down[:, :, None]
