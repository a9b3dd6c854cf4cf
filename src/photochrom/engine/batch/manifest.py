"""The manifest beside a folder of results: what was made, from what, by which model.

`photochrom.jsonl` holds one JSON object per line and is only ever appended to. A line is one
`write`, so that a killed run leaves at most one torn line at the end; reading skips it, and the
next line starts anew. The last line about an input is the one that counts.

Before a picture is worked on, a `started` line goes in; the line that says it is done follows
when the result lies under its final name and is flushed to the disk. A result with nothing but a
`started` line is therefore ours, from a run that was killed, and may be made again.

Photographs are known by their content, results by their place: albums may be renamed, moved or
reached by another way, and names may be swapped.
"""

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

from photochrom.engine.batch.shard import Shard, turn_in
from photochrom.engine.result import FileResult, Status
from photochrom.files import file_sha256
from photochrom.records import record_of
from photochrom.texts import json_line, parse_json

MANIFEST_NAME: Final = "photochrom.jsonl"
_SAMPLE_BYTES: Final = 64 * 2**10  # of each of three places


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What identifies the bytes of a file.

    Attributes:
        sha256: of all its bytes, hexadecimal.
        size: in bytes.
        mtime_ns: when its bytes changed, in nanoseconds.
        ctime_ns: when its bytes, its name or its rights changed; on Windows, when it was made.
        sample: SHA-256 of its beginning, middle and end. Manifests of earlier versions lack this
            and ``ctime_ns``.
    """

    sha256: str
    size: int
    mtime_ns: int
    ctime_ns: int | None = None
    sample: str = ""


class FileNow:
    """A file as it is now; it is hashed once, and only when it must be.

    Raises:
        OSError: when there is no such file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        status = path.stat()
        self.size = status.st_size
        self.mtime_ns = status.st_mtime_ns
        self.ctime_ns = status.st_ctime_ns

    def matches(self, known: Fingerprint) -> bool:
        """Say whether the file has the bytes of a fingerprint; cheap when nothing has changed.

        Size and sample come first. Where both times are as they were, that is enough; else all
        bytes are compared.

        Raises:
            OSError: when it cannot be read.
        """
        if self.size != known.size or (known.sample and known.sample != self.sample):
            return False
        return self.is_untouched_since(known) or self.sha256 == known.sha256

    def is_untouched_since(self, then: "Fingerprint | FileNow") -> bool:
        """Say whether size and times are as they were."""
        now = (self.size, self.mtime_ns, self.ctime_ns)
        return now == (then.size, then.mtime_ns, then.ctime_ns)

    def fingerprint(self, known: Fingerprint | None = None) -> Fingerprint:
        """Take the fingerprint.

        Args:
            known: an earlier one of the same bytes; all bytes are read only when it is outdated.

        Raises:
            OSError: when it cannot be read.
        """
        if known is not None and self.is_untouched_since(known):
            return known
        return Fingerprint(
            sha256=self.sha256,
            size=self.size,
            mtime_ns=self.mtime_ns,
            ctime_ns=self.ctime_ns,
            sample=self.sample,
        )

    @cached_property
    def sample(self) -> str:
        """Hash the beginning, middle and end."""
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            for start in (0, self.size // 2, self.size - _SAMPLE_BYTES):
                file.seek(max(0, start))
                digest.update(file.read(_SAMPLE_BYTES))
        return digest.hexdigest()

    @cached_property
    def sha256(self) -> str:
        """Hash all bytes."""
        return file_sha256(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(FileResult):
    """One line of a manifest. Paths are relative to the manifest's folder, with `/`.

    `output_sha256` is of the result as it was written; `output_size` and `output_mtime_ns` of the
    file under its name when it was last found whole, which somebody may have retouched. Runs over
    a listing add `key`, which says what was made and how, the kind of `trouble`, and `elapsed_s`.
    """

    input: str
    input_file: Fingerprint | None = None
    output: str | None = None
    output_sha256: str | None = None
    output_size: int | None = None
    output_mtime_ns: int | None = None
    confidence_map: str | None = None
    variants: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    model: str = ""
    model_sha256: str = ""
    version: str = ""
    key: str = ""
    trouble: str = ""
    elapsed_s: float | None = None

    def with_result(self, found: FileResult) -> Self:
        """Say what became of the photograph."""
        return replace(
            self, **{item.name: getattr(found, item.name) for item in fields(FileResult)}
        )

    def is_made_like(self, other: "Entry") -> bool:
        """Say whether two results of one photograph are the same.

        What label maps say counts, not where they lie; an option that is off is as good as one
        that an earlier version did not know.
        """
        ours, theirs = (
            {
                name: value
                for name, value in each.options.items()
                if name != "labels" and not any(value is off for off in _OFF)
            }
            for each in (self, other)
        )
        return (ours, self.model_sha256) == (theirs, other.model_sha256)

    def to_line(self) -> bytes:
        """Write the entry as one line of JSON, its newline included."""
        values = {"input": self.input, **asdict(self)}
        fingerprint = values.pop("input_file") or {}
        values |= {f"input_{name}": value for name, value in fingerprint.items()}
        told = {name: value for name, value in values.items() if value not in _NOTHING}
        return (json_line(told) + "\n").encode()

    @classmethod
    def from_line(cls, line: bytes) -> Self | None:
        """Read one line; None when it is torn or not an entry; later members are passed over."""
        try:
            values = parse_json(line)
            if "input_sha256" in values:
                known = {name: f"input_{name}" for name in _FINGERPRINT_NAMES}
                values["input_file"] = {n: values[key] for n, key in known.items() if key in values}
            return record_of(cls, values, is_open=True)
        except (ValueError, TypeError):
            return None

    def __post_init__(self) -> None:
        """Refuse paths that the system cannot have, and shares that are none.

        Raises:
            ValueError: when one is.
        """
        for name in (self.input, *self.written):
            if "\0" in name:
                raise ValueError(f"{name!r} is no path")
            os.fsencode(name)  # which raises one, too
        for share in (self.confidence, self.in_color):
            if share is not None and (share < 0 or share > 1):
                raise ValueError(f"{share} is not from 0 to 1")

    @property
    def written(self) -> tuple[str, ...]:
        """The result, its variants and its confidence map, as far as there are any."""
        names = (self.output, *self.variants, self.confidence_map)
        return tuple(name for name in names if name)


_FINGERPRINT_NAMES: Final = tuple(item.name for item in fields(Fingerprint))
_NOTHING: Final[tuple[object, ...]] = (None, "", (), {})
_OFF: Final[tuple[object, ...]] = (None, False)


def read_entries(folder: Path) -> Iterator[Entry]:
    """Read the entries of a folder's manifest, oldest first; none when there is no manifest.

    Those of its shards come after. Torn and foreign lines are passed over: they say nothing that
    could be trusted.
    """
    for path in manifests_in(folder):
        with path.open("rb") as file:
            yield from filter(None, map(Entry.from_line, file))


class Manifest:
    """The open manifest of one folder; safe to append to from many threads.

    Opening it makes the folder if it is missing, and takes the folder's lock: two runs that wrote
    into one folder at once would do everything twice.

    Args:
        folder: where the results lie.
        shard: of which it is; then it has a file of its own, which the next run that is no shard
            takes in. None for everything.

    Raises:
        InputError: when the folder cannot be made or written to, or another run holds it.
    """

    def __init__(self, folder: Path, shard: Shard | None = None) -> None:
        self.folder = folder
        self._append = threading.Lock()
        self._turn = contextlib.ExitStack()
        self._file, self.is_locked = self._turn.enter_context(turn_in(folder, MANIFEST_NAME, shard))
        if shard is None:
            _take_in_shards(folder, self._file)
        self._by_input: dict[str, Entry] = {}
        self._by_output: dict[str, Entry] = {}
        self._by_content: dict[str, Entry] = {}
        for entry in read_entries(folder):
            self._remember(entry)
        self._ends_torn = _ends_torn(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._turn.close()

    def get(self, source: Path) -> Entry | None:
        """Find what was last recorded under the name of an input."""
        return self._by_input.get(self.name_of(source))

    def owner_of(self, output: Path, source: Path) -> Entry | None:
        """Find what was last recorded about the result that lies at a place.

        Args:
            output: the place.
            source: of the result that belongs there; in manifests of earlier versions `started`
                lines name no output.
        """
        named = self.get(source)
        is_begun = named is not None and named.status is Status.STARTED and named.output is None
        return named if is_begun else self._by_output.get(self.name_of(output))

    def about(self, photograph: FileNow, output: Path) -> Entry | None:
        """Find what is recorded about a photograph with these bytes, whatever its name was.

        Args:
            photograph: as it is now.
            output: where its result belongs; the entry about that, if there is one, comes first.

        Raises:
            OSError: when the photograph cannot be read.
        """
        for entry in (self._by_output.get(self.name_of(output)), self.get(photograph.path)):
            known = None if entry is None else entry.input_file
            if known is not None and photograph.matches(known):
                return entry
        return self._by_content.get(photograph.sha256)

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
            line = b"\n" + line if self._ends_torn else line
            self._ends_torn = True  # until it is written whole
            written = self._file.write(line)
            if written != len(line):
                raise OSError(f"only {written} of {len(line)} bytes of the manifest were written")
            self._ends_torn = False
            if is_final:
                os.fsync(self._file.fileno())
            self._remember(entry)

    def _remember(self, entry: Entry) -> None:
        """Let an entry count instead of older ones."""
        older = self._by_input.get(entry.input)
        is_begun = older is not None and older.status is Status.STARTED
        if older is not None and is_begun and self._by_output.get(older.output or "") is older:
            del self._by_output[older.output or ""]
        self._by_input[entry.input] = entry
        if entry.output is not None:
            self._by_output[entry.output] = entry
        is_settled = entry.status in (Status.COLORIZED, Status.SKIPPED)
        if is_settled and entry.input_file is not None:
            self._by_content[entry.input_file.sha256] = entry


def _take_in_shards(folder: Path, whole: BinaryIO) -> None:
    """Append to a manifest what the shards of its folder noted, none of which is at work."""
    for path in manifests_in(folder)[1:]:
        content = path.read_bytes()
        start = b"\n" if _ends_torn(whole) else b""
        if whole.write(start + content) == len(start + content):
            os.fsync(whole.fileno())
            path.unlink()


def manifests_in(folder: Path) -> list[Path]:
    """List the manifest of a folder, if there is one, and those of its shards."""
    name = Path(MANIFEST_NAME)
    shards = sorted(folder.glob(f"{name.stem}.*-of-*{name.suffix}"))
    return [path for path in (folder / name, *shards) if path.is_file()]


def _ends_torn(file: BinaryIO) -> bool:
    """Say whether the last line of a file lacks its newline."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return False
    file.seek(size - 1)
    return file.read(1) != b"\n"


def as_recorded(values: Mapping[str, Any]) -> dict[str, object]:
    """Bring options into the form in which a manifest holds them, for comparison."""
    restored: dict[str, object] = parse_json(json_line(values))
    return restored
