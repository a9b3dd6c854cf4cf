"""Photographs as one ZIP: packed piece by piece, and unpacked no further than they may."""

import io
import secrets
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from photochrom.errors import InputError
from photochrom.picture.reading.formats import HEAD_BYTES, PICTURE_SUFFIXES, sniff_kind
from photochrom.studio.names import shown_name

_PIECE: Final = 1 << 20
_MOST_ENTRIES: Final = 20_000
_MOST_RATIO: Final = 100  # of what comes out to what came in: pictures hardly shrink
_BAD: Final = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class _Pieces(io.RawIOBase):
    """What the archive has written since somebody last looked."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        self._waiting.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken


def zipped(files: Sequence[Path]) -> Iterator[bytes]:
    """Pack files, uncompressed: pictures hardly shrink.

    Args:
        files: of different names.

    Yields:
        Pieces of the archive.

    Raises:
        OSError: when a file is gone.
    """
    pieces = _Pieces()
    with ZipFile(pieces, "w") as archive:
        for path in files:
            entry = ZipInfo.from_file(path, path.name, strict_timestamps=False)
            with path.open("rb") as file, archive.open(entry, "w", force_zip64=True) as packed:
                while piece := file.read(_PIECE):
                    packed.write(piece)
                    yield pieces.take()
    yield pieces.take()


def unzipped(archive: Path, folder: Path, *, most_bytes: int) -> Iterator[tuple[str, Path]]:
    """Unpack the photographs of a ZIP, one after the other; other files are passed over.

    Names in the archive choose no place: a file lies in the folder, under a hidden random name.

    Args:
        archive: the ZIP; anybody's.
        folder: where to.
        most_bytes: of one photograph, whatever the archive says of its size.

    Yields:
        What it is called, and where it lies.

    Raises:
        InputError: when it is no ZIP, damaged, encrypted, or swells as pictures do not.
        OSError: when the folder cannot be written to.
    """
    left = _MOST_RATIO * archive.stat().st_size
    try:
        with ZipFile(archive) as packed:
            if len(packed.filelist) > _MOST_ENTRIES:
                raise InputError(f"a ZIP of more than {_MOST_ENTRIES} files is not taken")
            for entry in filter(_is_wanted, packed.filelist):
                target = folder / f".{secrets.token_hex(8)}"
                try:
                    with packed.open(entry) as file, target.open("xb") as copy:
                        left -= _copy(file, copy, min(most_bytes, left))
                        is_photograph = copy.tell() > 0
                    if is_photograph:
                        yield shown_name(entry.filename), target
                finally:
                    target.unlink(missing_ok=True)
    except _BAD as error:
        words = "encrypted" if "encrypted" in str(error) else "damaged"
        raise InputError(f"this ZIP is {words}") from error


def _copy(file: IO[bytes], copy: IO[bytes], most: int) -> int:
    """Copy a file that begins as a picture does, and no more than so many bytes; gives them."""
    written = 0
    while piece := file.read(_PIECE):
        if not written and sniff_kind(piece[:HEAD_BYTES]) is None:
            break
        written += len(piece)
        if written > most:
            raise InputError("it holds far more than photographs take")
        copy.write(piece)
    return written


def _is_wanted(entry: ZipInfo) -> bool:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    parts = [part for part in path.parts if part != ".."]
    is_hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return path.suffix.lower() in PICTURE_SUFFIXES and not is_hidden
