"""Pictures as the page shows them: shrunk, encoded, with stripes where a model doubts."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.picture.libvips import array_to_image
from photochrom.picture.pixels import area_mean, shrink

_QUALITY: Final = 88
_STRIPE: Final = 14  # px from one stripe to the next
_EDGE: Final = 0.14  # of it, dark on both sides of the light
_SURE: Final = 0.4  # of doubt: below, nothing is drawn
_DRAWN: Final = (0.7, 0.98)  # shares of the picture: from where on stripes begin, and are widest
_WIDEST: Final = 0.45  # of the distance of two stripes

Shown = NDArray[np.uint8]


def encoded(shown: Shown) -> bytes:
    """Encode what is shown: as JPEG, which takes a fraction of the time of WebP; opacity as PNG."""
    if shown.shape[2] == 4:
        return bytes(array_to_image(shown).write_to_buffer(".png", compression=3, keep="none"))
    data: bytes = array_to_image(shown).write_to_buffer(
        ".jpg", Q=_QUALITY, keep="none", subsample_mode="off"
    )
    return data


def as_gray(codes: NDArray[np.uint16]) -> Shown:
    """Show (h, w) gray codes, full scale 65535."""
    gray = np.rint(codes / 257).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)


def fitting(height: int, width: int, side: int) -> tuple[int, int]:
    """Give height and width of a picture whose longer side is to be so many px at most."""
    scale = min(1, side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def shrunk(shown: Shown, side: int) -> Shown:
    """Shrink a picture to a longer side."""
    height, width = shown.shape[:2]
    return shrink(shown, *fitting(height, width, side))


def shrunk_codes(
    codes: NDArray[np.uint16], side: int, least: tuple[int, ...]
) -> NDArray[np.uint16]:
    """Shrink gray codes, to no less than the prediction."""
    size = (codes.shape[0], codes.shape[1])
    height, width = (max(pair) for pair in zip(fitting(*size, side), least, strict=True))
    if (height, width) == size:
        return codes
    means = area_mean([codes.astype(np.float32)], size, (height, width))
    return np.rint(means).astype(np.uint16)


def stripes(doubt: NDArray[np.float32]) -> Shown:
    """Draw doubt, (h, w) from 0 to 1, as stripes, wider where it is larger.

    Only the less certain third of a picture has any: there a person can help.

    Returns:
        (h, w, 4) uint8 sRGB and opacity.
    """
    height, width = doubt.shape
    phase = np.add.outer(np.arange(height), np.arange(width)) % _STRIPE / _STRIPE
    sure, least = np.quantile(doubt, _DRAWN)
    rising = np.clip((doubt - max(sure, _SURE)) / max(least - sure, 0.05), 0, 1) * _WIDEST
    edge = np.minimum(_EDGE, rising)
    drawn = np.zeros((height, width, 4), np.uint8)
    drawn[phase < rising] = (30, 30, 30, 150)
    drawn[(phase < rising - edge / 2) & (phase > edge / 2)] = (255, 255, 255, 200)
    return drawn
