"""The listing of an archive: which pictures lie below a root, one row for each, read lazily.

The first line of a JSONL file, or the metadata of a Parquet file, names the root; a row has a path
below it, with `/`, and what tells one state of the file from another.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from photochrom.collection import Item, open_collection
from photochrom.collection.matching import RESULT_SUFFIX
from photochrom.collection.walk import identity, is_of_machines
from photochrom.engine.batch.sources import recorded_results, results_among
from photochrom.engine.result import CONFIDENCE_SUFFIX
from photochrom.errors import InputError
from photochrom.extras import need
from photochrom.files import unfinished
from photochrom.picture.reading.formats import PICTURE_SUFFIXES
from photochrom.records import MisfitError, record_of
from photochrom.storage.address import below, is_address
from photochrom.storage.objects import read_object
from photochrom.texts import json_line, parse_json

_MARK: Final = "photochrom_listing"
_VERSION: Final = 1
_ROWS: Final = 65_536  # of a Parquet file that are in memory at once
_LONGEST: Final = 65_536  # bytes of the line that names the root


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One picture of an archive.

    Attributes:
        path: below the root, with `/`.
        size: in bytes.
        mtime_ns: when its bytes changed, in nanoseconds; 0 where `etag` tells.
        etag: what object storage calls this state of it.
    """

    path: str
    size: int
    mtime_ns: int = 0
    etag: str = ""

    def __post_init__(self) -> None:
        """Reject paths that lead out of the root."""
        path = self.path.replace(os.sep, "/")
        has_drive = bool(os.path.splitdrive(path)[0])
        is_outside = path.startswith("/") or ".." in path.split("/") or has_drive
        if not path or "\0" in path or is_outside:
            raise ValueError(f"{self.path!r} is no path below the root")
        os.fsencode(path)  # which raises one, too

    @property
    def state(self) -> str:
        """What tells this state of the file from another."""
        return self.etag or f"{self.size}/{self.mtime_ns}"


_COLUMNS: Final = tuple(item.name for item in fields(ListedFile))


def list_folder(root: Path, tell: Callable[[Path, str], None]) -> Iterator[ListedFile]:
    """Walk through an archive, sorted by name within each folder, with one folder in memory.

    Hidden files, the folders of machines and results of earlier runs are passed over; links to
    folders are followed once.

    Args:
        root: where the archive begins.
        tell: is given each folder that cannot be listed, and why.
    """
    suffixes = tuple(PICTURE_SUFFIXES)
    waiting, visited = [root], set[object]()
    while waiting:
        here = waiting.pop()
        try:
            if (place := identity(here)) in visited:
                continue
            visited.add(place)
            with os.scandir(here) as members:
                names = sorted(each.name for each in members if not each.name.startswith("."))
        except OSError as error:
            tell(here, error.strerror or "cannot be listed")
            continue
        left_out = _results_in(here, names)
        below = here.relative_to(root).as_posix()
        prefix = "" if below == "." else f"{below}/"
        folders = []
        for name in names:
            try:
                status = os.stat(f"{here}/{name}")  # noqa: PTH116 - a million paths take time
            except OSError as error:
                if name.lower().endswith(suffixes):
                    tell(here / name, error.strerror or "cannot be read")
                continue
            if stat.S_ISDIR(status.st_mode):
                folders.append(here / name)
            elif name.lower().endswith(suffixes) and name not in left_out:
                yield ListedFile(f"{prefix}{name}", status.st_size, status.st_mtime_ns)
        waiting += [each for each in reversed(folders) if not is_of_machines(each)]


def _results_in(folder: Path, names: list[str]) -> set[str]:
    """Name the results of earlier runs in a folder, as far as its names and manifest tell."""
    results = set[str]()
    if any(name.startswith("photochrom.") for name in names):
        results |= {path.name for path in recorded_results(folder) if path.parent == folder}
    if any(RESULT_SUFFIX in name or CONFIDENCE_SUFFIX in name for name in names):
        results |= {path.name for path in results_among(folder / name for name in names)}
    return results


def write_listing(file: Path, root: str, rows: Iterable[ListedFile]) -> int:
    """Write a listing, which appears under its name when it is complete.

    Args:
        file: `.parquet`, or else JSONL.
        root: that the paths lie below, as anybody who works on it reaches it.
        rows: in their order.

    Returns:
        How many there were.

    Raises:
        InputError: when it cannot be written, or pyarrow is missing.
    """
    write = _write_parquet if is_parquet(file) else _write_jsonl
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with unfinished(file) as temporary:
            count = write(temporary, root, rows)
            temporary.replace(file)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror or error}") from error
    return count


