"""The one door to object storage, through fsspec: whole objects come in, whole ones go out.

Credentials are found by fsspec's implementations in their usual environment. What those say when
something fails is not passed on, but for the class of their error: it may quote a request.
"""

import contextlib
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from photochrom.errors import InputError, PhotochromError
from photochrom.extras import missing, need
from photochrom.files import is_disk_full

MOST_BYTES: Final = 8 * 2**30  # of one photograph
_OF_EXTRA: Final = {"s3": ("s3fs",), "gs": (), "az": (), "memory": ()}
_OTHERS: Final = {"gs": "gcsfs", "az": "adlfs"}  # which the extra does not bring
_AT_ONCE: Final = 64 * 2**20  # bytes sent from memory, in a single request
_VERSIONS: Final = ("ETag", "etag", "md5Hash", "LastModified", "updated", "last_modified")
_ACCESS: Final = ("NoCredentials", "PartialCredentials", "Credential", "TokenRetrieval", "Auth")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A file in object storage, as a listing tells of it.

    Attributes:
        address: where it lies.
        size: in bytes.
        version: another one when its bytes are others.
    """

    address: str
    size: int
    version: str


def list_objects(folder: str, *, recursive: bool = True) -> Iterator[StoredObject]:
    """List what lies below an address, folder by folder; memory holds one folder's names.

    Args:
        folder: an address; one of an object lists that alone.
        recursive: go into sub-folders.

    Yields:
        The objects of each folder by name; those are passed over whose names lead elsewhere.

    Raises:
        InputError: when it cannot be listed, or there is nothing.
    """
    system, path = _opened(folder)
    scheme = folder.partition("://")[0]
    with _translated(folder, "listed"):
        found = system.info(path)
        if found["type"] == "file":
            yield _stored(f"{scheme}://{path.lstrip('/')}", found)
            return
        walk = system.walk(path, detail=True, on_error="raise", maxdepth=None if recursive else 1)
        for _, _, files in walk:
            for name in sorted(files):
                place = files[name]["name"].lstrip("/")
                if posixpath.normpath(place) == place and "\\" not in place:
                    yield _stored(f"{scheme}://{place}", files[name])


def find_object(address: str) -> StoredObject | None:
    """Look one object up; None when there is none.

    Raises:
        InputError: when the storage cannot be asked.
    """
    system, path = _opened(address)
    with _translated(address, "found"):
        try:
            found = system.info(path)
        except FileNotFoundError:
            return None
        return _stored(address, found) if found["type"] == "file" else None


def fetch(address: str, target: Path, *, most_bytes: int = MOST_BYTES) -> None:
    """Copy an object into a file.

    Args:
        address: of the object.
        target: the file.
        most_bytes: a larger one is refused before anything is fetched.

    Raises:
        InputError: when there is none, it is too large, or it cannot be read.
        OSError: when the disk is full.
    """
    system, path = _opened(address)
    with _translated(address, "read"):
        found = system.info(path)
        if found["type"] != "file":
            raise InputError(f"{address}: this is not a file")
        if found["size"] > most_bytes:
            size = f"{found['size'] / 1e9:.1f} GB"
            raise InputError(f"{address}: has {size}; at most {most_bytes / 1e9:.1f} are fetched")
        system.get_file(path, str(target))
        if target.stat().st_size != found["size"]:
            raise InputError(f"{address}: changed while it was read")


def read_object(address: str) -> bytes:
    """Read a small object.

    Raises:
        InputError: when there is none, or it cannot be read.
    """
    system, path = _opened(address)
    with _translated(address, "read"):
        content: bytes = system.cat_file(path)
        return content


def publish(source: Path, address: str, *, overwrite: bool) -> None:
    """Copy a file to an address, where it appears whole or not at all.

    A failed transfer of several parts leaves nothing under the name.

    Args:
        source: the file.
        address: where to.
        overwrite: whether an object that is there may be replaced.

    Raises:
        FileExistsError: when there is one, and it may not.
        InputError: when it cannot be written.
    """
    if source.stat().st_size <= _AT_ONCE:
        write_object(address, source.read_bytes(), overwrite=overwrite)
        return
    system, path = _opened(address)
    with _translated(address, "written"), _refused_when_there(system, path, overwrite=overwrite):
        system.put_file(str(source), path, mode="overwrite" if overwrite else "create")


def write_object(address: str, content: bytes, *, overwrite: bool) -> None:
    """Do as `publish`, with bytes, in one request."""
    system, path = _opened(address)
    with _translated(address, "written"), _refused_when_there(system, path, overwrite=overwrite):
        system.pipe_file(path, content, mode="overwrite" if overwrite else "create")


def remove_object(address: str) -> None:
    """Remove an object, if it is there.

    Raises:
        InputError: when it cannot be removed.
    """
    system, path = _opened(address)
    with _translated(address, "removed"), contextlib.suppress(FileNotFoundError):
        system.rm_file(path)


def _opened(address: str) -> tuple[Any, str]:
    """Give the file system of an address, and what it calls the place.

    An object's name is never read as a pattern or a chain of systems, whatever it holds.
    """
    scheme, _, place = address.partition("://")
    what = f"reading and writing {scheme}://"
    need("cloud", "fsspec", *_OF_EXTRA[scheme], what=what)
    if scheme in _OTHERS and missing(_OTHERS[scheme]):
        raise InputError(f"{what} needs the package {_OTHERS[scheme]} as well")
    import fsspec  # noqa: PLC0415 - loaded when it is used

    with _translated(address, "reached"):
        system = fsspec.filesystem(scheme, use_listings_cache=False)
    return system, f"/{place}" if scheme == "memory" else place


def _stored(address: str, found: dict[str, Any]) -> StoredObject:
    versions = [str(found[name]) for name in _VERSIONS if found.get(name)]
    version = versions[0].strip('"') if versions else str(found.get("created", ""))
    return StoredObject(address, found["size"], version)


@contextlib.contextmanager
def _refused_when_there(system: Any, path: str, *, overwrite: bool) -> Iterator[None]:
    """Look first, as not every storage knows conditional requests; then ask for one."""
    if not overwrite and system.exists(path):
        raise FileExistsError(path)
    try:
        yield
    except OSError as error:
        if not overwrite and "PreconditionFailed" in f"{error!r} {error.__cause__!r}":
            raise FileExistsError(path) from error
        raise


@contextlib.contextmanager
def _translated(address: str, done: str) -> Iterator[None]:
    """Word the errors of a storage, none of which is quoted."""
    try:
        yield
    except (PhotochromError, FileExistsError):
        raise
    except FileNotFoundError as error:
        raise InputError(f"{address}: there is no such file or folder") from error
    except Exception as error:
        if is_disk_full(error):
            raise
        kind = type(error).__name__
        is_refused = isinstance(error, PermissionError) or kind.startswith(_ACCESS)
        reason = "; are its credentials in the environment?" if is_refused else ""
        raise InputError(f"{address}: cannot be {done}: {kind}{reason}") from error
