"""Opening a picture: content sniffed, header checked against the limits, nothing decoded."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import InputError
from photochrom.picture.geometry.resolution import Resolution
from photochrom.picture.geometry.turn import Turn
from photochrom.picture.libvips import Image, VipsError, array_to_image
from photochrom.picture.metadata.exif import Reader
from photochrom.picture.metadata.fields import Metadata
from photochrom.picture.metadata.leftovers import (
    jpeg_leftovers,
    png_leftovers,
    png_resolution,
    png_texts,
    surplus_texts,
)
from photochrom.picture.metadata.tiff_layout import describe_tiff
from photochrom.picture.profile import with_profile
from photochrom.picture.reading.codings import is_lossless, refuse_codec, refuse_samples
from photochrom.picture.reading.heic import open_heic
from photochrom.picture.reading.heif_boxes import orientation_of, picture_properties
from photochrom.picture.reading.intact import damage_of, strictness, without_oddities
from photochrom.picture.reading.source import Source

Result = TypeVar("Result")

Manner = Literal["strict", "cleaned", "lenient"]
_MANNERS: Final[Mapping[str, tuple[Manner, ...]]] = {
    "jpeg": ("strict", "cleaned", "lenient"),
    "interlaced jpeg": ("strict", "cleaned", "lenient"),
    "tiff": ("strict", "cleaned", "lenient"),
    "png": ("strict", "lenient"),
}

_ORIENTATIONS: Final = range(1, 9)
# A progressive JPEG or an interlaced PNG cannot be streamed: its decoder holds all of it.
_MAX_UNSTREAMED_PIXELS: Final = 250_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A picture before its channels are sorted.

    Args:
        name: what messages call it.
        kind: one of ``KINDS``, or ``"array"``.
        header: the image as stored, pixels not decoded.
        open: starts a new pass over the pixels, at 1/1, 1/2, 1/4 or 1/8 of the size. ``"strict"``
            fails where the decoder would guess, and may fail of oddities that cost no pixels;
            ``"cleaned"`` passes over those; ``"lenient"`` guesses where it can.
        manners: in which of these ways it can be opened.
        damage: names what is known to be damaged though no decoder tells; empty for nothing.
        remedy: what messages of damage end with.
        orientation: EXIF's, 1 to 8.
        metadata: as found.
        notes: what opening left out.
        extras: what a TIFF says of its channels beyond the color, in order: 0 unspecified, 1 alpha
            that colors were multiplied with, 2 alpha (TIFF 6.0, ExtraSamples).
    """

    name: str
    kind: str
    header: Image
    open: Callable[[Manner, int], Image]
    manners: tuple[Manner, ...] = ("strict",)
    damage: Callable[[], str] = str
    remedy: str = ""
    orientation: int = 1
    metadata: Metadata
    notes: tuple[str, ...] = ()
    extras: tuple[int, ...] = ()

    def through(self, change: Callable[[Image], Image]) -> "Opened":
        """Give the same picture with every image of it changed."""
        return replace(
            self,
            header=change(self.header),
            open=lambda manner, shrink: change(self.open(manner, shrink)),
        )

    @property
    def profile(self) -> bytes | None:
        """The ICC profile, or None."""
        return _field(self.header, "icc-profile-data") or None

    def passes(self, shrink: int = 1) -> Iterator[Image]:
        """Open the pixels; the next is for who has failed with the one before.

        Args:
            shrink: 1, 2, 4 or 8.
        """
        for manner in self.manners:
            if manner != "lenient":
                yield self.open(manner, shrink)

    def decode(self, work: Callable[[Image], Result], shrink: int = 1) -> Result:
        """Do something with the pixels.

        Args:
            work: may be called twice, on images to be read from top to bottom.
            shrink: 1, 2, 4 or 8: decode at so much less.

        Raises:
            InputError: when they are damaged.
        """
        failure: Exception | None = None
        for image in self.passes(shrink):
            try:
                return work(image)
            except VipsError as error:
                failure = error
        raise self.refusal() from failure

    def refusal(self, damage: str = "") -> InputError:
        """Word that the picture is damaged, and how if that is known."""
        part = f": {damage}" if damage else ""
        return InputError(f"{self.name}: damaged or truncated{part}{self.remedy}")


def _field(image: Image, name: str, default: Any = None) -> Any:
    return image.get(name) if image.get_typeof(name) else default


