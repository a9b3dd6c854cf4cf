"""Luminance of a picture's pixels: whatever comes in, sRGB-encoded CIE Y goes out.

Gray means sRGB-encoded CIE Y, not Rec. 601 luma (what libjpeg and Pillow call gray), and not the
``b-w`` of libvips, which weighs 0.2, 0.7, 0.1. Lookup tables do the work, so that 12 megapixels
of RGB take a tenth of a second and a gray code is never touched.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.lab import RGB_TO_XYZ, linear_to_srgb, srgb_to_linear
from photochrom.errors import InputError
from photochrom.picture.libvips import Image, VipsError, array_to_image, color_bands, read_blocks
from photochrom.picture.notes import CONVERTED
from photochrom.picture.profile import (
    luminance_curves,
    profile_name,
    profile_space,
    with_profile,
)

Codes = NDArray[np.uint8] | NDArray[np.uint16]
Tables = NDArray[np.int32]  # (3, levels): the share of each channel's code in the luminance

# Luminance is looked up in 2**20 linear steps: near black, where sRGB is steepest, half a step is
# 12.92 * 65535 / 2**21 = 0.4 sixteen-bit codes, so a neutral pixel keeps its code exactly.
_STEPS: Final = 2**20
_NO_PROFILE: Final = "its CMYK has no profile: a generic one was assumed"
_SPACES: Final = {1: {"gray", "rgb"}, 3: {"rgb"}, 4: {"cmyk"}}
# of a scale read through a profile, in luminance; real profiles stay far within
_DARK, _BRIGHT = 0.25, 0.6
_MIDDLE: Final = (0.03, 0.7)  # a gamma of 1 makes 0.5 of the middle, one of 5 makes 0.03
_UNEVEN: Final = 0.01
_SRGB_TOLERANCE: Final = 0.5 / 255  # a profile as near as this to sRGB is taken for sRGB
IDENTITY_RAMP: Final = np.arange(256, dtype=np.uint16) * np.uint16(257)  # of 8-bit sRGB gray
_SRGB_SHARES: Final = 0.004  # of luminance: so near are its channels' shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the pixels of one picture become luminance.

    ``prepare`` is done by libvips and leaves alpha out, ``codes`` on each block (n, W, bands) it
    gives. The codes are sixteen-bit sRGB-encoded luminance, or eight-bit ones that ``ramp`` (256,)
    turns into it.
    """

    prepare: Callable[[Image], Image] = color_bands
    codes: Callable[[NDArray[Any]], Codes] = itemgetter((..., 0))
    ramp: NDArray[np.uint16] | None = None
    notes: tuple[str, ...] = ()


def encode_luminance(luminance: NDArray[Any]) -> NDArray[np.uint16]:
    """Encode CIE Y with the sRGB curve into sixteen bits.

    Args:
        luminance: any shape, Y, cut to [0, 1].

    Returns:
        The same shape, full scale 65535.

    >>> encode_luminance(np.array([0.0, 0.5, 1.0])).tolist()
    [0, 48192, 65535]
    """
    encoded = linear_to_srgb(np.clip(np.nan_to_num(luminance.astype(np.float64)), 0, 1))
    codes: NDArray[np.uint16] = np.rint(encoded * 65535).astype(np.uint16)
    return codes


@functools.cache
def _encoded_steps() -> NDArray[np.uint16]:
    return encode_luminance(np.arange(_STEPS + 1) / _STEPS)


def _shares(linear: NDArray[np.float64]) -> Tables:
    """Round the shares (3, levels) to steps so that a neutral's sum is rounded only once."""
    total = np.rint(linear.sum(axis=0) * _STEPS)
    red, blue = np.rint(linear[0] * _STEPS), np.rint(linear[2] * _STEPS)
    return np.stack([red, total - red - blue, blue]).astype(np.int32)


@functools.cache
def _srgb_shares(levels: int) -> Tables:
    linear = srgb_to_linear(np.arange(levels) / (levels - 1))
    return _shares(RGB_TO_XYZ[1][:, None] * linear)


def _weigh(block: NDArray[Any], shares: Tables) -> NDArray[np.uint16]:
    """Turn RGB codes (n, W, 3) into luminance codes (n, W) through the channels' shares."""
    red, green, blue = block[..., 0], block[..., 1], block[..., 2]
    steps = shares[0].take(red)  # twice as fast as indexing
    steps += shares[1].take(green)
    steps += shares[2].take(blue)
    np.clip(steps, 0, _STEPS, out=steps)
    codes: NDArray[np.uint16] = _encoded_steps().take(steps)
    return codes


def _weigh_srgb(block: NDArray[Any], shares: Tables) -> NDArray[np.uint16]:
    """Do as ``_weigh``, with the shortcut for gray pictures stored as RGB."""
    red = block[..., 0]
    if np.array_equal(red, block[..., 1]) and np.array_equal(red, block[..., 2]):
        return red.astype(np.uint16) * np.uint16(257 if red.dtype == np.uint8 else 1)
    return _weigh(block, shares)


def _plain(bands: int, levels: int) -> Reading:
    """Read a picture without a profile: sRGB."""
    if bands == 1:
        return Reading(ramp=IDENTITY_RAMP if levels == 256 else None)
    shares = _srgb_shares(levels)
    return Reading(codes=lambda block: _weigh_srgb(block, shares))


