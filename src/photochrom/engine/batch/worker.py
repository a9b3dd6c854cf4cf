"""Do one picture of a batch: judge it, colorize it, and record what became of it."""

import errno
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Final

from photochrom.collection.names import as_on_disk
from photochrom.engine.batch.ledger import Ledger, Outcome
from photochrom.engine.batch.manifest import Manifest, Status, as_recorded
from photochrom.engine.batch.outputs import Job, Names
from photochrom.engine.batch.settings import BatchOptions
from photochrom.engine.batch.verdict import Decision, Making, judge, making_in
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.result import FileStatus, variant_paths
from photochrom.errors import InputError, PhotochromError
from photochrom.files import make_folder
from photochrom.picture.reading.formats import HEAD_BYTES, SUFFIXES, kind_of_suffix, sniff_kind
from photochrom.picture.write import copy_written

_FULL_DISK: Final = (errno.ENOSPC, errno.EDQUOT)


class Worker:
    """Does pictures one by one, from any thread.

    Args:
        colorizer: does the coloring.
        manifests: the open manifest of each folder of results.
        options: how files are treated.
        names: of the results that are planned.
    """

    def __init__(
        self,
        colorizer: Colorizer,
        manifests: Mapping[Path, Manifest],
        options: BatchOptions,
        names: Names,
    ) -> None:
        self.stop = threading.Event()
        self._names = names
        self._colorizer = colorizer
        self._manifests = manifests
        self._options = options
        self._making = making_of(colorizer, options)
        self._has_maps = colorizer.options.confidence
        self._version = version("photochrom")

    def do(self, job: Job) -> Outcome:
        """Do one picture; whatever goes wrong with it is told, not raised.

        Args:
            job: what to colorize.

        Returns:
            What became of it. After `stop` is set, nothing new is begun.
        """
        if self.stop.is_set():
            return Outcome(job=job, status=Status.NOT_STARTED)
        job = with_suffix_of_content(job, self._names)
        job = replace(job, target=as_on_disk(job.target))
        ledger = self._open_ledger(job)
        outcome = self._attempt(job, ledger)
        try:
            ledger.finish(outcome)
        except OSError as error:
            outcome = _failed(job, error)
        if outcome.is_disk_full:
            self.stop.set()
        return outcome

    def _attempt(self, job: Job, ledger: Ledger) -> Outcome:
        try:
            return self._colorize(job, ledger)
        except Exception as error:  # noqa: BLE001 - one bad file never stops the rest of a folder
            return _failed(job, error)

    def _colorize(self, job: Job, ledger: Ledger) -> Outcome:
        variants = variant_paths(job.target, self._colorizer.options.variants)
        maps = (job.confidence_map,) if self._has_maps else ()
        is_forced = self._options.force
        verdict = Decision(Status.STARTED, may_replace=True)
        if not is_forced:
            ledger.look_up()
            verdict = self._judge(job, ledger)
            if verdict.status is not Status.STARTED:
                return _untouched(job, verdict, ledger)
            _make_room((*maps, *variants), ledger, may_replace=verdict.may_replace)
        ledger.begin(variants, maps, is_forced=is_forced)
        make_folder(job.target.parent)
        result = self._colorizer.colorize_file(
            job.source,
            job.target,
            kind=job.kind,
            quality=self._options.quality,
            overwrite=verdict.may_replace,
            confidence_map=job.confidence_map if self._has_maps else None,
        )
        if result.status is FileStatus.SKIPPED:
            return Outcome(
                job=job,
                status=Status.SKIPPED,
                reason=result.reason,
                notes=result.notes,
                tone=result.tone,
                in_color=result.in_color,
            )
        return Outcome(
            job=job,
            status=Status.COLORIZED,
            notes=(*result.notes, *_remarks(job)),
            tone=result.tone,
            in_color=result.in_color,
            confidence=result.confidence,
            has_confidence_map=self._has_maps,
            variants=variants,
        )

    def _judge(self, job: Job, ledger: Ledger) -> Decision:
        known = ledger.known
        if known is not None and known.status is Status.SKIPPED:
            is_stale = known.in_color is None  # an earlier version took aged prints for color
            known = None if is_stale or self._colorizer.options.recolor else known
        verdict = judge(
            job.target,
            known,
            owner=ledger.owner,
            making=self._making_of(job),
            companions=[] if known is None else ledger.paths_of(known),
        )
        if verdict == Decision(Status.STARTED) and self._copy_result(job, ledger):
            verdict = Decision(Status.KEPT)
        if verdict.status in (Status.KEPT, Status.OUTDATED, Status.SKIPPED):
            ledger.confirm()
        return verdict

    def _copy_result(self, job: Job, ledger: Ledger) -> bool:
        """Copy what was made of the same photograph when it had another name; False: make it."""
        known = ledger.known
        if known is None or known.status is not Status.COLORIZED or known.output is None:
            return False
        written = ledger.paths_of(known)
        is_alone = len(written) == 1  # else a map and variants would have to come along
        is_like = is_alone and self._making_of(job).is_like(making_in(known))
        if not is_like or not known.output_sha256:
            return False
        make_folder(job.target.parent)
        return copy_written(written[0], job.target, sha256=known.output_sha256)

    def _making_of(self, job: Job) -> Making:
        label_map = self._colorizer.label_map_sha256(job.source.name)
        if label_map is None:
            return self._making
        return replace(self._making, options={**self._making.options, "label_map": label_map})

    def _open_ledger(self, job: Job) -> Ledger:
        folder = job.manifest_folder
        return Ledger(
            job,
            self._manifests[folder] if folder is not None else None,
            self._making_of(job),
            model=self._colorizer.card.name,
            version=self._version,
        )


