"""The folder of a study: whole or not there, never taken from answers; its picture files."""

import shutil
import sqlite3
import struct
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from stat import S_ISREG
from tempfile import mkdtemp
from typing import Final

import numpy as np

from photochrom.arrays import U8
from photochrom.errors import InputError
from photochrom.study.design.manifest import MANIFEST

PNG: Final = b"\x89PNG\r\n\x1a\n"
_RGB_8_BIT: Final = (8, 2, 0, 0, 0)  # depth, color type, compression, filter, no interlace


def encode_stored(pixels: U8) -> bytes:
    """Encode a picture as a PNG file without compressing it.

    How well pixels can be compressed tells real colors from made-up ones (of 50 pairs in 49), so
    the length of the file, and of every part of it, hangs on the picture's size alone.

    Args:
        pixels: (H, W, 3) uint8 sRGB.

    Source: PNG specification (third edition), 5 datastream structure, 9.2 filter type 0.

    >>> black, noise = np.zeros((3, 2, 3), np.uint8), np.arange(18, dtype=np.uint8).reshape(3, 2, 3)
    >>> len(encode_stored(black)) == len(encode_stored(noise))
    True
    """
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with its filter: none
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, *_RGB_8_BIT)
    body = zlib.compress(rows.tobytes(), level=0)
    return PNG + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


PICTURES: Final = "pictures"
DATABASE: Final = "study.sqlite"
_MOST_BYTES: Final = 1 << 23  # of a picture; 1024 x 1024 pixels take 3 MiB
_OURS: Final = (MANIFEST, PICTURES, DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")


def own_picture(study: Path, relative: str) -> Path:
    """Find a picture of a study, which may come from a stranger, in the study's own folder.

    Returns:
        Its path; whoever reads it says when it is missing.

    Raises:
        InputError: when a link leads to it, so that it could be any file of this machine, or it is
            no regular file of bearable size.
    """
    path = study / relative
    try:
        if path.is_symlink() or path.resolve() != study.resolve() / relative:
            raise InputError(f"{path} is a link; the pictures of a study lie in its own folder")
        about = path.stat()
    except FileNotFoundError:
        return path
    if not S_ISREG(about.st_mode) or about.st_size > _MOST_BYTES:
        raise InputError(f"{path} is no picture of a study")
    return path


@contextmanager
def new_study(target: Path, *, force: bool) -> Iterator[Path]:
    """Build a study beside its final place and move it there when it is complete.

    Args:
        target: its folder.
        force: whether files may be there; a study with participants is never replaced.

    Yields:
        The folder to build in, with an empty ``pictures``.

    Raises:
        InputError: when the place is taken or cannot be written to.
    """
    _refuse_taken(target, force=force)
    with _refusals(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        building = Path(mkdtemp(dir=target.parent, prefix=f".{target.name[:40]}."))
    try:
        with _refusals(target):
            (building / PICTURES).mkdir()
        yield building
        with _refusals(target):
            target.mkdir(exist_ok=True)
            for path in (target / name for name in _OURS):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
            for name in (PICTURES, DATABASE, MANIFEST):  # whose presence says that it is complete
                (building / name).replace(target / name)
    finally:
        shutil.rmtree(building, ignore_errors=True)


@contextmanager
def _refusals(target: Path) -> Iterator[None]:
    """Say in one line that the place cannot be written to."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}") from error


def _refuse_taken(target: Path, *, force: bool) -> None:
    """Check before the work that nothing would be lost."""
    if target.exists() and not target.is_dir():
        raise InputError(f"{target} is not a folder")
    if not target.exists() or not any(target.iterdir()):
        return
    if not force:
        raise InputError(f"{target} is not empty; add --force to put the study there all the same")
    database = target / DATABASE
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(database)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM participants").fetchone()
    except sqlite3.Error as error:
        message = f"{database} cannot be read, so it may hold answers; move it away first"
        raise InputError(message) from error
    if count:
        raise InputError(f"{target} holds a study with {count} participants; move it away first")
