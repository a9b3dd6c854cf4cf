"""Decode the photographs of a collection to plain sRGB arrays."""

import numpy as np
import pyvips
from numpy.typing import NDArray

from photochrom.errors import InputError


def decode_rgb(encoded: bytes, name: str) -> NDArray[np.uint8]:
    """Decode a picture, upright, to 8-bit sRGB; transparency is laid on white.

    Args:
        encoded: bytes of any kind of picture that photochrom reads.
        name: what to call it in an error.

    Returns:
        (H, W, 3) uint8.

    Raises:
        InputError: when the bytes are not a picture or are damaged.
    """
    try:
        image = pyvips.Image.new_from_buffer(encoded, "", fail_on="error").autorot()
        if image.hasalpha():
            image = image.flatten(background=255)
        pixels = image.colourspace("srgb").cast("uchar").numpy()
    except pyvips.Error as error:
        raise InputError(f"{name} cannot be decoded as a picture") from error
    if pixels.ndim == 2:
        pixels = pixels[:, :, None].repeat(3, axis=2)
    return np.ascontiguousarray(pixels[:, :, :3])
