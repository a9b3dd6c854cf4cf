"""The encoders that both sides of a pair go through."""

from dataclasses import dataclass
from typing import Any, Final, Self

from photochrom.arrays import U8
from photochrom.errors import InputError
from photochrom.picture.libvips import array_to_image, translated

_SUFFIXES: Final = {"jpeg": ".jpg", "webp": ".webp", "png": ".png"}
_LOSSLESS: Final = "png"


@dataclass(frozen=True, slots=True)
class Encoder:
    """A kind of file and its quality.

    Attributes:
        kind: "jpeg", "webp" or "png".
        quality: 1 to 100; None for PNG.
    """

    kind: str
    quality: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an encoder as the command line writes it.

        Raises:
            InputError: when there is no such encoder.

        >>> Encoder.parse("jpeg:90"), str(Encoder.parse("png"))
        (Encoder(kind='jpeg', quality=90), 'png')
        """
        kind, _, number = text.partition(":")
        is_lossless = kind == _LOSSLESS
        has_quality = number.isascii() and number.isdigit() and 1 <= int(number) <= 100
        if kind not in _SUFFIXES or (bool(number) if is_lossless else not has_quality):
            raise InputError(
                f"encoder {text!r} is unknown; there are png, jpeg:1 to jpeg:100 and webp:1 to "
                "webp:100"
            )
        return cls(kind, None if is_lossless else int(number))

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        return self.kind if self.quality is None else f"{self.kind}:{self.quality}"

    @property
    def suffix(self) -> str:
        """Of its files, such as ".jpg"."""
        return _SUFFIXES[self.kind]

    def encode(self, pixels: U8) -> bytes:
        """Encode (H, W, 3) uint8 sRGB, without metadata; JPEG at 4:4:4, as results are.

        Raises:
            InputError: when the encoder fails.
        """
        options: dict[str, Any] = {"keep": "none"}
        if self.quality is not None:
            options["Q"] = self.quality
        if self.kind == "jpeg":
            options["subsample_mode"] = "off"
        with translated(f"a picture cannot be encoded as {self}"):
            encoded: bytes = array_to_image(pixels).write_to_buffer(self.suffix, **options)
        return encoded
