"""From strips of color to the bytes of one of the kinds of file."""

import io
import mmap
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import InputError
from photochrom.picture.libvips import Image, VipsError, harden
from photochrom.picture.metadata.outgoing import Outgoing, fill
from photochrom.picture.metadata.tiff_layout import Layout
from photochrom.picture.metadata.tiff_tags import add_tags
from photochrom.picture.notes import COMPRESSION
from photochrom.picture.picture import Picture
from photochrom.picture.profile import srgb_profile
from photochrom.picture.reading.heic import encode_heic
from photochrom.picture.stream import StripFile

Strips = Iterator[NDArray[np.uint8]] | Iterator[NDArray[np.uint16]]

Save = Callable[[StripFile], Any]

_SAVERS: Final = {
    "jpeg": "jpegsave",
    "png": "pngsave",
    "tiff": "tiffsave",
    "webp": "webpsave",
    "avif": "heifsave",
}
_QUALITY: Final = {"jpeg": 95, "webp": 95, "avif": 90, "heic": 90}
_DEEP_KINDS: Final = frozenset({"png", "tiff"})
_ALPHA_KINDS: Final = frozenset({"png", "tiff", "webp", "avif", "heic"})
_CLASSIC_TIFF_BYTES: Final = 3 * 10**9  # offsets end at 4 GiB, and deflate can make noise larger
_MAX_SIDE: Final = {"jpeg": 65_535, "webp": 16_383, "avif": 16_384, "heic": 16_384}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What kind of file to make of a picture.

    Args:
        kind: one of ``KINDS``.
        quality: 1 to 100; None where nothing is lost, in PNG and TIFF above all.
        bits: 8 or 16 per channel.
        has_alpha: whether the picture's alpha goes along.
        size_bytes: of the pixels, uncompressed.
        notes: what this kind cannot hold.
    """

    kind: str
    quality: int | None
    bits: int
    has_alpha: bool
    size_bytes: int
    notes: tuple[str, ...]


def plan_target(picture: Picture, kind: str | None, quality: int | None) -> Target:
    """Decide what the file will hold, and note what its kind cannot.

    Args:
        picture: the original.
        kind: one of ``KINDS``, or None for the kind that came in (PNG for an array).
        quality: 1 to 100; None for the default of the kind, and for no loss where the original
            is of the same kind and has none.

    Raises:
        InputError: when the quality is out of range or the picture too large for the kind.
    """
    wanted = kind or ("png" if picture.kind == "array" else picture.kind)
    if quality is not None and not 1 <= quality <= 100:
        raise InputError(f"quality must be from 1 to 100, not {quality}")
    limit = _MAX_SIDE.get(wanted)
    if limit is not None and max(picture.height, picture.width) > limit:
        raise InputError(
            f"{picture.name}: {picture.width} x {picture.height} is too large for "
            f"{wanted.upper()} (at most {limit} pixels a side); choose --format tiff or png"
        )
    is_deep = picture.bits == 16 and wanted in _DEEP_KINDS
    has_alpha = picture.alpha is not None and wanted in _ALPHA_KINDS
    notes = []
    if picture.bits == 16 and not is_deep:
        notes.append(f"16 bits per channel became 8, all that {wanted.upper()} holds here")
    if picture.alpha is not None and not has_alpha:
        notes.append(f"the alpha channel was left out: {wanted.upper()} has none")
    if wanted == "tiff" and _is_enlarged_by_lzw(picture.metadata.layout, is_deep=is_deep):
        notes.append(f"{COMPRESSION}LZW became deflate, as it makes 16 bits per channel larger")
    is_exact = quality is None and wanted == picture.kind and picture.metadata.is_lossless
    if is_exact and wanted == "jpeg":
        notes.append("a JPEG without loss became one with: --format png or tiff has none")
    if wanted == "jpeg" or not is_exact:
        quality = quality or _QUALITY.get(wanted)
    return Target(
        kind=wanted,
        quality=quality,
        bits=16 if is_deep else 8,
        has_alpha=has_alpha,
        size_bytes=picture.height * picture.width * (4 if has_alpha else 3) * (2 if is_deep else 1),
        notes=tuple(notes),
    )


def _to_depth(codes: NDArray[Any], bits: int) -> NDArray[Any]:
    """Bring codes of either depth to ``bits``, rounding to nearest."""
    if codes.dtype == np.uint8:
        return codes if bits == 8 else codes.astype(np.uint16) * np.uint16(257)
    if bits == 16:
        return codes
    return ((codes.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


def _pixels(picture: Picture, strips: Strips, target: Target) -> Iterator[NDArray[Any]]:
    """Bring the strips to the target's depth and join the alpha channel to them."""
    if not target.has_alpha or picture.alpha is None:
        for strip in strips:
            yield _to_depth(strip, target.bits)
        return
    held = np.empty((0, picture.width), picture.alpha.dtype)
    blocks = picture.alpha.blocks(256)
    for strip in strips:
        while len(held) < len(strip):
            held = np.concatenate([held, next(blocks)])
        alpha, held = held[: len(strip)], held[len(strip) :]
        colored = _to_depth(strip, target.bits)
        yield np.concatenate([colored, _to_depth(alpha, target.bits)[..., None]], axis=2)


