"""Photographs that come in over HTTP: to the disk in pieces, and no further than they may."""

import asyncio
import os
import shutil
import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import Request

from photochrom.picture.reading.formats import HEAD_BYTES, describe_stranger, sniff_kind
from photochrom.studio.server.bodies import ProblemError
from photochrom.studio.server.forms import Form

_SPARE_BYTES: Final = 256 * 2**20  # of the disk, which stay free
_ZIP: Final = b"PK"  # and then 1 2, 3 4, 5 6 or 7 8
_FULL: Final = "the disk of the studio is full"


async def spool(
    request: Request, folder: Path, most_bytes: int, *, is_archive: bool = False
) -> tuple[Path, Form]:
    """Write what a request carries to a hidden file, piece by piece.

    Args:
        request: whose body is a photograph, or a form with one.
        folder: of the file.
        most_bytes: that it may have.
        is_archive: whether it is to be a ZIP instead.

    Returns:
        The file, which is the caller's to remove, and what else the form says.

    Raises:
        ProblemError: when it is too large, no picture, or the disk is full; then there is no file.
    """
    announced = request.headers.get("content-length", "")
    expected = int(announced) if announced.isdecimal() else 0
    _check_size(expected, most_bytes)
    if shutil.disk_usage(folder).free < expected + _SPARE_BYTES:
        raise ProblemError(HTTPStatus.INSUFFICIENT_STORAGE, _FULL)
    written = 0
    descriptor, name = tempfile.mkstemp(prefix=".", dir=folder)
    path, form = Path(name), Form(request)
    try:
        with os.fdopen(descriptor, "wb") as file:
            async for piece in form.file():
                if not written and len(piece) >= HEAD_BYTES:
                    _check_kind(piece, is_archive)
                written += len(piece)
                _check_size(written, most_bytes)
                await asyncio.to_thread(file.write, piece)
        with path.open("rb") as file:
            _check_kind(file.read(HEAD_BYTES), is_archive)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise ProblemError(HTTPStatus.INSUFFICIENT_STORAGE, _FULL) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path, form


def _check_size(size: int, most_bytes: int) -> None:
    if size > most_bytes:
        what = f"a photograph of {most_bytes >> 20} MB is the largest that is taken"
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, what)


def _check_kind(head: bytes, is_archive: bool) -> None:
    if is_archive and head.startswith(_ZIP):
        return
    if is_archive or sniff_kind(head[:HEAD_BYTES]) is None:
        what = describe_stranger(head[:HEAD_BYTES]) if head else "an empty file"
        kinds = "ZIP" if is_archive else "JPEG, PNG, TIFF, WebP, AVIF and HEIC"
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"this is {what}; {kinds} can be read"
        )
