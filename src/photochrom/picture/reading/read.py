"""Reading a picture: its channels sorted, its tone looked at, its pixels left for later."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.picture.libvips import Image, VipsError, color_bands, read_blocks
from photochrom.picture.luminance import Codes, Reading, gives_a_scale, plan_luminance
from photochrom.picture.picture import Picture, Plane
from photochrom.picture.profile import has_its_checksum, to_srgb, with_profile
from photochrom.picture.reading.opened import Opened, open_array, open_file, open_pillow
from photochrom.picture.reading.samples import as_codes
from photochrom.picture.reading.source import Source
from photochrom.picture.tone import TONE_SIDE, Tone, detect_tone

MAX_PIXELS: Final = 1_000_000_000
_OPACITY: Final = Reading(prepare=lambda image: image.extract_band(image.bands - 1))
_FEW_ROWS: Final = 16  # at a time, where it matters which of them are damaged


def read_picture(source: Any, *, max_pixels: int = MAX_PIXELS, damaged: bool = False) -> Picture:
    """Read a picture; its pixels are decoded when they are asked for.

    Args:
        source: a path, the bytes of a file, an array (H, W), (H, W, 1..4) of uint8, uint16, bool or
            float in [0, 1], sRGB, or a Pillow image.
        max_pixels: larger pictures are refused from their header, before anything is decoded.
        damaged: whether to read a damaged JPEG, PNG or TIFF as far as possible, and name the damage
            in a note; it is looked for at once, which takes as long as decoding.

    Returns:
        The picture, upright.

    Raises:
        InputError: in one line, when it is not a picture, damaged, too large, or unreadable.
        TypeError: when ``source`` is none of these.
    """
    opened = open_source(source, max_pixels)
    if "lenient" in opened.manners:
        opened = replace(opened, remedy="; --damaged colorizes what can be read")
    if damaged:
        opened = _as_far_as_readable(opened)
    header = opened.header
    color = color_bands(header)
    reading = plan_luminance(color, opened.profile, name=opened.name)
    bits = 8 if header.format == "uchar" else 16
    height, width = header.height, header.width
    if opened.orientation >= 5:
        height, width = width, height

    plane = partial(Plane, height, width, opened.orientation)
    return Picture(
        name=opened.name,
        height=height,
        width=width,
        kind=opened.kind,
        bits=bits,
        tone=Tone("gray") if color.bands == 1 else detect_tone(tone_thumbnail(opened)),
        notes=opened.notes + reading.notes,
        luminance=plane(
            np.uint16 if reading.ramp is None else np.uint8, partial(_decoded, opened, reading)
        ),
        ramp=reading.ramp,
        alpha=plane(np.uint8 if bits == 8 else np.uint16, partial(_decoded, opened, _OPACITY))
        if header.hasalpha()
        else None,
        metadata=opened.metadata,
    )


def open_source(source: Any, max_pixels: int, *, name: str = "the picture") -> Opened:
    """Open whatever a caller may hand in, as codes; bytes are called ``name``.

    Raises:
        InputError: see `read_picture`.
        TypeError: see `read_picture`.
    """
    if isinstance(source, str | Path):
        opened = open_file(Source(str(source), Path(source), None), max_pixels)
    elif isinstance(source, bytes | bytearray | memoryview):
        opened = open_file(Source(name, None, bytes(source)), max_pixels)
    elif isinstance(source, np.ndarray):
        opened = open_array(source, max_pixels)
    elif hasattr(source, "getbands") and hasattr(source, "getexif"):
        opened = open_pillow(source, max_pixels)
    else:
        kind = type(source).__name__
        raise TypeError(f"a picture is a path, bytes, an array or a PIL image, not {kind}")
    opened = as_codes(opened)
    profile = opened.profile
    if profile is None:
        return opened
    color = color_bands(opened.header)
    if not gives_a_scale(profile, color.bands, color.format, color.interpretation):
        opened = opened.through(lambda image: with_profile(image, None))
        return replace(opened, notes=(*opened.notes, "its ICC profile is damaged and was ignored"))
    if has_its_checksum(profile):
        return opened
    doubt = "its ICC profile is not the one of its checksum, and may be damaged"
    return replace(opened, notes=(*opened.notes, doubt))


def _as_far_as_readable(opened: Opened) -> Opened:
    """Look for damage; if there is any, give the picture as far as it can be read, with a note."""
    damage = _find_damage(opened)
    if not damage or "lenient" not in opened.manners:
        return opened
    return replace(
        opened,
        open=lambda manner, shrink: opened.open("lenient", shrink),
        manners=("strict",),
        damage=str,
        remedy="",
        notes=(*opened.notes, f"damaged: {damage}; read as far as possible"),
    )


def _find_damage(opened: Opened) -> str:
    intact = 0
    for image in opened.passes():
        top = 0
        try:
            for block in read_blocks(image, _FEW_ROWS):
                top += len(block)
                intact = max(intact, top)
        except VipsError:
            continue
        return opened.damage()
    rows = f"rows {intact + 1} to {opened.header.height}"
    turned = "" if opened.orientation == 1 else " (as stored, before it is turned upright)"
    return f"{rows} may be wrong or missing{turned}"


def _decoded(opened: Opened, reading: Reading, rows: int) -> Iterator[Codes]:
    """Decode from top to bottom; what fails is tried again, past oddities that cost no pixels.

    Raises:
        InputError: when the pixels are damaged.
    """
    damage = opened.damage()
    if damage:
        raise opened.refusal(damage)
    done = 0
    failure: Exception | None = None
    for image in opened.passes():
        top = 0
        try:
            for block in read_blocks(reading.prepare(image), rows):
                if top >= done:
                    yield reading.codes(block)
                top += len(block)
                done = max(done, top)
        except VipsError as error:
            failure = error
        else:
            return
    raise opened.refusal() from failure


def tone_thumbnail(opened: Opened) -> NDArray[np.uint8]:
    """Shrink an opened picture to what its tone is told from: (h, w, 3) sRGB codes."""
    header = opened.header
    long_side = max(header.height, header.width)
    short_side = min(header.height, header.width)  # libvips refuses to shrink it to nothing
    bearable = (s for s in (2, 4, 8) if long_side >= 2 * TONE_SIDE * s and short_side >= s)
    shrink = max(bearable, default=1)

    def shrunk(opened_image: Image) -> Image:
        image = color_bands(opened_image)
        factor = max(1.0, max(image.height, image.width) / TONE_SIDE)
        across, down = min(factor, image.width), min(factor, image.height)
        small = image.shrink(across, down).copy(interpretation=image.interpretation)
        return small.copy_memory()

    return to_srgb(opened.decode(shrunk, shrink), opened.profile)
