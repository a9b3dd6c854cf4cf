"""Fetch published checkpoints, and verify what is installed.

A file gets its final name only when all of it has arrived and its bytes are the published ones.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from photochrom.errors import ChecksumError, ModelError
from photochrom.files import file_sha256
from photochrom.models.contract import read_contract, read_model
from photochrom.models.download import DownloadProgress, download
from photochrom.models.registry import (
    MODELS,
    Checkpoint,
    ModelRow,
    checkpoint_path,
    contract_path,
    published_checkpoint,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """What verification says about one installed file.

    Attributes:
        name: of the model.
        path: of the file.
        is_good: whether it can be trusted.
        text: why, in a few words.
    """

    name: str
    path: Path
    is_good: bool
    text: str


def is_offline() -> bool:
    """Tell whether `PHOTOCHROM_OFFLINE` forbids the network."""
    return os.environ.get("PHOTOCHROM_OFFLINE", "") not in ("", "0")


def fetch_checkpoint(row: ModelRow, progress: DownloadProgress | None = None) -> Path:
    """Make sure that a published checkpoint is here, whole and verified.

    A good file is left alone and needs no network; a bad one is fetched again, and one that has
    arrived in part from where it broke off. Proxies are taken from the environment.

    Args:
        row: a model with a published checkpoint.
        progress: is told how far the download is.

    Returns:
        The path of the checkpoint.

    Raises:
        ChecksumError: the server sent something else than the published bytes.
        ModelError: the model is built in, the network is forbidden or fails, or the file cannot
            be written.
    """
    checkpoint = published_checkpoint(row)
    target = checkpoint_path(row)
    if not _is_published(target, checkpoint):
        if is_offline():
            raise ModelError(
                f"PHOTOCHROM_OFFLINE forbids the network; fetch {checkpoint.url} elsewhere and "
                f"store it as {target}"
            )
        download(
            checkpoint,
            target,
            check=lambda path: _check_arrived(path, checkpoint),
            progress=progress,
        )
    record_sha256(target)
    return target


def record_sha256(path: Path) -> str:
    """Write a file's SHA-256 beside it, as `sha256sum` does, for later verification."""
    digest = file_sha256(path)
    _record_path(path).write_text(f"{digest}  {path.name}\n", encoding="utf-8")
    return digest


def recorded_sha256(path: Path) -> str | None:
    """Return the SHA-256 that was recorded beside a file, or None."""
    try:
        return _record_path(path).read_text(encoding="utf-8").split()[0]
    except (OSError, IndexError, UnicodeDecodeError):
        return None


def verify_models() -> list[FileVerdict]:
    """Check every installed file of the models with a name, without the network.

    Returns:
        One verdict per file: checkpoints against the published hash and the recorded one, contract
        files against the recorded hash and the contract.
    """
    return [verdict for row in MODELS for verdict in _verify(row)]


def _verify(row: ModelRow) -> Iterator[FileVerdict]:
    checks = [(contract_path(row), _check_contract)]
    checkpoint = row.checkpoint
    if checkpoint is not None:
        checks.append((checkpoint_path(row), lambda path: _check_arrived(path, checkpoint)))
    for path, check in checks:
        if not path.is_file():
            continue
        try:
            text = f"{check(path)}{_check_record(path)}"
        except (ModelError, OSError) as error:
            yield FileVerdict(name=row.name, path=path, is_good=False, text=str(error))
        else:
            yield FileVerdict(name=row.name, path=path, is_good=True, text=text)


def _check_contract(path: Path) -> str:
    read_contract(read_model(path))
    return "keeps the contract"


def _check_record(path: Path) -> str:
    recorded = recorded_sha256(path)
    if recorded is None:
        return ""
    actual = file_sha256(path)
    if actual != recorded:
        raise ChecksumError(f"its SHA-256 is {actual}, but {recorded} was recorded")
    return ", unchanged since it was recorded"


def _record_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _is_published(path: Path, checkpoint: Checkpoint) -> bool:
    try:
        _check_arrived(path, checkpoint)
        _check_record(path)
    except (ChecksumError, OSError):
        return False
    return True


def _check_arrived(path: Path, checkpoint: Checkpoint) -> str:
    """Compare a file with what is known about the published one."""
    with path.open("rb") as stream:
        opening = stream.read(512)
    if opening.lstrip().startswith(b"<"):
        raise ChecksumError(f"the server sent a web page instead of {checkpoint.file_name}")
    size, wanted = path.stat().st_size, checkpoint.size_bytes
    if wanted is not None and size != wanted:
        raise ChecksumError(f"{checkpoint.file_name} has {size:,} bytes instead of {wanted:,}")
    actual = file_sha256(path)
    if not actual.startswith(checkpoint.sha256):
        raise ChecksumError(
            f"the SHA-256 of {checkpoint.file_name} is {actual}, not {checkpoint.sha256}"
        )
    digits = len(checkpoint.sha256)
    return "the published bytes" if digits == 64 else f"the {digits} published digits match"