def check_size(name: str, height: int, width: int, max_pixels: int) -> None:
    """Refuse a picture that is too large.

    Raises:
        InputError: when it has more than ``max_pixels`` pixels.
    """
    if height * width > max_pixels:
        raise InputError(
            f"{name}: {width} x {height} is {height * width / 1e6:.6g} megapixels, above the limit "
            f"of {max_pixels / 1e6:.6g}; --max-pixels raises it"
        )


def open_file(source: Source, max_pixels: int) -> Opened:
    """Open a file, or the bytes of one.

    Raises:
        InputError: when it is none of the known kinds, damaged, too large or unreadable.
    """
    kind = source.kind()
    if kind == "heic":
        return _open_heic(source, max_pixels)
    whole = source
    with source.reader() as read:
        refuse_samples(source.name, kind, read)
        if kind == "png":
            source = replace(source, patches=surplus_texts(read))
    header = source.open(kind)
    check_size(source.name, header.height, header.width, max_pixels)
    is_interlaced = bool(_field(header, "interlaced", 0))
    if is_interlaced and header.height * header.width > _MAX_UNSTREAMED_PIXELS:
        raise InputError(
            f"{source.name}: progressive or interlaced files above "
            f"{_MAX_UNSTREAMED_PIXELS // 10**6} megapixels cannot be read in bounded memory; "
            "save it without interlacing"
        )
    pages = int(_field(header, "n-pages", 1))
    told = 1 if kind == "avif" else int(_field(header, "orientation", 1))
    orientation = told if told in _ORIENTATIONS else 1
    unit = "frames" if kind == "webp" else "pages" if kind == "tiff" else "pictures"
    fail_on = strictness(source, kind)

    def start(manner: Manner, shrink: int) -> Image:
        if manner == "lenient":
            return source.open(kind, shrink=shrink, fail_on="none")
        chosen = without_oddities(source, kind) if manner == "cleaned" else source
        return chosen.open(kind, shrink=shrink, fail_on=fail_on)

    opened = Opened(
        name=source.name,
        kind=kind,
        header=header,
        open=start,
        manners=_MANNERS.get("interlaced " * is_interlaced + kind, ("strict",)),
        damage=functools.cache(functools.partial(damage_of, source, kind)),
        orientation=orientation,
        metadata=Metadata(
            exif=_field(header, "exif-data"),
            xmp=_field(header, "xmp-data"),
            iptc=_field(header, "iptc-data"),
            turn=Turn(orientation, header.height, header.width),
        ),
        notes=(f"first of {pages} {unit}",) if pages > 1 else (),
    )
    return _with_what_libvips_skips(opened, whole)


def _with_what_libvips_skips(opened: Opened, source: Source) -> Opened:
    if opened.kind == "tiff":
        return _with_tiff_tags(opened, source)
    metadata = opened.metadata
    texts, resolution, left_out = metadata.texts, metadata.resolution, tuple[str, ...]()
    with source.reader() as read:
        metadata = replace(metadata, is_lossless=is_lossless(opened.kind, read))
        if opened.kind == "jpeg":
            texts, resolution, left_out = jpeg_leftovers(read)
        elif opened.kind == "png":
            texts, left_out = png_texts(read, has_xmp=metadata.xmp is not None)
            left_out += png_leftovers(read, has_profile=opened.profile is not None)
            resolution = png_resolution(read)
        elif opened.kind == "avif":
            metadata = replace(metadata, turn=_turn_by_decoder(opened.header, read))
    metadata = replace(metadata, texts=texts, resolution=resolution)
    return replace(opened, metadata=metadata, notes=opened.notes + left_out)


def _turn_by_decoder(header: Image, read: Reader) -> Turn:
    """Tell how a decoder of AVIF or HEIC turned what metadata speaks of; the header is upright."""
    orientation = orientation_of(picture_properties(read))
    if orientation >= 5:
        return Turn(orientation, header.width, header.height)
    return Turn(orientation, header.height, header.width)


