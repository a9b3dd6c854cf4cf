"""Photograph a color picture on period film: what old plates and films make of its lightness.

Blue-sensitive plates show red things black and blue skies white; orthochromatic film likes green
and blue; early panchromatic film sees everything, blue too much. Around that: exposure, the curve
of film and paper, light that spreads in the glass, corners that fall off, uneven fading, a printing
screen, and the border of the print, which is paper and has no color.
Source: effective weights of linear sRGB, computed from tabulated spectral responses over two bases
of reflectance (Mullery, doras.dcu.ie/28111; Mallett and Yuksel 2019), about their means.
"""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from photochrom.color.gamut import fit_to_srgb
from photochrom.color.lab import srgb_to_lab, srgb_to_linear

_FILMS: Final = (  # share among period pictures, then weights of linear R, G, B
    (0.25, (0.045, 0.14, 0.815)),  # blue-sensitive plate, daylight
    (0.27, (0.04, 0.38, 0.58)),  # orthochromatic, daylight
    (0.15, (0.04, 0.55, 0.41)),  # orthochromatic, tungsten light
    (0.23, (0.215, 0.325, 0.46)),  # early panchromatic, daylight
    (0.10, (0.39, 0.36, 0.25)),  # early panchromatic, tungsten light
)
_LUMINANCE: Final = (0.2126, 0.7152, 0.0722)  # CIE Y of linear sRGB
_SPREAD: Final = 0.25  # of each weight from film to film, as a share
_FILTERED: Final = 0.25  # of the films that see green, taken through a yellow filter
_KNEE: Final = 0.8  # luminance from which light spreads in the glass
_BORDERED: Final = 0.12  # of all pictures
_WIDEST_BORDER: Final = 0.12  # of the side
_HALFTONED: Final = 0.05  # of the period pictures
_HUES: Final = 120  # steps of the table of the largest chroma


class Exposure(NamedTuple):
    """What each picture of a batch was taken on; all (N, …) of the same N.

    Attributes:
        is_period: (N, 1, 1, 1), 1 or 0; modern pictures keep their lightness.
        weights: (N, 3, 1, 1) of linear R, G and B.
        stops: (N, 1, 1, 1) of exposure.
        contrast: (N, 1, 1, 1) slope of the curve at middle gray.
        halation: (N, 1, 1, 1) share of the brightest light that spreads.
        falloff: (N, 1, 1, 1) light that the corners lack.
        darkest: (N, 1, 1, 1) L* of the deepest black.
        brightest: (N, 1, 1, 1) L* of the brightest white.
        stain: (N, 1, 4, 4) L* of uneven fading, coarse.
        screen: (N, 2, 1, 1) period in pixels and strength of a printing screen; 0 for none.
        border: (N, 4, 1, 1) left, top, right and bottom border, as shares of the sides.
        paper: (N, 1, 1, 1) L* of the border.
        captions: (N, 1, 24, 24) dark marks on the border, coarse, 0 to 1.
    """

    is_period: Tensor
    weights: Tensor
    stops: Tensor
    contrast: Tensor
    halation: Tensor
    falloff: Tensor
    darkest: Tensor
    brightest: Tensor
    stain: Tensor
    screen: Tensor
    border: Tensor
    paper: Tensor
    captions: Tensor


