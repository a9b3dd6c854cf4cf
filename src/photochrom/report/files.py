"""Put finished files in place: under their final names only when complete."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from photochrom.errors import InputError


def write_whole(target: Path, content: str | bytes) -> None:
    """Write a file so that nobody ever sees half of it.

    Args:
        target: final place; its folder is made when missing, an older file replaced.
        content: text, written as UTF-8 with plain line feeds, or bytes.

    Raises:
        InputError: when the place cannot be written to.
    """
    encoded = content.encode() if isinstance(content, str) else content
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, encoded)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}") from error


def _replace(target: Path, content: bytes) -> None:
    """Write beside the target, flush to the disk, then rename."""
    prefix = f".{target.name[:40]}."
    with NamedTemporaryFile(dir=target.parent, prefix=prefix, delete=False) as unfinished:
        temporary = Path(unfinished.name)
        try:
            unfinished.write(content)
            unfinished.flush()
            os.fsync(unfinished.fileno())
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    temporary.chmod(0o666 & ~_umask())
    temporary.replace(target)


def _umask() -> int:
    """Read the process's umask, which has no other way of being asked."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