def is_parquet(file: Path) -> bool:
    """Say whether a name is one of a Parquet file."""
    return file.suffix.lower() == ".parquet"


def _write_jsonl(file: Path, root: str, rows: Iterable[ListedFile]) -> int:
    count = 0
    with file.open("w", encoding="ascii", newline="\n") as out:
        out.write(json_line({_MARK: _VERSION, "root": root}) + "\n")
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last is how many
            told = {name: getattr(row, name) for name in _COLUMNS if getattr(row, name)}
            told["size"] = row.size
            out.write(json_line(told) + "\n")
        out.flush()
        os.fsync(out.fileno())
    return count


def _write_parquet(file: Path, root: str, rows: Iterable[ListedFile]) -> int:
    need("evaluate", "pyarrow", what=f"writing {file}")
    import pyarrow  # noqa: PLC0415  (an extra, not in the runtime)
    import pyarrow.parquet as pq  # noqa: PLC0415

    kinds = {"path": pyarrow.string(), "etag": pyarrow.string()}
    names = [(item.name, kinds.get(item.name, pyarrow.int64())) for item in fields(ListedFile)]
    schema = pyarrow.schema(names, {_MARK: str(_VERSION), "root": root})
    count, several = 0, iter(rows)
    with pq.ParquetWriter(file, schema) as out:
        while batch := list(islice(several, _ROWS)):
            count += len(batch)
            try:
                columns = [[getattr(row, name) for row in batch] for name, _ in names]
                out.write_table(pyarrow.table(columns, schema=schema))
            except UnicodeEncodeError as error:
                raise InputError(
                    "Parquet has no room for names that are not UTF-8; list into a .jsonl file"
                ) from error
    return count


class Listing:
    """A listing on disk, read again each time it is gone through.

    Attributes:
        file: the listing.
        root: that its paths lie below.

    Raises:
        InputError: when it cannot be read, or is none.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        if is_parquet(file):
            need("evaluate", "pyarrow", what=f"reading {file}")
        try:
            if is_parquet(file):
                root = self._parquet_root()
            else:
                with file.open("rb") as lines:
                    root = _root_in(lines.readline(_LONGEST))
        except OSError as error:
            raise InputError(f"{file}: {error.strerror or 'no readable Parquet file'}") from error
        if root is None:
            raise InputError(f"{file} is no listing of this version; `photochrom list` makes one")
        self.root = root

    def rows(self) -> Iterator[ListedFile]:
        """Go through its pictures.

        Raises:
            InputError: when a row is none, naming it.
        """
        values = self._parquet_rows() if is_parquet(self.file) else self._jsonl_rows()
        for number, each in enumerate(values, 1):
            try:
                yield record_of(ListedFile, each)
            except MisfitError as error:
                raise InputError(f"{self.file}: picture {number} {error}") from error

    def items(self) -> Iterator[Item]:
        """Go through its pictures, to be loaded from wherever they lie.

        Raises:
            InputError: when a row is none.
        """
        read = read_object if is_address(self.root) else _read_file
        for row in self.rows():
            place = below(self.root, row.path)
            yield Item(name=row.path, label=Path(row.path).parent.name, load=partial(read, place))

    def _jsonl_rows(self) -> Iterator[object]:
        with self.file.open("rb") as lines:
            lines.readline(_LONGEST)
            for line in lines:
                try:
                    yield parse_json(line)
                except ValueError:
                    yield None  # which is no row

    def _parquet_root(self) -> str | None:
        import pyarrow  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415

        try:
            told = pq.read_schema(self.file).metadata or {}
        except pyarrow.ArrowException as error:
            raise OSError from error
        is_ours = told.get(_MARK.encode()) == str(_VERSION).encode()
        return told[b"root"].decode() if is_ours and b"root" in told else None

    def _parquet_rows(self) -> Iterator[object]:
        import pyarrow.parquet as pq  # noqa: PLC0415

        with pq.ParquetFile(self.file) as file:
            for batch in file.iter_batches(batch_size=_ROWS):
                yield from batch.to_pylist()


def open_items(source: Path) -> Iterable[Item]:
    """Open a listing, if it is JSONL, or else a collection.

    Raises:
        InputError: when it cannot be opened, or is none.
    """
    if source.suffix.lower() == ".jsonl":
        return Listing(source).items()
    return open_collection(source)


def _read_file(place: str) -> bytes:
    return Path(place).read_bytes()


def _root_in(line: bytes) -> str | None:
    try:
        told = parse_json(line)
    except ValueError:
        return None
    is_ours = isinstance(told, dict) and told.get(_MARK) == _VERSION
    root = told.get("root") if is_ours else None
    return root if isinstance(root, str) else None
