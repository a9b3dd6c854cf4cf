"""Color an archive from its listing: what no ledger has yet, chunk by chunk."""

import contextlib
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from math import ceil
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple, TypeVar

from photochrom.archive.duplicates import Duplicates, sizes_that_recur, sums_of
from photochrom.archive.ledger import ChunkLedger, claim, keys_in
from photochrom.archive.listing import ListedFile, Listing
from photochrom.archive.settings import ListingOptions
from photochrom.engine.batch.child import children, process_chunk
from photochrom.engine.batch.chunk import ChunkItem, ChunkOptions, ChunkRecord
from photochrom.engine.batch.manifest import MANIFEST_NAME, Entry, Fingerprint
from photochrom.engine.batch.settings import BatchOptions
from photochrom.engine.batch.shard import turn_in
from photochrom.engine.batch.worker import making_of
from photochrom.engine.result import Status
from photochrom.errors import InputError
from photochrom.files import is_disk_full, sweep_leftovers
from photochrom.picture.reading.formats import SUFFIXES, kind_of_suffix
from photochrom.storage.address import below, is_address
from photochrom.texts import json_line
from photochrom.work.parallel import in_parallel
from photochrom.work.progress import Stage, silent

_MOST_ITEMS: Final = 64  # of a chunk: what a killed worker has to do again, at most
_CHUNKS_EACH: Final = 8  # for a worker, so that nobody waits long for the last one
_SPREAD_OVER: Final = 64  # workers of a cluster, whose number is not known yet
_NAMED_AT_MOST: Final = 20
_SPARE_BYTES: Final = 64 * 2**20  # that a disk keeps free