def draw_exposure(count: int, generator: torch.Generator, *, share: float) -> Exposure:
    """Draw what each picture of a batch is taken on.

    Args:
        count: pictures.
        generator: source of randomness, on the CPU.
        share: how many pictures are on period film, 0 to 1.

    Returns:
        The measures, on the CPU.
    """

    def draw(low: float, high: float, *shape: int) -> Tensor:
        numbers = torch.rand(count, *(shape or (1, 1, 1)), generator=generator)
        return low + (high - low) * numbers

    def happens(probability: float) -> Tensor:
        return (draw(0, 1) < probability).float()

    shares = torch.tensor([part for part, _ in _FILMS])
    films = torch.multinomial(shares.expand(count, -1), 1, generator=generator)[:, 0]
    weights = torch.tensor([center for _, center in _FILMS])[films]
    weights = weights * torch.exp(_SPREAD * torch.randn(count, 3, generator=generator))
    is_filtered = (draw(0, 1)[:, 0, 0, 0] < _FILTERED) & (films > 0)
    weights[:, 2] *= torch.where(is_filtered, draw(0.15, 0.5)[:, 0, 0, 0], 1.0)
    weights = weights / weights.sum(dim=1, keepdim=True)
    screen = torch.cat([draw(2.2, 5.0), draw(3, 12) * happens(_HALFTONED)], dim=1)
    sides = draw(0, _WIDEST_BORDER, 4, 1, 1) * (draw(0, 1, 4, 1, 1) < 0.85)
    return Exposure(
        is_period=happens(share),
        weights=weights[:, :, None, None],
        stops=draw(-0.5, 0.5),
        contrast=draw(0.8, 1.5),
        halation=draw(0.05, 0.3) * happens(0.4),
        falloff=draw(0, 0.4) * happens(0.5),
        darkest=draw(0, 22),
        brightest=draw(78, 100),
        stain=draw(-7, 7, 1, 4, 4) * happens(0.3),
        screen=screen,
        border=sides * happens(_BORDERED),
        paper=torch.where(draw(0, 1) < 0.8, draw(72, 98), draw(4, 40)),
        captions=(draw(0, 1, 1, 24, 24) < 0.12).float() * happens(0.4),
    )


def expose(rgb: Tensor, exposure: Exposure) -> tuple[Tensor, Tensor]:
    """Photograph pictures.

    Args:
        rgb: (N, 3, H, W) sRGB in [0, 1].
        exposure: of the same N pictures, on the same device.

    Returns:
        (N, 1, H, W) L* as film and paper show it, and (N, 2, H, W) the a*, b* that go with it:
        those of the picture, as far as sRGB has them at that lightness; none on borders.
    """
    lab: Tensor = srgb_to_lab(rgb.movedim(1, -1)).movedim(-1, 1)
    lightness, chroma = lab[:, :1].contiguous(), lab[:, 1:].contiguous()
    old = torch.nonzero(exposure.is_period.reshape(-1)).reshape(-1)
    if len(old):
        part = Exposure(*(measure[old] for measure in exposure))
        developed = _developed(rgb[old], part)
        lightness[old] = developed
        chroma[old] = fit_chroma(developed, chroma[old])
    is_border, paper = _border(exposure, lightness)
    return torch.where(is_border, paper, lightness), torch.where(is_border, 0.0, chroma)


def _developed(rgb: Tensor, exposure: Exposure) -> Tensor:
    """Give the L* (N, 1, H, W) of a print of each picture."""
    linear = srgb_to_linear(rgb)
    luminance = _weighed(linear, linear.new_tensor(_LUMINANCE)[:, None, None])
    seen = _weighed(linear, exposure.weights)
    gain = luminance.mean(dim=(2, 3), keepdim=True) / seen.mean(dim=(2, 3), keepdim=True).clamp(
        min=1e-4
    )
    seen = seen * gain * 2**exposure.stops
    seen = seen + exposure.halation * _spread((seen - _KNEE).clamp(min=0))
    down, across = (
        torch.linspace(-1, 1, side, device=seen.device, dtype=seen.dtype) for side in seen.shape[2:]
    )
    seen = seen * (1 - exposure.falloff * (down[:, None] ** 2 + across**2) / 2)  # 1 in the corners
    seen = seen.clamp(0, 1)
    cubic = 116 * seen.clamp(min=1e-4) ** (1 / 3) - 16
    lightness = torch.where(seen > (6 / 29) ** 3, cubic, seen * (29 / 3) ** 3)
    curved = _curve(lightness / 100, exposure.contrast)
    faded = exposure.darkest + (exposure.brightest - exposure.darkest) * curved
    size = tuple(seen.shape[2:])
    faded = faded + F.interpolate(exposure.stain, size, mode="bilinear", align_corners=False)
    period, strength = exposure.screen[:, :1], exposure.screen[:, 1:]
    # a printing screen at 45 degrees, from -1 to 1
    down, across = (torch.arange(side, device=period.device) for side in size)
    turn = 2 * torch.pi / (period * 2**0.5)
    dots = torch.cos(turn * (down[:, None] + across)) * torch.cos(turn * (down[:, None] - across))
    return (faded + strength * dots).clamp(0, 100)