def _make_room(companions: Sequence[Path], ledger: Ledger, *, may_replace: bool) -> None:
    """Remove the map and the variants of a result that is gone; refuse what is not ours."""
    for companion in ledger.foreign_among(companions):
        if companion.exists():
            raise InputError(f"{companion} is there already: --force replaces it")
    if not may_replace:
        for companion in companions:
            companion.unlink(missing_ok=True)


def _remarks(job: Job) -> Iterator[str]:
    """Tell what the colorizer, which plans no names, does not."""
    if job.target.suffix.lower() != job.source.suffix.lower() and job.kind is None:
        yield f"its name does not tell what it is: the result is called {job.target.name}"


def making_of(colorizer: Colorizer, options: BatchOptions) -> Making:
    """Sum up everything that two results of one photograph can differ by."""
    chosen = asdict(colorizer.options) | {"format": options.kind, "quality": options.quality}
    del chosen["recolor"], chosen["damaged"]  # they say which pictures, not how
    chosen["hints"] = [str(hint) for hint in colorizer.options.hints]
    for name in ("hints", "variants", "label", "labels"):
        if not chosen[name]:
            del chosen[name]  # manifests of earlier versions know none
    return Making(options=as_recorded(chosen), model_sha256=colorizer.sha256)


def with_suffix_of_content(job: Job, names: Names) -> Job:
    """Append the right suffix to the target of a file whose name tells the wrong kind, or none.

    Args:
        job: as planned, from names alone.
        names: of the other results.
    """
    if job.kind is not None:
        return job
    try:
        with job.source.open("rb") as file:
            kind = sniff_kind(file.read(HEAD_BYTES))
    except OSError:  # reading it in earnest will say so
        return job
    if kind is None or kind_of_suffix(job.target.suffix) == kind:
        return job
    right = job.target.with_name(job.target.name + SUFFIXES[kind][0])
    return replace(job, target=names.take(right))


def is_disk_full(error: BaseException | None) -> bool:
    """Look along the causes of an error for a disk that has no room left."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL_DISK:
            return True
        error = error.__cause__ or error.__context__
    return False


def _failed(job: Job, error: Exception) -> Outcome:
    if isinstance(error, PhotochromError):
        reason = str(error).removeprefix(f"{job.source}: ")
    elif isinstance(error, OSError):
        reason = error.strerror or str(error)
    elif isinstance(error, MemoryError):
        reason = "there is not enough memory for it"
    else:
        reason = f"unexpected {type(error).__name__}: {error}"
    is_full = is_disk_full(error)
    return Outcome(job=job, status=Status.FAILED, reason=reason, is_disk_full=is_full)


def _untouched(job: Job, verdict: Decision, ledger: Ledger) -> Outcome:
    """Report a picture that is left as it is, with what an earlier run found out about it."""
    known = ledger.known
    if known is None or job.manifest_folder is None:
        return Outcome(job=job, status=verdict.status, reason=verdict.reason)
    return Outcome(
        job=job,
        status=verdict.status,
        reason=verdict.reason,
        notes=known.notes,
        tone=known.tone,
        in_color=known.in_color,
        confidence=known.confidence,
        has_confidence_map=known.confidence_map is not None,
        variants=tuple(job.manifest_folder / name for name in known.variants),
    )
