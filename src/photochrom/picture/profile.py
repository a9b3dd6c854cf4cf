"""ICC profiles: what they are for, what they are called, and the luminance they give a code.

Profiles made of curves are evaluated here, from their own numbers: lcms, as libvips calls it,
resamples them to 33 points, which is off by more than a code in the shadows (a gamma of 1.8: 1.4).
Source: ICC.1:2022; Bradford adaptation from D50 to D65 as in its annex E.
"""

import hashlib
import struct
from typing import Final

import numpy as np
import pyvips
from numpy.typing import NDArray

from photochrom.picture.libvips import Image, VipsError, harden

_SPACES: Final = {b"GRAY": "gray", b"RGB ": "rgb", b"CMYK": "cmyk"}
_MAX_TAGS: Final = 200
_MAX_SHARE: Final = 10.0
_FIXED: Final = 65536  # s15Fixed16Number
# Y under D65 of a color given under D50, the second row of the Bradford matrix.
_D50_TO_D65_Y: Final = np.array([-0.0283697, 1.0099955, 0.0210414])


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """Read the table of tags; what lies outside the profile is cut."""
    count = min(int.from_bytes(profile[128:132], "big"), _MAX_TAGS)
    tags = {}
    for entry in range(132, 132 + 12 * count, 12):
        start = int.from_bytes(profile[entry + 4 : entry + 8], "big")
        size = int.from_bytes(profile[entry + 8 : entry + 12], "big")
        tags[profile[entry : entry + 4]] = profile[start : start + size]
    return tags


def profile_space(profile: bytes) -> str | None:
    """Tell what codes a profile is for: ``"gray"``, ``"rgb"``, ``"cmyk"``; None if it is cut short.

    Source: ICC.1:2022, 7.2.8.
    """
    is_whole = profile[36:40] == b"acsp" and int.from_bytes(profile[:4], "big") <= len(profile)
    return _SPACES.get(profile[16:20]) if is_whole else None


def has_its_checksum(profile: bytes) -> bool:
    """Tell whether a profile is the one that its checksum was made for; True where there is none.

    Source: ICC.1:2022, 7.2.18.
    """
    if profile_space(profile) is None:
        return True
    told = profile[84:100]
    counted = profile[:44] + bytes(4) + profile[48:64] + bytes(4) + profile[68:84] + bytes(16)
    digest = hashlib.md5(counted + profile[100:], usedforsecurity=False).digest()
    return told in {bytes(16), digest}


def profile_name(profile: bytes) -> str:
    """Read the description of a profile, as in ``Dot Gain 20%``; hostile bytes give ``unnamed``.

    Source: ICC.1:2022, 9.2.41 (multiLocalizedUnicode) and ICC.1:2001-04, 6.5.17.
    """
    tag = _tags(profile).get(b"desc", b"")
    if tag[:4] == b"mluc":
        size, start = (int.from_bytes(tag[at : at + 4], "big") for at in (20, 24))
        text = tag[start : start + size].decode("utf-16-be", "replace")
    else:
        size = int.from_bytes(tag[8:12], "big")
        text = tag[12 : 12 + size].decode("latin-1")
    return "".join(char for char in text[:80] if char.isprintable()).strip() or "unnamed"


def srgb_profile() -> bytes:
    """Give the sRGB profile that results carry."""
    harden()
    return bytes(pyvips.Operation.call("profile_load", "srgb"))


def with_profile(image: Image, profile: bytes | None) -> Image:
    """Attach a profile to a copy of an image, or take the one it has away."""
    copied = image.copy()
    if profile is not None:
        copied.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    elif copied.get_typeof("icc-profile-data"):
        copied.remove("icc-profile-data")
    return copied


def luminance_curves(profile: bytes, levels: int) -> NDArray[np.float64] | None:
    """Evaluate a profile made of curves: how much luminance each code of each channel adds.

    Args:
        profile: an ICC profile.
        levels: how many codes a channel has, 256 or 65536.

    Returns:
        (1, levels) for gray, (3, levels) for RGB, CIE Y in [0, 1]; None for damaged profiles and
        for those made of tables.
    """
    tags = _tags(profile)
    if b"A2B0" in tags or b"A2B1" in tags:
        return None
    codes = np.linspace(0, 1, levels)
    try:
        if profile_space(profile) == "gray":
            connection = _curve(tags[b"kTRC"], codes)
            if profile[20:24] == b"Lab ":  # L* / 100 becomes Y
                f = (100 * connection + 16) / 116
                connection = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
            return np.array([connection])
        xyz = [struct.unpack(">3i", tags[name][8:20]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        weights = [_D50_TO_D65_Y @ (np.array(numbers) / _FIXED) for numbers in xyz]
        curves = [_curve(tags[name], codes) for name in (b"rTRC", b"gTRC", b"bTRC")]
    except (KeyError, struct.error, ValueError, FloatingPointError):
        return None
    shares = np.array(weights)[:, None] / sum(weights) * np.array(curves)
    return shares if np.abs(shares).max() <= _MAX_SHARE else None  # not so for NaN


def _curve(tag: bytes, codes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate a ``curv`` or ``para`` tag at codes in [0, 1]."""
    if tag[:4] == b"para":
        return _parametric(tag, codes)
    if tag[:4] != b"curv":
        raise ValueError("not a curve")
    (count,) = struct.unpack(">I", tag[8:12])
    if count == 0:
        return codes
    values = np.array(struct.unpack(f">{count}H", tag[12 : 12 + 2 * count]))
    if count == 1:
        return np.asarray(np.power(codes, float(values[0]) / 256))
    curve: NDArray[np.float64] = np.interp(codes, np.linspace(0, 1, count), values / 65535)
    return curve


def _parametric(tag: bytes, codes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate a parametric curve, functions 0 to 4 (ICC.1:2022, table 68)."""
    function = int.from_bytes(tag[8:10], "big")
    count = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}.get(function, 0)
    numbers = [n / _FIXED for n in struct.unpack(f">{count}i", tag[12 : 12 + 4 * count])]
    if not count or (count > 1 and numbers[1] == 0):
        raise ValueError("not a parametric curve")
    gamma, a, b, c, d, e, f = (numbers + [1.0, 0, 0, 0, 0, 0, 0][count:])[:7]
    if function == 0:
        return np.asarray(np.power(codes, gamma))
    if function in {1, 2}:
        offset = c if function == 2 else 0.0
        start, slope, low = -b / a, 0.0, offset
    else:
        start, slope, low, offset = d, c, f, e
    power = np.power(np.maximum(a * codes + b, 0), gamma) + offset
    curve: NDArray[np.float64] = np.where(codes >= start, power, slope * codes + low)
    return curve


def to_srgb(image: Image, profile: bytes | None) -> NDArray[np.uint8]:
    """Bring a picture to 8-bit sRGB; a profile that cannot be used counts as sRGB.

    Args:
        image: without alpha.
        profile: its ICC profile, or None.

    Returns:
        (H, W, 3) uint8.
    """
    try:
        if image.interpretation == "cmyk" and profile is None:
            image = image.icc_transform("srgb", input_profile="cmyk")
        elif profile is not None:
            image = image.icc_transform("srgb", embedded=True)
    except VipsError:
        pass
    pixels: NDArray[np.uint8] = image.colourspace("srgb").cast("uchar").numpy()
    return pixels[..., :3]
