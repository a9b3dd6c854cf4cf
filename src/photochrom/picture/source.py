"""Where the bytes of a picture come from, and opening them with exactly one decoder."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyvips

from photochrom.errors import InputError
from photochrom.picture.kinds import HEAD_BYTES, describe_stranger, sniff_kind
from photochrom.picture.libvips import Image, harden, translated

# libvips decodes AVIF through its HEIF loader; its wheel cannot decode HEVC: see ``heic``.
_LOADERS: Final = {
    "jpeg": "jpegload",
    "png": "pngload",
    "tiff": "tiffload",
    "webp": "webpload",
    "avif": "heifload",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file or bytes in memory, with the name that messages use."""

    name: str
    path: Path | None
    data: bytes | None

    def head(self) -> bytes:
        """Read the first bytes.

        Raises:
            InputError: when there is no such file, it cannot be read, or it is empty.
        """
        with self.reader() as read:
            head = read(0, HEAD_BYTES)
        if not head:
            raise InputError(f"{self.name}: the file is empty")
        return head

    @contextmanager
    def reader(self) -> Iterator[Callable[[int, int], bytes]]:
        """Give a function (offset, size) -> bytes for parts of the file.

        Raises:
            InputError: when the file cannot be read.
        """
        if self.path is None:
            data = self.data or b""
            yield lambda offset, size: data[offset : offset + size]
            return
        try:
            file = self.path.open("rb")
        except OSError as error:
            raise InputError(f"{self.name}: {error.strerror or error}") from error

        def read(offset: int, size: int) -> bytes:
            try:
                file.seek(offset)
                return file.read(size)
            except (OSError, OverflowError) as error:
                raise InputError(f"{self.name}: cannot be read: {error}") from error

        with file:
            yield read

    def kind(self) -> str:
        """Tell the kind from the content.

        Raises:
            InputError: when it is not one of ``KINDS``.
        """
        head = self.head()
        kind = sniff_kind(head)
        if kind is None:
            what = describe_stranger(head)
            raise InputError(
                f"{self.name}: this is {what}; JPEG, PNG, TIFF, WebP, AVIF and HEIC can be read"
            )
        return kind

    def open(self, kind: str, *, shrink: int = 1, fail_on: str = "error") -> Image:
        """Open with the decoder of ``kind`` and no other; pixels are decoded when asked for.

        Args:
            kind: one of ``KINDS``, but not ``"heic"``.
            shrink: 1, 2, 4 or 8; JPEG only, decode to a fraction of the size.
            fail_on: ``"error"``, or ``"warning"`` to fail also where a decoder goes on guessing.

        Raises:
            InputError: when the header cannot be read. A damaged or truncated body fails later, as
                a libvips error, never as half a picture.
        """
        harden()
        options = {"access": "sequential", "fail_on": fail_on}
        if kind == "jpeg" and shrink > 1:
            options["shrink"] = str(shrink)
        suffix = "" if self.path is not None else "_buffer"
        load = getattr(pyvips.Image, _LOADERS[kind] + suffix)
        with translated(f"{self.name}: cannot be read as {kind.upper()}"):
            return load(os.fsencode(self.path) if self.path is not None else self.data, **options)
