"""What models that paint RGB paint, with its own lightness instead of the photograph's."""

import numpy as np
from numpy.typing import NDArray

from photochrom.color.lab import lab_to_srgb
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.resample import resample
from photochrom.errors import InputError
from photochrom.evaluation.contestants.contestant import Colorize
from photochrom.picture import read_picture

U8 = NDArray[np.uint8]


def raw_rgb(colorizer: Colorizer) -> Colorize:
    """Make a colorizer of what a network paints, to be measured beside the front door's result.

    Everywhere else only a model's chroma is used, so that the lightness of the photograph stays;
    papers that train RGB outputs report this instead. It is enlarged, bicubic, where the network
    sees less than the photograph has.

    Args:
        colorizer: of a model with the output ``rgb_lightness``.

    Returns:
        A function from (H, W) uint8 gray to (H, W, 3) uint8 sRGB, for `evaluate`.

    Raises:
        InputError: when the model does not paint RGB, or a saturation is asked for.
    """
    colorizer.session.require_output("rgb_lightness", "it does not paint RGB to be measured")
    if colorizer.options.saturation is not None:
        raise InputError("raw RGB is measured as it is painted: leave the saturation out")

    def paint(gray: U8) -> U8:
        prediction = colorizer.predict_picture(read_picture(gray))
        assert prediction.rgb_lightness is not None, "required above"  # noqa: S101
        lab = np.stack([prediction.rgb_lightness, *prediction.chroma], axis=-1)
        painted = np.moveaxis(lab_to_srgb(lab).clip(0, 1), -1, 0)
        enlarged = resample(np.ascontiguousarray(painted, np.float32), *gray.shape)
        codes = np.rint(enlarged.clip(0, 1) * 255).astype(np.uint8)
        return np.ascontiguousarray(np.moveaxis(codes, 0, -1))

    return paint
