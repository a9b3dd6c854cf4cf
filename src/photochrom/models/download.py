"""Receive one published file: from the first address that has it, going on where a try broke off.

What has arrived so far lies beside the target as NAME.part. It becomes NAME only when all of it is
there and its bytes are the published ones.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

import requests

from photochrom.errors import ChecksumError, ModelError
from photochrom.files import lock, make_folder
from photochrom.models.registry import Checkpoint

_CHUNK_BYTES: Final = 1 << 16  # less than one is lost where a line is cut
_TIMEOUT_S: Final = 30
_SPARE_BYTES: Final = 1 << 24  # that a disk keeps free
_PARTIAL: Final = 206
_BEYOND_THE_END: Final = 416


DownloadProgress = Callable[[int, int], object]  # told bytes here, and of all; 0 when not known


def download(
    checkpoint: Checkpoint,
    target: Path,
    *,
    check: Callable[[Path], object],
    progress: DownloadProgress | None = None,
) -> None:
    """Receive a file, trying its addresses in order. Proxies are taken from the environment.

    Args:
        checkpoint: what is published, and where.
        target: its place here, which is replaced.
        check: refuses with a `ChecksumError` what is not the published file.
        progress: is told how far the download is.

    Raises:
        ChecksumError: every server sent something else than the published bytes.
        ModelError: the network fails, the disk is too small, or the file cannot be written.
    """
    partial = target.with_name(f"{target.name}.part")
    problems: dict[str, ModelError] = {}
    try:
        make_folder(target.parent)
        with _held(partial) as file:
            if checkpoint.size_bytes is not None:
                needed = checkpoint.size_bytes - partial.stat().st_size + _SPARE_BYTES
                free = shutil.disk_usage(partial.parent).free
                if needed > free:
                    raise ModelError(
                        f"{checkpoint.file_name} needs {needed / 1e6:,.0f} MB more, and the disk "
                        f"of {partial.parent} has {free / 1e6:,.0f} MB left"
                    )
            for url in checkpoint.urls:
                try:
                    _fetch_from(url, file, checkpoint, check, progress)
                except ModelError as error:
                    problems[urlsplit(url).netloc] = error
                else:
                    break
            else:
                raise _summary(problems, file.tell())
        partial.replace(target)
    except OSError as error:
        raise ModelError(f"cannot store {target}: {error.strerror or error}") from error


@contextmanager
def _held(partial: Path) -> Iterator[BinaryIO]:
    """Open what has arrived so far, for this process alone; nothing is left when it is empty."""
    with partial.open("a+b") as file:
        try:
            lock(file)
        except BlockingIOError as error:
            raise ModelError(f"{partial.stem} is being fetched already") from error
        try:
            yield file
        finally:
            if file.seek(0, os.SEEK_END) == 0:
                partial.unlink()


def _fetch_from(
    url: str,
    file: BinaryIO,
    checkpoint: Checkpoint,
    check: Callable[[Path], object],
    progress: DownloadProgress | None,
) -> None:
    """Receive and check a file; one whose first part was of something else is received anew."""
    had = file.seek(0, os.SEEK_END)
    try:
        if not had or had != checkpoint.size_bytes:
            _receive(url, file, checkpoint, progress)
        file.flush()
        check(Path(file.name))
    except ChecksumError:
        file.truncate(0)
        if not had:
            raise
        _fetch_from(url, file, checkpoint, check, progress)


def _receive(
    url: str, file: BinaryIO, checkpoint: Checkpoint, progress: DownloadProgress | None
) -> None:
    """Ask for what is missing of a file, and append it.

    Raises:
        ChecksumError: more comes than was published, or not what is missing.
        ModelError: the network fails.
    """
    had = file.tell()
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={had}-"} if had else {})
    try:
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as answer:
            if answer.status_code == _BEYOND_THE_END:
                raise ChecksumError(f"{checkpoint.file_name} is shorter than what was here")
            answer.raise_for_status()
            begun = had if _goes_on(answer, had) else 0
            file.truncate(begun)
            coming = int(answer.headers.get("Content-Length") or 0)
            whole = begun + coming if coming else 0
            if progress is not None:
                progress(begun, whole)
            for chunk in answer.iter_content(_CHUNK_BYTES):
                file.write(chunk)
                size, most = max(whole, file.tell()), checkpoint.size_bytes
                if most is not None and size > most:
                    words = f"has {size:,} bytes or more instead of {most:,}"
                    raise ChecksumError(f"{checkpoint.file_name} {words}")
                if progress is not None:
                    progress(file.tell(), whole)
    except requests.RequestException as error:
        raise ModelError(_explain(error, url)) from error


def _goes_on(answer: Any, had: int) -> bool:
    """Tell whether a server sends the rest; one that knows no ranges sends everything again."""
    if answer.status_code != _PARTIAL:
        return False
    told = str(answer.headers.get("Content-Range", ""))
    if not told.startswith(f"bytes {had}-"):
        raise ChecksumError(f"the server sent another part than that from {had}: {told!r}")
    return True


def _explain(error: OSError, url: str) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        return f"the server answered {response.status_code} for {url}"
    return f"the download from {urlsplit(url).netloc} failed ({type(error).__name__})"


def _summary(problems: Mapping[str, ModelError], arrived: int) -> ModelError:
    """Say in one line why no server gave the file."""
    texts = [str(error) for error in problems.values()]
    if len(texts) > 1:
        texts = [f"{host}: {error}" for host, error in problems.items()]
    if arrived:
        texts.append(f"{arrived:,} bytes are here; the same command goes on from there")
    is_wrong = all(isinstance(error, ChecksumError) for error in problems.values())
    return (ChecksumError if is_wrong else ModelError)("; ".join(texts))
