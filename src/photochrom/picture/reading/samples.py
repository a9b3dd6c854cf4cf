"""From the channels and samples that a file has to those that the house reads.

Color channels and at most one alpha, of eight or sixteen bits: whoever opens a picture gets no
others, so that a float or an infrared channel means the same in every command.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from photochrom.errors import InputError
from photochrom.picture.libvips import Image, read_blocks
from photochrom.picture.notes import CONVERTED
from photochrom.picture.reading.opened import Opened

_PLAIN: Final = frozenset({"uchar", "ushort"})
_CIELAB: Final = frozenset({"lab", "labs"})
_MAX_OVERSHOOT: Final = 2.0  # floats above are not a little too bright, but of another scale
_ROWS: Final = 256
_ALPHA: Final = frozenset({1, 2})  # of TIFF's ExtraSamples; libvips divides colors by the first


def as_codes(opened: Opened) -> Opened:
    """Give the same picture in codes of eight or sixteen bits, with color and alpha only.

    Returns:
        It, with notes on what became of unusual channels and samples.

    Raises:
        InputError: when samples are signed or complex, or floats of another scale than 0 to 1. All
            floats are looked at, so a file of them that is damaged fails here.
    """
    kept = _leave_out_extras(opened) if opened.extras else opened
    if kept.header.format in _PLAIN and kept.header.interpretation not in _CIELAB:
        return kept
    notes = _note_samples(kept)
    return replace(kept.through(_to_codes), notes=kept.notes + notes)


def _leave_out_extras(opened: Opened) -> Opened:
    """Leave out a channel that is neither color nor alpha, such as a scanner's infrared.

    Raises:
        InputError: when there are more of them: nobody knows which ones make the photograph.
    """
    extras, bands = opened.extras, opened.header.bands
    if len(extras) > 1 or len(extras) >= bands:
        raise InputError(
            f"{opened.name}: {bands} channels, {len(extras)} beyond the color; gray, RGB and CMYK "
            "can be read, with one more or without"
        )
    if extras[0] in _ALPHA:
        return opened

    def keep(image: Image) -> Image:
        return image.extract_band(0, n=bands - 1).copy(interpretation=image.interpretation)

    note = "an extra channel, which is neither color nor alpha (infrared, for one), left out"
    return replace(opened.through(keep), notes=(*opened.notes, note))


def _to_codes(image: Image) -> Image:
    """Bring any sample type to eight or sixteen bits."""
    if image.interpretation in _CIELAB:
        image = image.colourspace("rgb16")
    if image.format in _PLAIN:
        return image
    scale = 1 / 65537
    if image.format == "float":
        scale = 65535
        image = (image - image == 0).ifthenelse(image, 0)  # not so for NaN and infinity
    deep = "grey16" if image.bands < 3 else "rgb16"
    kept = "cmyk" if image.interpretation == "cmyk" else deep
    return (image * scale).rint().cast("ushort").copy(interpretation=kept)


def _note_samples(opened: Opened) -> tuple[str, ...]:
    """Say what becomes of unusual sample types.

    Raises:
        InputError: when they are signed or complex, or floats of another scale than 0 to 1.
    """
    if opened.header.interpretation in _CIELAB:
        return (f"{CONVERTED}CIELAB",)
    sample = opened.header.format
    if sample == "float":
        return ("float samples taken as sRGB-encoded, 0 to 1, and kept with 16 bits", *_cut(opened))
    if sample == "uint":
        return ("32-bit samples kept with 16 bits",)
    raise InputError(f"{opened.name}: samples of type {sample} cannot be read")


def _cut(opened: Opened) -> tuple[str, ...]:
    """Look at all float samples: nothing outside 0 to 1 may be cut off without a word.

    Raises:
        InputError: when they are of another scale, such as 0 to 255, or no numbers at all.
    """

    def look(image: Image) -> tuple[float, float, int]:
        low, high, lost = np.inf, -np.inf, 0
        for block in read_blocks(image, _ROWS):
            is_number = np.isfinite(block)
            lost += int((~is_number.all(axis=2)).sum())
            low = min(low, float(block.min(where=is_number, initial=np.inf)))
            high = max(high, float(block.max(where=is_number, initial=-np.inf)))
        return low, high, lost

    low, high, lost = opened.decode(look)
    if low > high:
        raise InputError(f"{opened.name}: none of its float samples is a number")
    if high > _MAX_OVERSHOOT:
        raise InputError(
            f"{opened.name}: its float samples reach {high:g}; they can be read from 0 to 1"
        )
    notes = [f"{lost} pixels that are no numbers (NaN or infinite) became black"] if lost else []
    if low < 0 or high > 1:
        notes.append(f"samples from {low:g} to {high:g} were cut to 0 to 1")
    return tuple(notes)
