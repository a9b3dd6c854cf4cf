"""Addresses such as `s3://bucket/scans`: what is one, and what must not stand in it."""

import os
import re
from pathlib import Path
from typing import Final

from photochrom.errors import InputError

SCHEMES: Final = ("s3", "gs", "az", "memory")  # beside file, which is a path
_ADDRESS: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.:-]+)://(.*)", re.DOTALL)
_ROOT: Final = re.compile(r"[^/@?#\\]+(/.*)?", re.DOTALL)  # begins with the name of a bucket


def is_address(text: str) -> bool:
    """Say whether a text names a place in object storage.

    >>> is_address("s3://bucket/scans"), is_address("scans/1923")
    (True, False)
    """
    return text.startswith(tuple(f"{scheme}://" for scheme in SCHEMES))


def parse_place(text: str) -> str:
    """Take a place as a person wrote it: an address, or a path.

    Args:
        text: `s3://`, `gs://` or `az://` and a bucket; or `file:///path`; or a path.

    Returns:
        The address, without a slash at its end; or the path.

    Raises:
        InputError: when it is of another kind, names no bucket, or may hold a password, which the
            message does not repeat.

    >>> parse_place("s3://bucket/scans/"), parse_place("file:///data/scans")
    ('s3://bucket/scans', '/data/scans')
    """
    matched = _ADDRESS.fullmatch(text)
    if matched is None:
        return text
    scheme, place = matched[1].lower(), matched[2]
    if scheme == "file":
        if not place.startswith("/"):
            raise InputError("file:// is followed by a path from the root, as in file:///data")
        return str(Path(place))
    if scheme not in SCHEMES:
        known = ", ".join(f"{each}://" for each in (*SCHEMES[:-1], "file"))
        raise InputError(f"{scheme}:// is no storage that is known; there are {known}")
    bucket = place.partition("/")[0]
    if "@" in bucket or "?" in place:
        told = "a key, a password or a signature does not belong in it"
        raise InputError(f"an address of {scheme}:// holds neither @ nor ?: {told}")
    if not _ROOT.fullmatch(place) or ".." in place.split("/"):
        raise InputError(f"{scheme}:// is followed by a bucket and a folder, as in {scheme}://b/f")
    return f"{scheme}://{place.rstrip('/')}"


def below(place: str, name: str) -> str:
    """Name something in a folder: an address or a path, as the folder is.

    >>> below("s3://bucket/colored", "1923/a.jpg")
    's3://bucket/colored/1923/a.jpg'
    """
    if is_address(place):
        return f"{place}/{name}"
    return os.path.join(place, name)  # noqa: PTH118 - a million paths take time
