"""Hints as siggraph17 simulates them: a few square patches reveal their mean color.

Source: Zhang et al. 2017, "Real-Time User-Guided Image Colorization with Learned Deep Priors", and
its released PyTorch training code: patches of 1 to 9 px, their number geometric with p = 1/8 (so
that one picture in eight has none there; here the share with hints is free), their places Gaussian
around the center with a deviation of a quarter of the side.
"""

import math
from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

_STOP: Final = 1 / 8
_LARGEST_PX: Final = 9
_MOST: Final = 32  # one picture in 72 would have more


class Patches(NamedTuple):
    """Squares of each picture, later ones above earlier ones.

    Attributes:
        side: (N, 32) int64, in pixels; 0 where a picture has fewer squares.
        top: (N, 32) int64, first row.
        left: (N, 32) int64, first column.
    """

    side: Tensor
    top: Tensor
    left: Tensor


def draw_patches(
    count: int, size: tuple[int, int], generator: torch.Generator, *, share: float = 1 - _STOP
) -> Patches:
    """Draw the squares that hints reveal.

    Args:
        count: pictures.
        size: (height, width) in pixels.
        generator: source of randomness.
        share: how many pictures have hints, 0 to 1; of those, the number of squares is geometric.

    Returns:
        The squares, inside the pictures, on the device of the generator.
    """
    device = generator.device
    numbers = torch.rand(count, 1, generator=generator, device=device) / max(share, 1e-7)
    more = (numbers.clamp(min=1e-7).log() / math.log(1 - _STOP)).floor()
    patches = torch.where(numbers < 1, 1 + more, 0)
    largest = min(_LARGEST_PX, *size)
    side = torch.randint(1, largest + 1, (count, _MOST), generator=generator, device=device)
    spread = torch.randn(2, count, _MOST, generator=generator, device=device)
    room = torch.tensor(size, device=device)[:, None, None] - side
    corner = ((room + 1) * (0.5 + 0.25 * spread)).clamp(min=0).minimum(room).long()
    is_there = torch.arange(_MOST, device=device) < patches
    return Patches(side * is_there, corner[0], corner[1])


def reveal(chroma: Tensor, patches: Patches) -> Tensor:
    """Paint each patch with its mean color.

    Args:
        chroma: (N, 2, H, W) a* and b*.
        patches: of the same N pictures.

    Returns:
        (N, 3, H, W): a*, b* and a mask of 0 and 1; all 0 outside the patches.
    """
    count, _, height, width = chroma.shape
    pixels = _pixels(patches, height, width)
    painted = F.pad(chroma.flatten(2), (0, 1))  # one pixel more, for what is outside the patches
    values = painted.gather(2, pixels.flatten(1)[:, None].expand(-1, 2, -1))
    sums = values.reshape(count, 2, *pixels.shape[1:]).sum(dim=3)
    means = sums / (patches.side**2).clamp(min=1)[:, None]
    colors = torch.cat([means, torch.ones_like(means[:, :1])], dim=1)
    revealed = chroma.new_zeros(count, 3, height * width + 1)
    for patch in range(_MOST):
        where = pixels[:, None, patch].expand(-1, 3, -1)
        revealed.scatter_(2, where, colors[:, :, patch, None].expand_as(where))
    return revealed[..., :-1].reshape(count, 3, height, width)


def _pixels(patches: Patches, height: int, width: int) -> Tensor:
    """List the pixels of each patch (N, 32, 81), row * width + column; H * W for none."""
    offsets = torch.arange(_LARGEST_PX, device=patches.side.device)
    is_inside = offsets < patches.side[..., None]
    rows, columns = patches.top[..., None] + offsets, patches.left[..., None] + offsets
    pixels = rows[..., :, None] * width + columns[..., None, :]
    covers = is_inside[..., :, None] & is_inside[..., None, :]
    return torch.where(covers, pixels, height * width).flatten(2)
