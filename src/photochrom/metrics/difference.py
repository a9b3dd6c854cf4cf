"""CIEDE2000: how different two colors look."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def delta_e_2000(first: Floats, second: Floats) -> Floats:
    """Measure the perceived difference of colors; lower is better, 1 is about just noticeable.

    Args:
        first: (..., 3) L*, a*, b*.
        second: the same shape.

    Returns:
        (...) ΔE00, 0 to about 120.

    Source: Sharma, Wu and Dalal 2005; their 34 test pairs are met to the four printed digits.

    >>> pair = np.array([50, 2.6772, -79.7751]), np.array([50, 0, -82.7485])
    >>> round(float(delta_e_2000(*pair)), 4)
    2.0425
    """
    chroma_mean = (_chroma(first) + _chroma(second)) / 2
    stretch = 1.5 - 0.5 * _sigmoid_of_chroma(chroma_mean)
    c1, h1 = _polar(first, stretch)
    c2, h2 = _polar(second, stretch)
    hue_difference, hue_mean = _hues(h1, h2, c1 * c2 == 0)

    l_mean = (first[..., 0] + second[..., 0]) / 2
    c_mean = (c1 + c2) / 2
    offset = (l_mean - 50) ** 2
    lightness = (second[..., 0] - first[..., 0]) / (1 + 0.015 * offset / np.sqrt(20 + offset))
    chroma = (c2 - c1) / (1 + 0.045 * c_mean)
    tone = 2 * np.sqrt(c1 * c2) * np.sin(hue_difference / 2)
    degree = np.pi / 180
    weight = (  # T, the eye's varying sensitivity around the color circle
        1
        - 0.17 * np.cos(hue_mean - 30 * degree)
        + 0.24 * np.cos(2 * hue_mean)
        + 0.32 * np.cos(3 * hue_mean + 6 * degree)
        - 0.20 * np.cos(4 * hue_mean - 63 * degree)
    )
    hue = tone / (1 + 0.015 * c_mean * weight)
    # R_T, the tilt of the tolerance ellipses in the blues
    angle = np.radians(60 * np.exp(-(((np.degrees(hue_mean) - 275) / 25) ** 2)))
    rotation = -2 * _sigmoid_of_chroma(c_mean) * np.sin(angle)
    squared = lightness**2 + chroma**2 + hue**2 + rotation * chroma * hue
    distance: Floats = np.sqrt(np.maximum(squared, 0))
    return distance


def _chroma(lab: Floats) -> Floats:
    """Take the distance from the gray axis."""
    return np.hypot(lab[..., 1], lab[..., 2])


def _sigmoid_of_chroma(chroma: Floats) -> Floats:
    """Rise from 0 to 1 around a chroma of 25."""
    to_the_seventh = chroma**7
    return np.sqrt(to_the_seventh / (to_the_seventh + 25.0**7))


def _polar(lab: Floats, stretch: Floats) -> tuple[Floats, Floats]:
    """Convert to chroma and hue (radians) after stretching a*."""
    stretched = lab[..., 1] * stretch
    return np.hypot(stretched, lab[..., 2]), np.arctan2(lab[..., 2], stretched)


def _hues(first: Floats, second: Floats, is_neutral: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Take difference and mean of two hues on the circle; a neutral color has no hue of its own."""
    turn = 2 * np.pi
    first, second = first % turn, second % turn
    plain = second - first
    difference = plain - turn * (plain > np.pi) + turn * (plain < -np.pi)
    total = first + second
    wraps = np.abs(plain) > np.pi
    mean = (total + np.where(wraps, np.where(total < turn, turn, -turn), 0)) / 2
    return np.where(is_neutral, 0, difference), np.where(is_neutral, total, mean)
