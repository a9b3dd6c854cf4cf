"""Heat maps: where a picture looks artificial, laid over its gray."""

from typing import Final

import numpy as np

from photochrom.arrays import U8
from photochrom.audit.detectors.catalog import by_name
from photochrom.audit.examine import Examined
from photochrom.audit.report.rank import Ranked
from photochrom.color.lab import srgb_to_gray
from photochrom.engine.resample import resample
from photochrom.report.preview import tinted

_STRONGEST: Final = np.float32(0.85)  # of the tint over the gray picture


def heat_of(picture: U8, examined: Examined, ranked: Ranked) -> U8:
    """Draw where a picture looks artificial.

    The strongest of all maps that have a say: the auditor's, and those of the detectors that raise
    an alarm, or of the loudest when none does, each at full strength where its detector says. A
    cast is everywhere, and is drawn only where nothing else is.

    Args:
        picture: (H, W, 3) uint8 sRGB.
        examined: what was found in it.
        ranked: its place, which says whose maps count.

    Returns:
        (H, W, 3) uint8.
    """
    height, width = picture.shape[:2]
    maps = []
    if examined.judgement is not None and examined.judgement.map is not None:
        maps.append(examined.judgement.map)
    shown = ranked.alarms or (() if maps else ranked.reasons[:1])
    shown = tuple(each for each in shown if each.detector.has_place) or shown
    for reason in shown:
        name = reason.detector.name
        if name in examined.found:
            maps.append(examined.found[name].map / np.float32(by_name(name).full))
    heat = np.zeros((height, width), np.float32)
    for coarse in maps:
        kept = np.ascontiguousarray(coarse[:height, :width], np.float32)
        heat = np.maximum(heat, np.clip(resample(kept[None], height, width)[0], 0, 1))
    return tinted(255 * srgb_to_gray((picture / 255).astype(np.float32)), _STRONGEST * heat)