def _measured(image: Image, profile: bytes | None, notes: tuple[str, ...]) -> Reading:
    """Read every pixel through the profile: CMYK, and profiles made of tables.

    Relative colorimetric without black-point compensation: white is 1, and black is as black as the
    profile says. libvips hands out XYZ adapted to D65, so Y is that of sRGB. CMYK without a profile
    is read through libvips' generic one.
    """
    source = {"embedded": True} if profile is not None else {"input_profile": "cmyk"}

    def prepare(opened: Image) -> Image:
        colored = with_profile(color_bands(opened), profile)
        imported = colored.icc_import(pcs="xyz", intent="relative", **source)
        return (imported.extract_band(1) / 100).cast("float")

    def codes(block: NDArray[Any]) -> Codes:
        steps = np.rint(np.clip(np.nan_to_num(block[..., 0]), 0, 1) * _STEPS).astype(np.int32)
        encoded: Codes = _encoded_steps()[steps]
        return encoded

    prepare(image)  # nothing is decoded, but a damaged profile is found now
    return Reading(prepare=prepare, codes=codes, notes=notes)


def plan_luminance(image: Image, profile: bytes | None, *, name: str) -> Reading:
    """Choose how the pixels of a picture become luminance.

    Args:
        image: the opened picture without alpha, eight or sixteen bits.
        profile: its ICC profile, or None for sRGB.
        name: what messages call the picture.

    Returns:
        The plan, with notes on what was assumed.

    Raises:
        InputError: when the channels are neither gray, RGB nor CMYK.
    """
    wanted = _SPACES.get(image.bands)
    if wanted is None or (image.bands == 4 and image.interpretation != "cmyk"):
        raise InputError(
            f"{name}: {image.bands} channels; gray, RGB and CMYK can be read, with alpha or without"
        )
    ignored: tuple[str, ...] = ()
    if profile is not None and profile_space(profile) not in wanted:
        ignored = ("its ICC profile is damaged or for other channels and was ignored",)
        profile = None
    try:
        reading = _read_through(image, profile)
    except VipsError:
        ignored = ("its ICC profile is damaged and was ignored",)
        reading = _read_through(image, None)
    return replace(reading, notes=ignored + reading.notes)


@functools.lru_cache(maxsize=64)
def gives_a_scale(profile: bytes, bands: int, sample: str, interpretation: str) -> bool:
    """Tell whether a profile turns a scale from black to white into one: a damaged one may not.

    Args:
        profile: an ICC profile.
        bands: of the images that it is for, without alpha.
        sample: format of their samples.
        interpretation: of their bands.

    Returns:
        False when a step of the scale is darker than the one before, its ends are not dark and
        bright, or its middle is almost black or almost white. True, too, when the profile cannot be
        used at all: `plan_luminance` finds out.
    """
    if profile_space(profile) not in _SPACES.get(bands, ()):
        return True
    full, count, dtype = (255, 256, np.uint8) if sample == "uchar" else (65535, 4096, np.uint16)
    steps = np.linspace(0, full, count).round().astype(dtype)
    scale = np.repeat(steps[None, :, None], bands, axis=2)
    if bands == 4:  # inks
        scale = np.concatenate([np.zeros_like(scale[..., :3]), scale[:, ::-1, :1]], axis=2)
    image = array_to_image(scale).copy(interpretation=interpretation)
    try:
        reading = _read_through(image, profile)
        (block,) = read_blocks(reading.prepare(image), 1)
    except VipsError:
        return True
    codes = reading.codes(block)[0]
    luminance = srgb_to_linear((codes if reading.ramp is None else reading.ramp[codes]) / 65535)
    return bool(
        luminance[0] <= _DARK
        and luminance[-1] >= _BRIGHT
        and _MIDDLE[0] <= luminance[count // 2] <= _MIDDLE[1]
        and np.diff(luminance).min() >= -_UNEVEN
    )


def _read_through(image: Image, profile: bytes | None) -> Reading:
    """Read a picture through its profile: by tables where that is made of curves, else by pixel."""
    levels = 256 if image.format == "uchar" else 65536
    if profile is None:
        is_ink = image.bands == 4
        return _measured(image, None, (_NO_PROFILE,)) if is_ink else _plain(image.bands, levels)
    notes = (f"{CONVERTED}{profile_name(profile)}",)
    curves = None if image.bands == 4 else luminance_curves(profile, levels)
    if curves is None:
        return _measured(image, profile, notes)
    ramp = encode_luminance(curves.sum(axis=0))
    is_srgb = np.abs(ramp / 65535 - np.linspace(0, 1, levels)).max() <= _SRGB_TOLERANCE
    if image.bands == 1:
        if is_srgb:
            return _plain(1, levels)
        looked_up = Reading(codes=lambda block: ramp[block[..., 0]], notes=notes)
        return Reading(ramp=ramp, notes=notes) if levels == 256 else looked_up
    shares = _shares(curves)
    if is_srgb and np.abs(shares - _srgb_shares(levels)).max() / _STEPS < _SRGB_SHARES:
        return _plain(3, levels)
    return Reading(codes=lambda block: _weigh(block, shares), notes=notes)
