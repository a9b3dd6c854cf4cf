"""The manifest beside a folder of results: what was made, from what, by which model.

`photochrom.jsonl` holds one JSON object per line and is only ever appended to. A line is one
`write`, so that a killed run leaves at most one torn line at the end; reading skips it, and the
next line starts anew. The last line about an input is the one that counts.

Before a picture is worked on, a `started` line goes in; the line that says it is done follows
when the result lies under its final name and is flushed to the disk. A result with nothing but a
`started` line is therefore ours, from a run that was killed, and may be made again.
"""

import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from photochrom.errors import InputError

MANIFEST_NAME: Final = "photochrom.jsonl"


class Status(StrEnum):
    """What became of one input."""

    STARTED = "started"  # only in manifests: being worked on, or killed while it was
    COLORIZED = "colorized"
    KEPT = "kept"  # only in reports: an earlier run's result is still right
    OUTDATED = "outdated"  # only in reports: made with other options, left alone
    SKIPPED = "skipped"
    FAILED = "failed"
    NOT_STARTED = "not started"  # only in reports: the run ended first


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What identifies the bytes of a file, cheaply first.

    `size` in bytes and `mtime_ns` in nanoseconds are compared before `sha256` (hexadecimal).
    """

    sha256: str
    size: int
    mtime_ns: int

    def matches(self, path: Path) -> bool:
        """Say whether the file still has these bytes; hashes it only when its time changed."""
        try:
            status = path.stat()
        except OSError:
            return False
        if status.st_size != self.size:
            return False
        return status.st_mtime_ns == self.mtime_ns or sha256_of(path) == self.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a manifest. Paths are relative to the manifest's folder, with `/`."""

    input: str
    status: Status
    input_file: Fingerprint | None = None
    output: str | None = None
    output_sha256: str | None = None
    confidence_map: str | None = None
    variants: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    model: str = ""
    model_sha256: str = ""
    version: str = ""
    reason: str = ""
    notes: tuple[str, ...] = ()
    tone: str = ""
    confidence: float | None = None

    def to_line(self) -> bytes:
        """Write the entry as one line of JSON, its newline included."""
        values = asdict(self)
        fingerprint = values.pop("input_file") or {}
        values |= {f"input_{name}": value for name, value in fingerprint.items()}
        told = {name: value for name, value in values.items() if value not in _NOTHING}
        return (json.dumps(told) + "\n").encode()

    @classmethod
    def from_line(cls, line: bytes) -> Self | None:
        """Read one line; None when it is torn or not an entry."""
        try:
            values = json.loads(line)
            known = {name: values[name] for name in _FIELD_NAMES if name in values}
            known["status"] = Status(known["status"])
            known |= {name: tuple(known.get(name, ())) for name in ("notes", "variants")}
            if "input_sha256" in values:
                members = {name: values[f"input_{name}"] for name in _FINGERPRINT_NAMES}
                known["input_file"] = Fingerprint(**members)
            entry = cls(**known)
        except (ValueError, TypeError, KeyError):
            return None
        return entry if entry.has_right_types() else None

    def has_right_types(self) -> bool:
        """Say whether the members that a run relies on are what they should be."""
        optional = (self.output, self.output_sha256, self.confidence_map)
        texts: list[object] = [
            self.input,
            *self.notes,
            *self.variants,
            *(text for text in optional if text),
        ]
        confidence: object = self.confidence
        is_number = confidence is None or isinstance(confidence, int | float)
        return is_number and all(isinstance(text, str) for text in texts)


_FIELD_NAMES: Final = tuple(item.name for item in fields(Entry) if item.name != "input_file")
_FINGERPRINT_NAMES: Final = tuple(item.name for item in fields(Fingerprint))
_NOTHING: Final[tuple[object, ...]] = (None, "", (), {})


def sha256_of(path: Path) -> str:
    """Compute the SHA-256 of a file, as 64 hexadecimal digits.

    Raises:
        OSError: when the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint_of(path: Path) -> Fingerprint:
    """Take the fingerprint of a file as it is now.

    Raises:
        OSError: when the file cannot be read.
    """
    status = path.stat()
    return Fingerprint(sha256=sha256_of(path), size=status.st_size, mtime_ns=status.st_mtime_ns)


def read_entries(folder: Path) -> Iterator[Entry]:
    """Read the entries of a folder's manifest, oldest first; none when there is no manifest.

    Torn and foreign lines are passed over: they say nothing that could be trusted.
    """
    path = folder / MANIFEST_NAME
    if not path.is_file():
        return
    with path.open("rb") as file:
        yield from filter(None, map(Entry.from_line, file))


class Manifest:
    """The open manifest of one folder; safe to append to from many threads.

    Opening it makes the folder if it is missing, and takes the folder's lock: two runs that wrote
    into one folder at once would do everything twice.

    Args:
        folder: where the results lie.

    Raises:
        InputError: when the folder cannot be made or written to, or another run holds it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._append = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = (folder / MANIFEST_NAME).open("a+b", buffering=0)
        except OSError as error:
            raise InputError(f"cannot write to {folder}: {error.strerror}") from error
        self.is_locked = self._lock()
        self._entries = {entry.input: entry for entry in read_entries(folder)}
        self._ends_torn = _ends_torn(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def get(self, source: Path) -> Entry | None:
        """Find what was last recorded about an input."""
        return self._entries.get(self.name_of(source))

    def name_of(self, path: Path) -> str:
        """Name a path relative to this folder: photographs and results can move together."""
        try:
            return Path(os.path.relpath(path.absolute(), self.folder.absolute())).as_posix()
        except ValueError:  # another drive on Windows
            return path.absolute().as_posix()

    def append(self, entry: Entry, *, is_final: bool = True) -> None:
        """Add one line; a final one reaches the disk before this returns.

        Raises:
            OSError: when it cannot be written, for instance because the disk is full.
        """
        line = entry.to_line()
        with self._append:
            self._write(b"\n" + line if self._ends_torn else line)
            if is_final:
                os.fsync(self._file.fileno())
            self._entries[entry.input] = entry

    def _write(self, line: bytes) -> None:
        """Write a line whole, or remember that it is torn."""
        self._ends_torn = True
        written = self._file.write(line)
        if written != len(line):
            raise OSError(f"only {written} of {len(line)} bytes of the manifest were written")
        self._ends_torn = False

    def _lock(self) -> bool:
        """Take the folder for this process; False where the system offers no locks."""
        try:
            import fcntl  # noqa: PLC0415 - not there on Windows
        except ImportError:
            return False
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise InputError(
                f"another run is writing to {self.folder}; wait for it, or choose another -o"
            ) from error
        except OSError:  # some network folders have no locks
            return False
        return True


def _ends_torn(file: BinaryIO) -> bool:
    """Say whether the last line of a file lacks its newline."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return False
    file.seek(size - 1)
    return file.read(1) != b"\n"


def as_recorded(values: Mapping[str, Any]) -> dict[str, object]:
    """Bring options into the form in which a manifest holds them, for comparison."""
    restored: dict[str, object] = json.loads(json.dumps(values))
    return restored
