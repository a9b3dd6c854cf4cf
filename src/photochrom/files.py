"""Put finished files in place, under their final names only when complete; read people's texts."""

import codecs
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from photochrom.errors import InputError


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
    prefix = f".{target.name[:40]}."
    with NamedTemporaryFile(dir=target.parent, prefix=prefix, delete=False) as unfinished:
        temporary = Path(unfinished.name)
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


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


def _umask() -> int:
    """Read the process's umask, which has no other way of being asked."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