def _with_tiff_tags(opened: Opened, source: Source) -> Opened:
    """Add what libvips does not read of a TIFF: EXIF, IPTC, and how the pixels lie in the file.

    Raises:
        InputError: when its compression cannot be read.
    """
    with source.reader() as read:
        facts = describe_tiff(read)
    refuse_codec(source.name, facts.compression, lambda: opened.open("strict", 1))
    metadata = replace(
        opened.metadata,
        exif=facts.exif,
        iptc=facts.iptc,
        resolution=facts.resolution,
        layout=facts.layout,
    )
    notes = opened.notes + facts.notes
    return replace(opened, metadata=metadata, notes=notes, extras=facts.extras)


def _open_heic(source: Source, max_pixels: int) -> Opened:
    heic = open_heic(source)
    check_size(source.name, heic.height, heic.width, max_pixels)

    def start(manner: Manner, shrink: int) -> Image:
        del manner, shrink
        return with_profile(array_to_image(heic.pixels()), heic.profile)

    header = with_profile(array_to_image(heic.blank()), heic.profile)
    with source.reader() as read:
        metadata = replace(
            heic.metadata,
            is_lossless=is_lossless("heic", read),
            turn=_turn_by_decoder(header, read),
        )
    return Opened(
        name=source.name,
        kind="heic",
        header=header,
        open=start,
        metadata=metadata,
        notes=heic.notes,
    )


def open_array(
    array: NDArray[Any],
    max_pixels: int,
    *,
    name: str = "the array",
    metadata: Metadata | None = None,
    profile: bytes | None = None,
) -> Opened:
    """Open an array.

    Raises:
        InputError: when its shape or type is not that of a picture.
    """
    if array.ndim not in {2, 3} or 0 in array.shape or (array.ndim == 3 and array.shape[2] > 4):
        raise InputError(f"{name}: its shape is {array.shape}, not (H, W) or (H, W, 1 to 4)")
    check_size(name, array.shape[0], array.shape[1], max_pixels)
    image = with_profile(array_to_image(_known_type(array, name)), profile)
    return Opened(
        name=name,
        kind="array",
        header=image,
        open=lambda manner, shrink: image,
        metadata=metadata or Metadata(),
    )


def _known_type(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Bring an array to uint8, uint16 or float32."""
    if array.dtype.name in {"uint8", "uint16"}:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if np.issubdtype(array.dtype, np.floating):
        return array.astype(np.float32)
    raise InputError(f"{name}: its type is {array.dtype}, not uint8, uint16, bool or float")


def open_pillow(image: Any, max_pixels: int) -> Opened:
    """Open a Pillow image with the profile, EXIF, XMP and resolution it carries.

    Raises:
        InputError: when it is damaged or too large.
    """
    name = "the image"
    check_size(name, image.height, image.width, max_pixels)
    exif = image.getexif()
    told = int(exif.get(0x0112, 1))
    orientation = told if told in _ORIENTATIONS else 1
    dpi = image.info.get("dpi")
    xmp = image.info.get("xmp")
    metadata = Metadata(
        exif=exif.tobytes() if len(exif) else None,
        xmp=xmp.encode() if isinstance(xmp, str) else xmp,
        resolution=Resolution.of(float(dpi[0]), float(dpi[1]), 25.4) if dpi else None,
        turn=Turn(orientation, image.height, image.width),
    )
    try:
        array = _pillow_array(image)
    except OSError as error:
        raise InputError(f"{name}: damaged or truncated ({error})") from error
    profile = image.info.get("icc_profile")
    opened = open_array(array, max_pixels, name=name, metadata=metadata, profile=profile)
    if image.mode == "CMYK":
        cmyk = opened.header.copy(interpretation="cmyk")
        opened = replace(opened, header=cmyk, open=lambda manner, shrink: cmyk)
    return replace(opened, orientation=orientation)


def _pillow_array(image: Any) -> NDArray[Any]:
    """Take the pixels of a Pillow image in a mode that means the same here."""
    if image.mode in {"P", "PA", "YCbCr", "LAB", "HSV", "La", "RGBa"}:
        has_alpha = "A" in image.mode or "a" in image.mode or "transparency" in image.info
        image = image.convert("RGBA" if has_alpha else "RGB")
    array: NDArray[Any] = np.asarray(image)
    if image.mode not in {"I;16", "I;16L", "I;16B", "I"}:
        return array
    if array.min() < 0 or array.max() > 65535:
        raise InputError(
            f"the image: its samples go from {array.min()} to {array.max()}; "
            "integers can be read from 0 to 65535"
        )
    return array.astype(np.uint16)
