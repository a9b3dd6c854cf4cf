"""sRGB and CIELAB, one body for NumPy arrays and torch tensors.

Source: IEC 61966-2-1 (sRGB), CIE 015:2018 (CIELAB), white D65 / 2 degrees. The matrix is derived
from the primaries, and the white from the matrix, so that gray has exactly no color.
"""

from typing import Any, Final, TypeVar

import numpy as np
from array_api_compat import array_namespace, device
from numpy.typing import NDArray

Array = TypeVar("Array")  # a NumPy array or a torch tensor; the result is of the same kind

# chromaticities of red, green, blue (IEC 61966-2-1) and of D65
_XY: Final = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06], [0.3127, 0.3290]])
_DELTA: Final = 6 / 29  # CIE 015:2018: the curve is linear below _DELTA**3
_KNEE: Final = 0.04045  # IEC 61966-2-1: the curve is linear up to here, and makes a tiny step
_LINEAR_KNEE: Final = 0.0031308061  # amid that step, so that rounding never crosses it

_X, _Y = _XY.T
_XYZ: Final = np.stack([_X / _Y, np.ones(4), (1 - _X - _Y) / _Y])  # of luminance 1
RGB_TO_XYZ: Final = _XYZ[:, :3] * np.linalg.solve(_XYZ[:, :3], _XYZ[:, 3])
WHITE: Final = RGB_TO_XYZ.sum(axis=1)  # derived, so that gray has exactly no color
RGB_TO_RELATIVE_XYZ: Final = RGB_TO_XYZ / WHITE[:, None]  # X/Xn, Y/Yn, Z/Zn
RELATIVE_XYZ_TO_RGB: Final = np.linalg.inv(RGB_TO_RELATIVE_XYZ)


def srgb_to_linear(srgb: Array) -> Array:
    """Undo the sRGB transfer curve.

    Args:
        srgb: any shape, encoded values, nominally in [0, 1].

    Returns:
        The same shape, linear light.

    Source: IEC 61966-2-1.

    >>> float(srgb_to_linear(np.float64(0.5)).round(6))
    0.214041
    """
    xp = array_namespace(srgb)
    values: Any = srgb
    powered = ((xp.clip(values, _KNEE, None) + 0.055) / 1.055) ** 2.4
    linear: Array = xp.where(values > _KNEE, powered, values / 12.92)
    return linear


def linear_to_srgb(linear: Array) -> Array:
    """Apply the sRGB transfer curve.

    Args:
        linear: any shape, linear light, nominally in [0, 1]; outside it the curve goes on.

    Returns:
        The same shape, encoded values.

    Source: IEC 61966-2-1.

    >>> float(linear_to_srgb(np.float64(0.214041)).round(6))
    0.5
    """
    xp = array_namespace(linear)
    values: Any = linear
    powered = 1.055 * xp.clip(values, _LINEAR_KNEE, None) ** (1 / 2.4) - 0.055
    srgb: Array = xp.where(values > _LINEAR_KNEE, powered, values * 12.92)
    return srgb


def _compress(t: Any, xp: Any) -> Any:
    """Apply the CIELAB curve; ``clip`` keeps the unused branch from poisoning gradients."""
    cube_root = xp.clip(t, _DELTA**3, None) ** (1 / 3)
    return xp.where(t > _DELTA**3, cube_root, t / (3 * _DELTA**2) + 4 / 29)


def _expand(f: Any, xp: Any) -> Any:
    """Undo the CIELAB curve."""
    return xp.where(f > _DELTA, f**3, 3 * _DELTA**2 * (f - 4 / 29))


def _matrix(values: NDArray[np.float64], like: Any, xp: Any) -> Any:
    """Give a constant matrix the kind, precision and device of ``like``, for right products."""
    return xp.asarray(np.ascontiguousarray(values.T), dtype=like.dtype, device=device(like))


