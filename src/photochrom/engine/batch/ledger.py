"""What the manifest is told about one picture, from its beginning to its end."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from photochrom.engine.batch.manifest import Entry, FileNow, Manifest
from photochrom.engine.batch.outputs import Job
from photochrom.engine.result import FileResult, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one picture.

    Attributes:
        job: the picture, and where its result lies.
        entry: what is known of it; its status and reason are those of this run.
    """

    job: Job
    entry: Entry

    @property
    def status(self) -> Status:
        """What was done; never `STARTED`."""
        return self.entry.status

    @property
    def reason(self) -> str:
        """Why it was not colorized, in plain words."""
        return self.entry.reason

    @property
    def has_result(self) -> bool:
        """Whether a colored picture lies under the target's name, made now or earlier."""
        return self.status in (Status.COLORIZED, Status.KEPT, Status.OUTDATED)

    @property
    def variants(self) -> list[Path]:
        """Where other colorings lie."""
        return [self.job.home / name for name in self.entry.variants]


class Ledger:
    """What the manifest of a picture's folder says about it, and is told.

    Args:
        job: the picture.
        manifest: of its folder.
        making: an entry that says how its result is made.

    Attributes:
        making: that entry.
        known: what is recorded about a photograph with the same bytes, once it was looked up.
        owner: what is recorded about the file under the name of the result.
    """

    def __init__(self, job: Job, manifest: Manifest, making: Entry) -> None:
        self.making = making
        self.known: Entry | None = None
        self.owner = manifest.owner_of(job.target, job.source)
        self._manifest = manifest
        self._job = job
        self._photograph: FileNow | None = None
        self._begun: Entry | None = None
        self._foreign: dict[str, FileNow] = {}

    def look_up(self) -> None:
        """Find out what is known about the photograph.

        Raises:
            OSError: when it cannot be read.
        """
        self._photograph = FileNow(self._job.source)
        self.known = self._manifest.about(self._photograph, self._job.target)

    def paths_of(self, entry: Entry) -> list[Path]:
        """Give the places of what an entry says was written."""
        return [self._job.home / name for name in entry.written]

    def foreign_among(self, companions: Iterable[Path]) -> list[Path]:
        """Pick the variants and confidence maps that no earlier run wrote for this picture."""
        entries = (self.known, self.owner, self._manifest.get(self._job.source))
        ours = {name for entry in entries if entry is not None for name in entry.written}
        return [path for path in companions if self._manifest.name_of(path) not in ours]

    def begin(self, variants: Sequence[Path], maps: Sequence[Path], *, is_forced: bool) -> Entry:
        """Record that the picture is being worked on.

        Args:
            variants: where other colorings will lie.
            maps: where its confidence map will lie, if there will be one.
            is_forced: whether files that are not ours may be replaced; else there are none.

        Raises:
            OSError: when it cannot be read, or the manifest cannot be written.
        """
        name_of = self._manifest.name_of
        if is_forced:
            foreign = self.foreign_among((*variants, *maps))
            target = self._job.target
            is_ours = self.owner is not None and target.exists()
            if self.owner is not None and is_ours and self.owner.status is not Status.STARTED:
                is_ours = FileNow(target).sha256 == self.owner.output_sha256
            foreign += [] if is_ours else [target]
            self._foreign = {name_of(path): FileNow(path) for path in foreign if path.exists()}
        photograph = self._photograph or FileNow(self._job.source)
        self._begun = replace(
            self.making,
            input=name_of(self._job.source),
            input_file=photograph.fingerprint(),
            output=name_of(self._job.target),
            confidence_map=next(map(name_of, maps), None),
            variants=tuple(map(name_of, variants)),
        )
        self._manifest.append(self._begun, is_final=False)
        return self._begun

    def finish(self, found: FileResult) -> None:
        """Record what became of a picture, if it was begun; the line reaches the disk.

        What was written is recorded as ours, also when something failed after that.

        Raises:
            OSError: when the result cannot be read back, or the manifest cannot be written.
        """
        begun = self._begun
        if begun is None:
            return
        ours = set[str]()  # because it is new, or was ours before
        for name, path in zip(begun.written, self.paths_of(begun), strict=True):
            before = self._foreign.get(name)
            if path.exists() and not (before and FileNow(path).is_untouched_since(before)):
                ours.add(name)
        entry = replace(
            begun.with_result(found),
            confidence_map=begun.confidence_map if begun.confidence_map in ours else None,
            variants=tuple(name for name in begun.variants if name in ours),
        )
        if begun.output in ours:
            result = FileNow(self._job.target)
            entry = _with_output(entry, begun.output, result, result.sha256)
        else:
            entry = self._with_older_output(entry)
        self._manifest.append(entry)

    def confirm(self) -> None:
        """Record that an earlier run's work is still right, so that it is found at once next time.

        Nothing hangs on the line: when it cannot be written, things are compared again.
        """
        if self.known is None or self._photograph is None:
            return
        name_of = self._manifest.name_of
        with contextlib.suppress(OSError):
            entry = replace(
                self.known,
                input=name_of(self._job.source),
                input_file=self._photograph.fingerprint(self.known.input_file),
            )
            if entry.status is Status.COLORIZED:
                target = self._job.target
                entry = _with_output(entry, name_of(target), FileNow(target), entry.output_sha256)
            else:
                entry = self._with_older_output(entry)
            if entry != self.known:
                self._manifest.append(entry, is_final=False)

    def _with_older_output(self, entry: Entry) -> Entry:
        """Add what is known of an older result that may still be there."""
        names = ("output", "output_sha256", "output_size", "output_mtime_ns")
        older: dict[str, Any] = {name: getattr(self.owner, name, None) for name in names}
        return replace(entry, **older)


def _with_output(entry: Entry, name: str | None, result: FileNow, sha256: str | None) -> Entry:
    """Add a result as it is now, and the checksum that it had when it was written."""
    return replace(
        entry,
        output=name,
        output_sha256=sha256,
        output_size=result.size,
        output_mtime_ns=result.mtime_ns,
    )
