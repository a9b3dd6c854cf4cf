"""Writing a result: whole under its final name, or not at all."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from photochrom.errors import InputError
from photochrom.files import give_new_name, unfinished
from photochrom.picture.encode import Strips, encode, plan_target, save_bytes, save_file
from photochrom.picture.metadata.fields import Provenance
from photochrom.picture.metadata.outgoing import prepare_outgoing
from photochrom.picture.picture import Picture

_PROBE_BYTES: Final = 2**20


def write_picture(  # noqa: PLR0913 - one call writes a file; all but three are by keyword
    picture: Picture,
    strips: Strips,
    target: Path,
    *,
    kind: str | None = None,
    quality: int | None = None,
    provenance: Provenance | None = None,
    overwrite: bool = False,
) -> tuple[str, ...]:
    """Write a colored picture into a file, with everything the original carried.

    The file appears under its name only when it is complete; a failure leaves nothing behind.

    Args:
        picture: the original, whose metadata and alpha go along.
        strips: (n, width, 3) sRGB, uint8 or uint16, from top to bottom.
        target: where to.
        kind: one of ``KINDS``; None for the kind that came in, PNG for an array.
        quality: 1 to 100 for JPEG, WebP, AVIF and HEIC; None for the default.
        provenance: what made the colors.
        overwrite: whether an existing file may be replaced.

    Returns:
        Notes on what could not be kept as it was; empty when everything was.

    Raises:
        InputError: when the place cannot be written, the disk is full, or ``target`` exists.
    """
    plan = plan_target(picture, kind, quality)
    outgoing = prepare_outgoing(picture.metadata, plan.kind, provenance)
    if target.is_dir():
        raise InputError(f"{target}: cannot be written: it is a folder")
    if target.exists() and not overwrite:
        raise InputError(f"{target}: already there; --force replaces it")
    with _published(target, overwrite=overwrite) as temporary:
        try:
            save = partial(save_file, path=temporary, target=plan, outgoing=outgoing)
            encode(picture, strips, plan, save)
        except InputError as error:
            refusal = _refusal_of_place(temporary)
            words = refusal.strerror if refusal else error
            raise InputError(f"{target}: cannot be written: {words}") from (refusal or error)
    return plan.notes + outgoing.notes


def encode_picture(
    picture: Picture,
    strips: Strips,
    *,
    kind: str | None = None,
    quality: int | None = None,
    provenance: Provenance | None = None,
) -> tuple[bytes, tuple[str, ...]]:
    """Do as ``write_picture``, into memory.

    Returns:
        The bytes of the file, and the notes.
    """
    plan = plan_target(picture, kind, quality)
    outgoing = prepare_outgoing(picture.metadata, plan.kind, provenance)
    data = encode(picture, strips, plan, partial(save_bytes, target=plan, outgoing=outgoing))
    return data, plan.notes + outgoing.notes


def copy_written(written: Path, target: Path, *, sha256: str) -> bool:
    """Give a written picture a second name, if it is still as it was written.

    Args:
        written: a file, as whole as ``target`` will be.
        target: where to; nothing is replaced.
        sha256: of the file when it was written, hexadecimal.

    Returns:
        Whether it was copied; False when it is gone or changed.

    Raises:
        InputError: when the place cannot be written, or ``target`` exists.
    """
    try:
        file = written.open("rb")
    except OSError:
        return False
    with file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            return False
        file.seek(0)
        with _published(target, overwrite=False) as temporary, temporary.open("wb") as copy:
            shutil.copyfileobj(file, copy)
    return True


@contextmanager
def _published(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a hidden name beside the target; what is there at the end gets the target's name.

    Raises:
        InputError: when the place cannot be written.
    """
    try:
        with unfinished(target) as temporary:
            yield temporary
            with temporary.open("r+b") as file:  # a name must not outlive its content
                os.fsync(file.fileno())
            if overwrite:
                temporary.replace(target)
            else:
                give_new_name(temporary, target)
    except FileExistsError:
        raise InputError(f"{target}: already there; --force replaces it") from None
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror or error}") from error


def _refusal_of_place(temporary: Path) -> OSError | None:
    """Find out whether an encoder failed for want of room: libvips hides what the system said."""
    try:
        with temporary.open("ab") as file:
            file.write(b"\0" * _PROBE_BYTES)
    except OSError as error:
        return error
    return None
