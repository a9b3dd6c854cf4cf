"""HEIC through pillow-heif, the ``heic`` extra: libvips' wheel has no HEVC codec."""

import importlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import InputError
from photochrom.extras import need
from photochrom.picture.metadata.fields import Metadata
from photochrom.picture.notes import LEFT_OUT_OF_HEIC
from photochrom.picture.reading.source import Source

_BANDS: Final = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}
# what pillow-heif raises for damaged files; SyntaxError is libheif's "not implemented"
_ERRORS: Final = (OSError, ValueError, RuntimeError, EOFError, SyntaxError, LookupError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heic:
    """An opened HEIC picture, not decoded yet.

    Args:
        height: in pixels, upright: libheif applies the turns that the file asks for.
        width: in pixels.
        bands: 1, 3 or 4.
        is_deep: whether it has more than 8 bits.
        profile: ICC profile or None.
        metadata: EXIF and XMP as found.
        notes: when other pictures in the file were left out.
        pixels: decodes to (H, W, bands) uint8 or uint16.
    """

    height: int
    width: int
    bands: int
    is_deep: bool
    profile: bytes | None
    metadata: Metadata
    notes: tuple[str, ...]
    pixels: Callable[[], NDArray[Any]]

    def blank(self) -> NDArray[Any]:
        """Give an array of the picture's shape and type that takes no memory."""
        dtype = np.uint16 if self.is_deep else np.uint8
        return np.broadcast_to(dtype(0), (self.height, self.width, self.bands))


def _pillow_heif(name: str) -> Any:
    need("heic", "pillow_heif", what=f"{name}: HEIC")
    return importlib.import_module("pillow_heif")


def _words(error: Exception) -> str:
    """Give the text of an error on one line."""
    return " ".join(str(error).split())


def open_heic(source: Source) -> Heic:
    """Open a HEIC file from its header.

    Raises:
        InputError: when pillow-heif is not installed or cannot read the file.
    """
    library = _pillow_heif(source.name)
    content = source.path if source.path is not None else source.data
    try:
        file = library.open_heif(content, convert_hdr_to_8bit=False)
        image = file[file.primary_index]
        width, height = image.size
        bands = _BANDS[image.mode.split(";")[0]]
    except _ERRORS as error:
        raise InputError(f"{source.name}: cannot be read as HEIC: {_words(error)}") from error
    if not height * width:
        raise InputError(f"{source.name}: cannot be read as HEIC: it has no pixels")
    is_deep = ";16" in image.mode

    def pixels() -> NDArray[Any]:
        try:
            return np.asarray(image)
        except _ERRORS as error:
            raise InputError(f"{source.name}: damaged or truncated ({_words(error)})") from error

    info = image.info
    return Heic(
        height=height,
        width=width,
        bands=bands,
        is_deep=is_deep,
        profile=info.get("icc_profile"),
        metadata=Metadata(exif=info.get("exif"), xmp=info.get("xmp")),
        notes=((f"first of {len(file)} pictures",) if len(file) > 1 else ()) + _left_out(info),
        pixels=pixels,
    )


def _left_out(info: Mapping[str, Any]) -> tuple[str, ...]:
    """Name what lies beside a picture: a depth map, others such as a gain map for bright screens.

    >>> _left_out({"aux": {"urn:com:apple:photo:2020:aux:hdrgainmap": [3]}, "depth_images": []})
    ('left out of the HEIC: hdrgainmap',)
    """
    names = [str(name).split(":")[-1][:40] for name in info.get("aux") or ()]
    names += ["depth map"] if info.get("depth_images") else []
    return (f"{LEFT_OUT_OF_HEIC}{', '.join(names)}",) if names else ()


def encode_heic(
    pixels: NDArray[np.uint8], *, quality: int | None, blobs: dict[str, bytes | None]
) -> bytes:
    """Encode a HEIC file, 4:4:4.

    Args:
        pixels: (H, W, 3) or (H, W, 4) sRGB codes.
        quality: 1 to 100; None for no loss.
        blobs: ``icc_profile``, ``exif`` and ``xmp``, where there is one.

    Raises:
        InputError: when pillow-heif is not installed or has no encoder.
    """
    library = _pillow_heif("the result")
    height, width, bands = pixels.shape
    try:
        file = library.from_bytes(
            "RGBA" if bands == 4 else "RGB", (width, height), pixels.tobytes()
        )
        file.info.update({name: data for name, data in blobs.items() if data})
        buffer = io.BytesIO()
        exactly = {"quality": -1, "matrix_coefficients": 0}
        file.save(buffer, chroma=444, **(exactly if quality is None else {"quality": quality}))
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"HEIC: {error}") from error
    return buffer.getvalue()
