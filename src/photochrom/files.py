"""Put finished files in place, under their final names only when complete; read people's texts."""

import codecs
import contextlib
import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from photochrom.errors import InputError

_FULL_DISK: Final = (errno.ENOSPC, errno.EDQUOT)
_UNFINISHED: Final = re.compile(r"\..+\.[0-9a-f]{8}\.part")


def write_whole(target: Path, content: str | bytes) -> None:
    """Write a file so that nobody ever sees half of it.

    Args:
        target: final place; its folder is made when missing, an older file replaced.
        content: text, written as UTF-8 with plain line feeds, or bytes. What UTF-8 lacks, of names
            that are none, is escaped.

    Raises:
        InputError: when the place cannot be written to.
    """
    encoded = content.encode(errors="backslashreplace") if isinstance(content, str) else content
    try:
        replace_whole(target, encoded)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{target} cannot be written: {reason}") from error


def replace_whole(target: Path, content: bytes | memoryview) -> None:
    """Write beside the target, flush to the disk, then rename.

    Args:
        target: final place; its folder is made when missing, an older file replaced.
        content: of the file.

    Raises:
        OSError: when the place cannot be written to; then the file that was there stays.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with unfinished(target) as temporary:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, however deep; `Path.mkdir` gives up at a thousand.

    Raises:
        OSError: when one cannot be made.
    """
    missing = [folder]
    while not (above := missing[-1].parent).exists() and above != missing[-1]:
        missing.append(above)
    for each in reversed(missing):
        each.mkdir(exist_ok=True)


@contextlib.contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """Make a hidden file beside the target, to be written and renamed; else it is removed.

    While the block runs, `sweep_leftovers` of any process leaves it alone.

    Args:
        target: final place; its own name may be as long as a name can be.

    Raises:
        OSError: when there can be no file.
    """
    while True:
        temporary = target.with_name(f".photochrom.{secrets.token_hex(4)}.part")
        held = temporary.open("xb")
        if not lock(held, is_patient=True):
            held.close()  # Windows renames no open file
        if temporary.exists():  # else it was swept before it was locked
            break
        held.close()
    try:
        yield temporary
    finally:
        held.close()
        temporary.unlink(missing_ok=True)


def give_new_name(temporary: Path, target: Path) -> None:
    """Rename a file to a name that is not in use, which a plain renaming would take all the same.

    Raises:
        FileExistsError: when the name is in use.
        OSError: when it cannot be renamed.
    """
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: take the name first, then fill it
        os.close(os.open(target, os.O_CREAT | os.O_EXCL))
        temporary.replace(target)


def sweep_leftovers(folder: Path) -> None:
    """Remove what killed processes left half-written in a folder; what is being written stays."""
    for path in folder.glob(".*.part"):
        if _UNFINISHED.fullmatch(path.name):
            with contextlib.suppress(OSError), path.open("r+b") as file:
                if lock(file):
                    path.unlink()


def lock(file: BinaryIO, *, is_patient: bool = False, is_shared: bool = False) -> bool:
    """Take a file for this process, until it is closed.

    Args:
        file: open; nothing in it changes.
        is_patient: wait for another process that has it.
        is_shared: let others have it as well who share it.

    Returns:
        False where the system or the folder, as some on the network, has no locks.

    Raises:
        BlockingIOError: when another process has it.
    """
    try:
        import fcntl  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return False
    try:
        kind = fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX
        fcntl.flock(file, kind if is_patient else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True


def is_disk_full(error: BaseException | None) -> bool:
    """Look along the causes of an error for a disk that has no room left."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL_DISK:
            return True
        error = error.__cause__ or error.__context__
    return False


def file_sha256(path: Path) -> str:
    """Compute the SHA-256 of a file, as 64 hexadecimal digits.

    Raises:
        OSError: when the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def decoded(content: bytes, *, errors: str = "strict") -> str:
    r"""Decode what a person wrote: UTF-8 with or without a byte order mark, UTF-16 with one.

    Args:
        content: of the file.
        errors: "surrogateescape" for paths, which need not be text.

    Raises:
        UnicodeDecodeError: when it is neither.

    >>> decoded("a.jpg".encode("utf-8-sig")), decoded("a.jpg".encode("utf-16"))
    ('a.jpg', 'a.jpg')
    """
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_wide else "utf-8-sig", errors)