def encode(picture: Picture, strips: Strips, target: Target, save: Save) -> Any:
    """Run an encoder over strips as they come.

    Args:
        picture: the original.
        strips: (n, width, 3) sRGB, uint8 or uint16, from top to bottom.
        target: what to make.
        save: encodes the strips it is given; runs in a thread of its own.

    Returns:
        What ``save`` returns.

    Raises:
        InputError: when the encoder fails.
    """
    harden()
    size = (picture.height, picture.width)
    bands = 4 if target.has_alpha else 3
    pixels = _pixels(picture, strips, target)
    file = StripFile(pixels, size=size, bands=bands, bits=target.bits)
    # In a thread of its own, so that Ctrl-C is felt here at once and ends the encoder.
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(save, file)
        try:
            result = job.result()
        except VipsError as error:
            error.with_traceback(None)  # its frames hold the image, which must go before ``file``
            if file.error is not None:
                raise file.error from None
            raise InputError(f"the {target.kind.upper()} encoder failed") from error
        except BaseException:
            file.cancelled = True
            raise
    file.forget()
    if file.error is not None:
        raise file.error
    return result


def save_file(strips: StripFile, path: Path, target: Target, outgoing: Outgoing) -> None:
    """Encode strips into a file that exists already."""
    attached = outgoing.attach(strips.image(), target.kind)
    if target.kind == "heic":
        path.write_bytes(_heic_bytes(attached, target, outgoing))
        return
    save = getattr(attached, _SAVERS[target.kind])
    save(os.fsencode(path), **saver_options(target, outgoing))
    with path.open("r+b") as file:
        if target.kind == "tiff":
            add_tags(file, outgoing.exif, outgoing.iptc)
        else:
            with mmap.mmap(file.fileno(), 0) as buffer:
                fill(buffer, target.kind, outgoing)


def save_bytes(strips: StripFile, target: Target, outgoing: Outgoing) -> bytes:
    """Encode strips into memory."""
    attached = outgoing.attach(strips.image(), target.kind)
    if target.kind == "heic":
        return _heic_bytes(attached, target, outgoing)
    save = getattr(attached, _SAVERS[target.kind] + "_buffer")
    data: bytes = save(**saver_options(target, outgoing))
    if target.kind != "tiff":
        buffer = bytearray(data)
        fill(buffer, target.kind, outgoing)
        return bytes(buffer)
    file = io.BytesIO(data)
    add_tags(file, outgoing.exif, outgoing.iptc)
    return file.getvalue()


def _heic_bytes(image: Image, target: Target, outgoing: Outgoing) -> bytes:
    blobs = {"icc_profile": srgb_profile(), "exif": outgoing.exif.to_bytes(), "xmp": outgoing.xmp}
    return encode_heic(image.numpy(), quality=target.quality, blobs=blobs)


def saver_options(target: Target, outgoing: Outgoing) -> dict[str, Any]:
    """Give the options of libvips' saver for a target."""
    if target.kind == "tiff":
        # the layout of the original; BigTIFF where a classic one might not hold the pixels
        layout = dict(outgoing.layout) or {"compression": "deflate", "predictor": "horizontal"}
        if _is_enlarged_by_lzw(outgoing.layout, is_deep=target.bits == 16):
            layout["compression"] = "deflate"
        if target.size_bytes > _CLASSIC_TIFF_BYTES:
            layout["bigtiff"] = True
        return layout
    is_exact = target.quality is None
    loss: dict[str, Any] = {"lossless": True} if is_exact else {"Q": target.quality}
    av1 = {"compression": "av1", "effort": 0 if is_exact else 2}  # 4 times as fast, 18 % larger
    options: dict[str, dict[str, Any]] = {
        "jpeg": {**loss, "subsample_mode": "off"},
        "png": {"compression": 6},
        "webp": {**loss, "exact": True} if is_exact else {**loss, "smart_subsample": True},
        "avif": {**loss, **av1, "subsample_mode": "off"},
    }
    return options[target.kind]


def _is_enlarged_by_lzw(layout: Layout, *, is_deep: bool) -> bool:
    """Tell whether LZW, which finds no strings in the low bytes of three channels, would do harm.

    Of a scan with grain it makes 119 to 125 % of no compression, deflate 85 to 89 %; without grain
    54 and 31 %.
    """
    return is_deep and ("compression", "lzw") in layout
