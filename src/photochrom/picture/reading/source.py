"""Where the bytes of a picture come from, and opening them with exactly one decoder."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyvips

from photochrom.errors import InputError
from photochrom.picture.libvips import Image, harden, translated
from photochrom.picture.reading.formats import HEAD_BYTES, describe_stranger, sniff_kind

# libvips decodes AVIF through its HEIF loader; its wheel cannot decode HEVC: see ``heic``.
_LOADERS: Final = {
    "jpeg": "jpegload",
    "png": "pngload",
    "tiff": "tiffload",
    "webp": "webpload",
    "avif": "heifload",
}
_HELD_BYTES: Final = 64 * 2**20  # of a patched file; a larger one is read as it is decoded


@dataclass(frozen=True, slots=True)
class Source:
    """A file or bytes in memory, with the name that messages use.

    Args:
        name: what messages call it.
        path: of a file.
        data: of what is none.
        patches: (offset, bytes) that are read in place of what is there, or behind its end.
    """

    name: str
    path: Path | None
    data: bytes | None
    patches: tuple[tuple[int, bytes], ...] = ()

    @contextmanager
    def reader(self) -> Iterator[Callable[[int, int], bytes]]:
        """Give a function (offset, size) -> bytes for parts of the file.

        Raises:
            InputError: when the file cannot be read.
        """
        data = self.data or b""
        try:
            file = None if self.path is None else self.path.open("rb")
        except OSError as error:
            raise InputError(f"{self.name}: {error.strerror or error}") from error

        def read(offset: int, size: int) -> bytes:
            try:
                if file is None:
                    part = data[offset : offset + size]
                else:
                    file.seek(offset)
                    part = file.read(size)
            except (OSError, OverflowError) as error:
                raise InputError(f"{self.name}: cannot be read: {error}") from error
            if not self.patches:
                return part
            patched = bytearray(part)
            for at, patch in self.patches:
                low, high = max(at, offset), min(at + len(patch), offset + size)
                if low < high:
                    patched[low - offset : high - offset] = patch[low - at : high - at]
            return bytes(patched)

        with file or nullcontext():
            yield read

    def kind(self) -> str:
        """Tell the kind from the content.

        Raises:
            InputError: when there is no such file, it cannot be read, is empty, or is not one of
                ``KINDS``.
        """
        with self.reader() as read:
            head = read(0, HEAD_BYTES)
        if not head:
            raise InputError(f"{self.name}: the file is empty")
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
            fail_on: ``"error"``; ``"warning"`` to fail also where a decoder goes on guessing;
                ``"none"`` to go on as far as it can.

        Raises:
            InputError: when the header cannot be read. A damaged or truncated body fails later, as
                a libvips error.
        """
        harden()
        options = {"access": "sequential", "fail_on": fail_on}
        if kind == "jpeg" and shrink > 1:
            options["shrink"] = str(shrink)
        suffix = "_source" if self.patches else "" if self.path is not None else "_buffer"
        load = getattr(pyvips.Image, _LOADERS[kind] + suffix)
        words = "its structure is damaged, or of a sort that is not supported"
        with translated(f"{self.name}: cannot be read as {kind.upper()}: {words}"):
            if not self.patches:
                content = os.fsencode(self.path) if self.path is not None else self.data
                return load(content, **options)
            stream = self._stream()
            image = load(stream, **options)
            image._references.append(stream)  # or it would go before its pixels do
            return image

    def _stream(self) -> pyvips.Source:
        """Let libvips read the patched bytes."""
        with self.reader() as read:
            content = read(0, _HELD_BYTES)
        if len(content) < _HELD_BYTES:
            return pyvips.Source.new_from_memory(content)
        position = 0
        end = self.size_bytes()

        def pull(count: int) -> bytes:
            nonlocal position
            try:
                with self.reader() as read:
                    part = read(position, count)
            except InputError:  # none may cross a C frame; the decoder finds the end too early
                return b""
            position += len(part)
            return part

        def seek(offset: int, whence: int) -> int:
            nonlocal position
            position = {io.SEEK_SET: 0, io.SEEK_CUR: position}.get(whence, end) + offset
            return position

        stream = pyvips.SourceCustom()
        stream.on_read(pull)
        stream.on_seek(seek)
        return stream

    def size_bytes(self) -> int:
        """Count its bytes, with those of patches behind its end.

        Raises:
            InputError: when the file cannot be found.
        """
        try:
            size = len(self.data or b"") if self.path is None else self.path.stat().st_size
        except OSError as error:
            raise InputError(f"{self.name}: {error.strerror or error}") from error
        return max([size, *(at + len(data) for at, data in self.patches)])
