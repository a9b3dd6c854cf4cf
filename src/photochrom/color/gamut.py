"""Fit colors into sRGB without touching their lightness or hue.

One body serves single arrays (`fit_to_srgb`) and the strips of huge pictures (`GamutFit`): CIELAB
is written as gray plus two opponents. With f the CIELAB curve,

    f(X/Xn) = f(Y) + a*/500,   f(Z/Zn) = f(Y) - b*/200,
    R = Y + r_x (X/Xn - Y) + r_z (Z/Zn - Y),   G and B alike,

so that a color without chroma is the gray itself, bit for bit.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.lab import RELATIVE_XYZ_TO_RGB, linear_to_srgb

F32 = NDArray[np.float32]

_BISECTIONS: Final = 9  # the chroma kept is within 1/512 of the largest that fits
_DELTA: Final = np.float32(6 / 29)  # CIE 015:2018: the curve is linear below _DELTA**3
_SLOPE: Final = np.float32(3 * (6 / 29) ** 2)
_A_SCALE: Final = np.float32(1 / 500)
_B_SCALE: Final = np.float32(-1 / 200)
_X_TO_RGB: Final = RELATIVE_XYZ_TO_RGB[:, 0].astype(np.float32)
_Z_TO_RGB: Final = RELATIVE_XYZ_TO_RGB[:, 2].astype(np.float32)


class GamutFit:
    """Merges luminance and chroma into linear sRGB, at most ``capacity`` pixels at a time.

    It owns its working memory: allocating anew for each strip costs more than the arithmetic.
    One thread may use it at a time.
    """

    def __init__(self, capacity: int) -> None:
        """Allocate working memory.

        Args:
            capacity: pixels, at least 1.
        """
        self._scratch = np.empty((4, capacity), np.float32)
        self._masks = np.empty((2, capacity), np.bool_)
        self._linear = np.empty((3, capacity), np.float32)

    def fit(self, curve: F32, luminance: F32, chroma: F32) -> F32:
        """Merge, reducing chroma at constant L* and hue where the color is outside sRGB.

        Args:
            curve: (n,) f(Y) = (L* + 16) / 116.
            luminance: (n,) CIE Y in [0, 1] of the same pixels, from `curve_to_luminance`.
            chroma: (2, n) a*, b*; overwritten.

        Returns:
            (3, n) linear R, G, B in [0, 1]; valid until the next call.
        """
        linear, strays = self.merge(curve, luminance, chroma)
        linear[:, strays] = self.reduce(curve[strays], luminance[strays], chroma[:, strays])
        return linear

    def merge(self, curve: F32, luminance: F32, chroma: F32) -> tuple[F32, NDArray[np.intp]]:
        """Merge as `fit` does, but leave colors outside sRGB as they are.

        Returns:
            (3, n) linear R, G, B, valid until the next call, and the indices of such colors, whose
            columns of ``chroma`` are then what `reduce` takes.
        """
        chroma[0] *= _A_SCALE
        chroma[1] *= _B_SCALE
        linear = self._linear[:, : curve.size]
        self._merge(curve, luminance, chroma, linear)
        return linear, np.flatnonzero(self._outside(linear))

    def reduce(self, curve: F32, luminance: F32, opponents: F32) -> F32:
        """Bisect for the largest share of its chroma with which each color fits.

        Args:
            curve: (n,) as `merge` takes it.
            luminance: (n,) likewise.
            opponents: (2, n) what `merge` has made of a*, b*.

        Returns:
            (3, n) linear R, G, B in [0, 1].
        """
        result = np.tile(luminance, (3, 1))  # black and white have no color
        inner = np.flatnonzero((luminance > 0) & (luminance < 1))
        curve, luminance, opponents = curve[inner], luminance[inner], opponents[:, inner]
        share = np.zeros(inner.size, np.float32)
        linear = np.empty((3, inner.size), np.float32)
        trial, scaled = np.empty_like(share), np.empty_like(opponents)
        for step in 0.5 ** np.arange(1, _BISECTIONS + 1, dtype=np.float32):
            np.add(share, step, out=trial)
            self._merge(curve, luminance, np.multiply(opponents, trial, out=scaled), linear)
            share += step * ~self._outside(linear)
        self._merge(curve, luminance, np.multiply(opponents, share, out=scaled), linear)
        result[:, inner] = linear
        return result

    def _merge(self, curve: F32, luminance: F32, opponents: F32, linear: F32) -> None:
        """Compute linear sRGB, inside the gamut or not, into ``linear``."""
        x, z, sums, spare = self._scratch[:, : curve.size]
        for opponent, light in zip(opponents, (x, z), strict=True):
            np.add(curve, opponent, out=sums)
            _expand(sums, spare, light)
            np.subtract(light, luminance, out=light)
        for channel, from_x, from_z in zip(linear, _X_TO_RGB, _Z_TO_RGB, strict=True):
            np.multiply(x, from_x, out=channel)
            np.multiply(z, from_z, out=spare)
            np.add(channel, spare, out=channel)
            np.add(channel, luminance, out=channel)

    def _outside(self, linear: F32) -> NDArray[np.bool_]:
        """Tell which colors lie outside sRGB; valid until the next call."""
        extreme = self._scratch[0, : linear.shape[1]]
        masks = self._masks[:, : linear.shape[1]]
        below: NDArray[np.bool_] = masks[0]
        above: NDArray[np.bool_] = masks[1]
        np.minimum(linear[0], linear[1], out=extreme)
        np.minimum(extreme, linear[2], out=extreme)
        np.less(extreme, 0, out=below)
        np.maximum(linear[0], linear[1], out=extreme)
        np.maximum(extreme, linear[2], out=extreme)
        np.greater(extreme, 1, out=above)
        np.logical_or(below, above, out=below)
        return below


def _expand(curve: F32, spare: F32, light: F32) -> None:
    """Undo the CIELAB curve into ``light``: the cube, or its tangent below delta, without branch.

    With u = max(f, delta), u**3 + slope * (f - u) is either one or the other.
    """
    np.maximum(curve, _DELTA, out=spare)
    np.multiply(spare, spare, out=light)
    np.multiply(light, spare, out=light)
    np.subtract(curve, spare, out=spare)
    np.multiply(spare, _SLOPE, out=spare)
    np.add(light, spare, out=light)


def curve_to_luminance(curve: F32) -> F32:
    """Undo the CIELAB curve, with the rounding that `GamutFit` has, so that gray stays gray.

    Args:
        curve: (n,) f(Y) = (L* + 16) / 116.

    Returns:
        (n,) CIE Y, cut to [0, 1].

    >>> curve_to_luminance(np.float32([16 / 116, 1])).tolist()
    [0.0, 1.0]
    """
    luminance = np.empty_like(curve)
    _expand(curve, np.empty_like(curve), luminance)
    return np.clip(luminance, 0, 1, out=luminance)


def fit_to_srgb(lightness: F32, chroma: F32) -> F32:
    """Merge lightness and chroma into sRGB, reducing chroma where the color does not exist.

    L* and hue stay as they are; plain clipping would move L* by 2 on average on such pixels.

    Args:
        lightness: (H, W) L* in [0, 100].
        chroma: (2, H, W) a*, b*.

    Returns:
        (H, W, 3) float32 sRGB in [0, 1].

    >>> fitted = fit_to_srgb(np.full((1, 1), 50, np.float32), np.full((2, 1, 1), 90, np.float32))
    >>> bool(fitted.min() >= 0), bool(fitted.max() <= 1)
    (True, True)
    """
    curve = ((np.asarray(lightness, np.float32).ravel() + 16) / 116).astype(np.float32)
    opponents = np.array(chroma, np.float32).reshape(2, -1)
    linear = GamutFit(curve.size).fit(curve, curve_to_luminance(curve), opponents)
    return linear_to_srgb(np.ascontiguousarray(linear.T)).reshape(*lightness.shape, 3)