Spread = Callable[[ChunkOptions, Iterator[list[ChunkItem]]], Iterator[Sequence[ChunkRecord]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingReport:
    """What became of the pictures of a listing.

    Attributes:
        counts: pictures of this run, by status.
        kept: pictures that earlier runs have done.
        failed_before: pictures that failed in earlier runs and were not tried again.
        failed: path and reason of the first that failed in this run.
        stopped: why the run ended early, in plain words; empty when it did not.
    """

    counts: Counter[Status]
    kept: int
    failed_before: int
    failed: list[tuple[str, str]]
    stopped: str = ""


class _Planned(NamedTuple):
    """A picture that is to be done, and the key that it is noted under."""

    listed: ListedFile
    key: bytes
    item: ChunkItem


def colorize_listing(  # noqa: PLR0913 - one call does an archive; most are by keyword
    listing: Listing,
    out: Path,
    *,
    options: ChunkOptions,
    handling: BatchOptions,
    asked: ListingOptions,
    place: str | None = None,
    spread: Spread | None = None,
    stage: Stage = silent,
) -> ListingReport:
    """Color the pictures of a listing, or a shard of it, going on where an earlier run stopped.

    Args:
        listing: of the archive.
        out: the folder of results, in which it is noted what is done.
        options: how pictures are colored; each by one thread.
        handling: how files are treated, and which shard is done.
        asked: how to go about it.
        place: address in object storage where the results go instead.
        spread: has chunks done elsewhere, in any order; without it, worker processes here do them.
        stage: shows how far it is.

    Returns:
        What became of them. Failures are in it; they are not raised.

    Raises:
        InputError: when results would lie among the photographs or are made in another way, an
            option goes with single pictures only, another run holds the folder or the shard, or a
            row of the listing is none.
        KeyboardInterrupt: when interrupted; finished chunks are noted.
    """
    for each in filter(None, (str(out), place)):
        _refuse_nested(listing.root, each)
    for name in ("hints", "variants", "confidence", "label", "labels"):
        if getattr(options.options, name):
            raise InputError(
                f"--{name.removesuffix('s') if name == 'hints' else name} does not go "
                "with --listing, which makes one result of each picture"
            )
    if asked.dedupe and handling.force:
        raise InputError("--dedupe keeps results that are there, and --force replaces them")
    if asked.dedupe and (place or is_address(listing.root)):
        raise InputError("--dedupe goes with files on disks, not in object storage")
    options = replace(options, is_repeatable=True, has_sums=True, threads=1)
    making = making_of(options.load(), handling)
    with turn_in(out, MANIFEST_NAME, handling.shard) as (manifest, _):
        ledger = ChunkLedger(out, handling.shard)
        made_at = ledger.agree(
            {**making.options, "model_sha256": making.model_sha256, "threads": 1},
            int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()),
            is_forced=handling.force,
        )
        if place is not None:
            claim(place, out, is_forced=handling.force)
        driver = _Driver(listing, out, place or str(out), ledger, making, handling)
        try:
            return driver.run(replace(options, made_at=made_at), asked, spread, stage)
        finally:
            with contextlib.suppress(OSError):  # then the next run moves them
                ledger.compact(manifest)


class _Driver:
    """Plans chunks, hands them to worker processes, and notes what became of them."""

    def __init__(
        self,
        listing: Listing,
        out: Path,
        place: str,
        ledger: ChunkLedger,
        making: Entry,
        handling: BatchOptions,
    ) -> None:
        self._listing = listing
        self._out = out
        self._place = place
        self._ledger = ledger
        self._making = making
        self._handling = handling
        self._above = listing.root
        if not is_address(listing.root):
            self._above = Path(os.path.relpath(listing.root, out)).as_posix()
        self._recurring: set[int] = set()
        self._is_full = Event()
        self._swept: set[Path] = set()
        self._kept = self._failed_before = 0
        self._began_s = time.monotonic()
        self._run = 0

    def run(
        self,
        options: ChunkOptions,
        asked: ListingOptions,
        spread: Spread | None,
        stage: Stage,
    ) -> ListingReport:
        total, size_bytes = 0, 0
        for listed in self._mine():
            total, size_bytes = total + 1, size_bytes + listed.size
        self._run = self._ledger.begin(total, size_bytes)
        workers = self._handling.workers_for(total)
        most = min(_MOST_ITEMS, ceil(total / (workers * _CHUNKS_EACH)))
        if spread is not None:
            most = min(MOST_ITEMS, ceil(total / _SPREAD_OVER))
        self._recurring = sizes_that_recur(self._listing) if asked.dedupe else set()
        counts, failed = Counter[Status](), list[tuple[str, str]]()
        with (
            children(workers, options) as color,
            stage(total, doing="colorizing", unit="pictures") as tick,
        ):
            color_new = Duplicates(color).color

            def work(chunk: Sequence[_Planned]) -> list[Entry]:
                return self._done(chunk, options, color_new)

            pending = self._pending(tick, retry=asked.retry)
            chunks = chunked(pending, lambda each: each.listed.size, most_items=max(1, most))
            done = in_parallel(work, chunks, threads=workers)
            if spread is not None:
                done = self._done_elsewhere(chunks, partial(spread, options))
            for entries in done:
                for entry in entries:
                    counts[entry.status] += 1
                    if entry.status is Status.FAILED and len(failed) < _NAMED_AT_MOST:
                        failed.append((entry.input, entry.reason))
                    tick()
        stopped = "the disk is full" if self._is_full.is_set() else ""
        return ListingReport(
            counts=counts,
            kept=self._kept,
            failed_before=self._failed_before,
            failed=failed,
            stopped=stopped,
        )

    def _mine(self) -> Iterator[ListedFile]:
        shard, rows = self._handling.shard, self._listing.rows()
        return rows if shard is None else (row for row in rows if shard.has(row.path))

    def _pending(self, tick: Callable[[], None], *, retry: bool) -> Iterator[_Planned]:
        """Go through what is not done, until the disk is full."""
        known = keys_in(self._out)
        if self._handling.force:
            known = {status: set() for status in known}
        for planned in map(self._planned, self._mine()):
            if self._is_full.is_set():
                return
            target = planned.item.target
            has_failed = planned.key in known[Status.FAILED] and not retry
            is_there = planned.key in known[Status.COLORIZED] and (
                is_address(target) or Path(target).exists()
            )
            if has_failed or is_there or planned.key in known[Status.SKIPPED]:
                self._failed_before += has_failed
                self._kept += not has_failed
                tick()
            else:
                yield planned

    def _planned(self, listed: ListedFile) -> _Planned:
        making = (self._making.options, self._making.model_sha256)
        told = json_line([listed.path, listed.state, *making])
        kind, target = self._handling.kind, listed.path
        if kind is not None and kind_of_suffix(Path(target).suffix) != kind:
            target += SUFFIXES[kind][0]
        item = ChunkItem(
            source=below(self._listing.root, listed.path),
            target=below(self._place, target),
            kind=kind,
            overwrite=self._handling.force,
            sums=str(sums_of(self._out)) if listed.size in self._recurring else "",
        )
        return _Planned(listed, sha256(told.encode()).digest()[:16], item)

    def _done(
        self,
        chunk: Sequence[_Planned],
        options: ChunkOptions,
        color: Callable[[ChunkItem], ChunkRecord],
    ) -> list[Entry]:
        """Do a chunk, and note it when all its pictures lie under their names."""
        if not self._has_room(chunk):
            return []
        self._sweep(chunk)
        items = [each.item for each in chunk]
        return self._noted(chunk, process_chunk(items, options, color=color))

    def _done_elsewhere(
        self,
        chunks: Iterable[Sequence[_Planned]],
        spread: Callable[[Iterator[list[ChunkItem]]], Iterator[Sequence[ChunkRecord]]],
    ) -> Iterator[list[Entry]]:
        """Have chunks done, and note each when it comes back, in whatever order."""
        begun: dict[str, Sequence[_Planned]] = {}

        def handed_out() -> Iterator[list[ChunkItem]]:
            for chunk in chunks:
                if not self._has_room(chunk):
                    return
                self._sweep(chunk)
                begun[chunk[0].item.source] = chunk
                yield [each.item for each in chunk]

        for records in spread(handed_out()):
            yield self._noted(begun.pop(records[0].item.source), records)

    def _has_room(self, chunk: Sequence[_Planned]) -> bool:
        """Say whether the disk has room for the results of a chunk, twice as large as its scans."""
        needed = _SPARE_BYTES + sum(2 * each.listed.size for each in chunk)
        if not is_address(self._place) and shutil.disk_usage(self._out).free < needed:
            self._is_full.set()
        return not self._is_full.is_set()

    def _sweep(self, chunk: Sequence[_Planned]) -> None:
        """Remove what killed runs left half-written where results of a chunk go."""
        if not is_address(self._place):
            for folder in {Path(each.item.target).parent for each in chunk} - self._swept:
                sweep_leftovers(folder)
                self._swept.add(folder)

    def _noted(self, chunk: Sequence[_Planned], records: Sequence[ChunkRecord]) -> list[Entry]:
        both = list(zip(chunk, records, strict=True))
        if any(record.is_disk_full for record in records):
            self._is_full.set()
        entries = [self._entry(each, record) for each, record in both if not record.is_disk_full]
        summary = {
            "run": self._run,
            "at_s": round(time.monotonic() - self._began_s, 3),
            "pixels": sum(entry.pixels or 0 for entry in entries),
        }
        try:
            self._ledger.write(entries, summary)
        except OSError as error:
            if not is_disk_full(error):
                raise InputError(f"cannot write to {self._out}: {error.strerror}") from error
            self._is_full.set()
            return []
        return entries

    def _entry(self, planned: _Planned, record: ChunkRecord) -> Entry:
        listed = planned.listed
        state = Fingerprint(sha256=record.input_sha256, size=listed.size, mtime_ns=listed.mtime_ns)
        entry = replace(
            self._making,
            input=f"{self._above}/{listed.path}",
            input_file=state,
            key=planned.key.hex(),
            trouble=record.trouble,
            elapsed_s=round(record.elapsed_s, 3),
        ).with_result(record.result)
        if record.result.status is not Status.COLORIZED:
            return entry
        return replace(
            entry,
            output=Path(os.path.relpath(record.item.target, self._place)).as_posix(),
            output_sha256=record.output_sha256,
            output_size=record.output_size,
        )


def _refuse_nested(root: str, place: str) -> None:
    """Refuse results among the photographs, and the other way round."""
    ends = [each if is_address(each) else str(Path(each).resolve()) for each in (root, place)]
    outer, inner = sorted(f"{each.rstrip('/')}/" for each in ends)
    if inner.startswith(outer):
        raise InputError(f"{place} and {root} lie in one another: choose another -o")


Work = TypeVar("Work")

MOST_ITEMS: Final = 256
_LEAST_ITEMS: Final = 32  # fewer only where they are large
_FULL_BYTES: Final = 192 * 2**20  # as 32 to 64 scans of 12 megapixels have
_ALONE_BYTES: Final = 96 * 2**20  # of one picture, which then holds up no other


def chunked(
    work: Iterable[Work], size_of: Callable[[Work], int], *, most_items: int = MOST_ITEMS
) -> Iterator[tuple[Work, ...]]:
    """Part work into chunks of 32 to 256, balanced by bytes; a large picture goes alone.

    Args:
        work: in the order of its listing, which is kept but for what goes alone.
        size_of: bytes of one.
        most_items: of a chunk.

    >>> [len(chunk) for chunk in chunked([1] * 300 + [10**9] + [10**7] * 40, lambda size: size)]
    [256, 1, 65, 19]
    """
    waiting: list[Work] = []
    total_bytes = 0
    for item in work:
        size = size_of(item)
        if size >= _ALONE_BYTES:
            yield (item,)
            continue
        waiting.append(item)
        total_bytes += size
        is_heavy = total_bytes >= _FULL_BYTES and len(waiting) >= _LEAST_ITEMS
        if is_heavy or len(waiting) == most_items:
            yield tuple(waiting)
            waiting, total_bytes = [], 0
    if waiting:
        yield tuple(waiting)