def _weighed(linear: Tensor, weights: Tensor) -> Tensor:
    return (linear * weights).sum(dim=1, keepdim=True)


def _curve(tone: Tensor, contrast: Tensor) -> Tensor:
    """Bend tones (N, 1, H, W) in [0, 1] around the middle, ends kept: a power on either side."""
    folded = torch.where(tone < 0.5, tone, 1 - tone)
    bent = 0.5 * (2 * folded).clamp(min=1e-4) ** contrast
    return torch.where(tone < 0.5, bent, 1 - bent)


def _spread(light: Tensor) -> Tensor:
    """Blur light widely, by going down to an eighth and back."""
    small = F.avg_pool2d(light, 8, ceil_mode=True)
    size = tuple(light.shape[2:])
    return F.interpolate(F.avg_pool2d(small, 3, 1, 1), size, mode="bilinear", align_corners=False)


def _border(exposure: Exposure, like: Tensor) -> tuple[Tensor, Tensor]:
    """Give where the border is (N, 1, H, W), and the L* of its paper with what is written on it."""
    height, width = like.shape[2:]
    down = ((torch.arange(height, device=like.device) + 0.5) / height)[:, None]
    across = (torch.arange(width, device=like.device) + 0.5) / width
    left, top, right, bottom = (exposure.border[:, side : side + 1] for side in range(4))
    is_border = (across < left) | (across > 1 - right) | (down < top) | (down > 1 - bottom)
    marks = F.interpolate(exposure.captions, (height, width), mode="nearest")
    return is_border, exposure.paper * (1 - 0.8 * marks)


def fit_chroma(lightness: Tensor, chroma: Tensor) -> Tensor:
    """Reduce chroma to what sRGB has at a lightness, hue kept.

    Args:
        lightness: (N, 1, H, W) L* in [0, 100].
        chroma: (N, 2, H, W) a*, b*.

    Returns:
        (N, 2, H, W) a*, b*, to within the steps of a table of 1 L* by 3 degrees.
    """
    table = _largest_chroma().to(lightness.device)
    rows = lightness[:, 0].round().clamp(0, 100).long()
    turns = torch.atan2(chroma[:, 1], chroma[:, 0]) / (2 * torch.pi)
    columns = (turns * _HUES).round().long() % _HUES
    strength = chroma.square().sum(dim=1).sqrt().clamp(min=1e-6)
    return chroma * (table[rows, columns] / strength).clamp(max=1)[:, None]


@cache
def _largest_chroma() -> Tensor:
    """Tabulate the largest chroma in sRGB, (101, 120): by L* and by hue from 0."""
    angle = np.arange(_HUES) * (2 * np.pi / _HUES)
    lightness = np.repeat(np.arange(101, dtype=np.float32)[:, None], _HUES, axis=1)
    direction = np.stack([np.cos(angle), np.sin(angle)]).astype(np.float32)
    wanted = np.repeat(200 * direction[:, None], 101, axis=1)
    fitted = srgb_to_lab(fit_to_srgb(lightness, wanted))
    return torch.from_numpy(np.hypot(fitted[..., 1], fitted[..., 2]).astype(np.float32))