def srgb_to_lab(srgb: Array) -> Array:
    """Convert sRGB to CIELAB; differentiable when given a torch tensor.

    Args:
        srgb: (..., 3) float, encoded values in [0, 1].

    Returns:
        (..., 3), L* in [0, 100], a* and b* in about [-110, 110].

    Source: CIE 015:2018; agrees with scikit-image's ``rgb2lab`` within its truncated constants.

    >>> srgb_to_lab(np.array([1.0, 0.0, 0.0])).round(2).tolist()
    [53.24, 80.09, 67.2]
    """
    xp = array_namespace(srgb)
    linear: Any = srgb_to_linear(srgb)
    f = _compress(linear @ _matrix(RGB_TO_RELATIVE_XYZ, linear, xp), xp)
    fx, fy, fz = f[..., 0], f[..., 1], f[..., 2]
    lab: Array = xp.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], axis=-1)
    return lab


def lab_to_linear(lab: Array) -> Array:
    """Convert CIELAB to linear sRGB light, not clipped.

    Args:
        lab: (..., 3) float, L* in [0, 100], a* and b*.

    Returns:
        (..., 3) linear light; outside [0, 1] where the color is outside sRGB.

    >>> lab_to_linear(np.array([100.0, 0.0, 0.0])).round(6).tolist()
    [1.0, 1.0, 1.0]
    """
    xp = array_namespace(lab)
    values: Any = lab
    fy = (values[..., 0] + 16) / 116
    f = xp.stack([fy + values[..., 1] / 500, fy, fy - values[..., 2] / 200], axis=-1)
    linear: Array = _expand(f, xp) @ _matrix(RELATIVE_XYZ_TO_RGB, values, xp)
    return linear


def lab_to_srgb(lab: Array) -> Array:
    """Convert CIELAB to sRGB, not clipped.

    Args:
        lab: (..., 3) float, L* in [0, 100], a* and b*.

    Returns:
        (..., 3) encoded values; outside [0, 1] where the color is outside sRGB.

    >>> lab_to_srgb(np.array([53.2408, 80.0925, 67.2032])).round(3).tolist()
    [1.0, 0.0, 0.0]
    """
    return linear_to_srgb(lab_to_linear(lab))


def gray_to_lightness(gray: Array) -> Array:
    """Convert sRGB-encoded luminance to L*.

    Args:
        gray: any shape, sRGB-encoded CIE Y in [0, 1].

    Returns:
        The same shape, L* in [0, 100].

    >>> float(gray_to_lightness(np.float64(0.5)).round(3))
    53.389
    """
    xp = array_namespace(gray)
    lightness: Array = 116 * _compress(srgb_to_linear(gray), xp) - 16
    return lightness


def lightness_to_gray(lightness: Array) -> Array:
    """Convert L* to sRGB-encoded luminance.

    Args:
        lightness: any shape, L* in [0, 100].

    Returns:
        The same shape, sRGB-encoded CIE Y in [0, 1].

    >>> float(lightness_to_gray(np.float64(53.389)).round(3))
    0.5
    """
    xp = array_namespace(lightness)
    values: Any = lightness
    return linear_to_srgb(_expand((values + 16) / 116, xp))  # type: ignore[no-any-return]


def srgb_to_gray(srgb: Array) -> Array:
    """Turn color gray the way this project means it: sRGB-encoded CIE Y, not Rec. 601 luma.

    Args:
        srgb: (..., 3) float, encoded values in [0, 1].

    Returns:
        (...), sRGB-encoded CIE Y in [0, 1].

    >>> float(srgb_to_gray(np.array([1.0, 0.0, 0.0])).round(4))
    0.4985
    """
    xp = array_namespace(srgb)
    linear: Any = srgb_to_linear(srgb)
    luminance = linear @ _matrix(RGB_TO_XYZ[1], linear, xp)
    return linear_to_srgb(luminance)  # type: ignore[no-any-return]
