"""Do one picture of a batch: judge it, colorize it, and record what became of it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

from photochrom.collection.names import as_on_disk
from photochrom.engine.batch.chunk import ChunkItem, ChunkRecord, failure, with_named_kind
from photochrom.engine.batch.ledger import Ledger, Outcome
from photochrom.engine.batch.manifest import Entry, Manifest, as_recorded
from photochrom.engine.batch.outputs import Job, Names
from photochrom.engine.batch.settings import BatchOptions
from photochrom.engine.batch.verdict import Decision, judge
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.result import Status, variant_paths
from photochrom.errors import InputError
from photochrom.files import is_disk_full, make_folder
from photochrom.picture.write import copy_written

Process = Callable[[Sequence[ChunkItem]], Sequence[ChunkRecord]]


class Worker:
    """Does pictures one by one, from any thread.

    Args:
        colorizer: what pictures are colored with.
        process: colors them: `process_chunk`, here or in another process.
        manifests: the open manifest of each folder of results.
        options: how files are treated.
        names: of the results that are planned.

    Attributes:
        stop: set when the disk is full; then nothing new is begun.
    """

    def __init__(
        self,
        colorizer: Colorizer,
        process: Process,
        manifests: Mapping[Path, Manifest],
        options: BatchOptions,
        names: Names,
    ) -> None:
        self.stop = threading.Event()
        self._names = names
        self._colorizer = colorizer
        self._process = process
        self._manifests = manifests
        self._options = options
        self._making = making_of(colorizer, options)

    def do(self, job: Job) -> Outcome:
        """Do one picture; whatever goes wrong with it is told, not raised.

        Args:
            job: what to colorize.

        Returns:
            What became of it.
        """
        if self.stop.is_set():
            return Outcome(job=job, entry=Entry(input=str(job.source), status=Status.NOT_STARTED))
        job = with_suffix_of_content(job, self._names)
        job = replace(job, target=as_on_disk(job.target))
        making = self._making
        label_map = self._colorizer.kinds.map_sha256(job.source.name)
        if label_map is not None:
            making = replace(making, options={**making.options, "label_map": label_map})
        manifest = None if job.manifest_folder is None else self._manifests[job.manifest_folder]
        ledger = Ledger(job, manifest, making)
        try:
            entry = self._colorize(job, ledger)
        except Exception as error:  # noqa: BLE001 - one bad file never stops the rest of a folder
            entry = self._failed(job, error)
        try:
            ledger.finish(entry)
        except OSError as error:
            entry = self._failed(job, error)
        return Outcome(job=job, entry=entry)

    def _colorize(self, job: Job, ledger: Ledger) -> Entry:
        options = self._colorizer.options
        variants = variant_paths(job.target, options.variants)
        maps = (job.confidence_map,) if options.confidence else ()
        may_replace = self._options.force
        if not self._options.force:
            ledger.look_up()
            verdict = self._judge(job, ledger)
            if verdict.status is not Status.STARTED:
                known = ledger.known or Entry(input=str(job.source), status=verdict.status)
                return replace(known, status=verdict.status, reason=verdict.reason)
            may_replace = verdict.may_replace
            for companion in ledger.foreign_among((*maps, *variants)):
                if companion.exists():
                    raise InputError(f"{companion} is there already: --force replaces it")
            if not may_replace:  # the result is gone; so shall be what lay beside it
                for companion in (*maps, *variants):
                    companion.unlink(missing_ok=True)
        return self._make(job, ledger, may_replace=may_replace)

    def _make(self, job: Job, ledger: Ledger, *, may_replace: bool) -> Entry:
        options = self._colorizer.options
        variants = variant_paths(job.target, options.variants)
        maps = (job.confidence_map,) if options.confidence else ()
        begun = ledger.begin(variants, maps, is_forced=self._options.force)
        item = replace(
            item_of(job),
            confidence_map=str(job.confidence_map) if options.confidence else None,
            overwrite=may_replace,
        )
        (record,) = self._process([item])
        if record.is_disk_full:
            self.stop.set()
        found = record.result
        if found.status is Status.FAILED:
            return Entry(input=str(job.source), status=Status.FAILED, reason=found.reason)
        entry = begun.with_result(found)
        if found.status is Status.SKIPPED:
            return replace(entry, confidence_map=None, variants=())
        if job.target.suffix.lower() != job.source.suffix.lower() and job.kind is None:
            told = f"its name does not tell what it is: the result is called {job.target.name}"
            entry = replace(entry, notes=(*entry.notes, told))
        return entry

    def _judge(self, job: Job, ledger: Ledger) -> Decision:
        known = ledger.known
        if known is not None and known.status is Status.SKIPPED:
            is_stale = known.in_color is None  # an earlier version took aged prints for color
            known = None if is_stale or self._colorizer.options.recolor else known
        verdict = judge(
            job.target,
            known,
            owner=ledger.owner,
            making=ledger.making,
            companions=[] if known is None else ledger.paths_of(known),
        )
        if verdict == Decision(Status.STARTED) and known and _copy_result(job, known, ledger):
            verdict = Decision(Status.KEPT)
        if verdict.status in (Status.KEPT, Status.OUTDATED, Status.SKIPPED):
            ledger.confirm()
        return verdict

    def _failed(self, job: Job, error: Exception) -> Entry:
        """Say why a picture failed; where the disk is full, nothing new is begun."""
        if is_disk_full(error):
            self.stop.set()
        found = failure(str(job.source), error)
        return Entry(input=str(job.source), status=found.status, reason=found.reason)


def making_of(colorizer: Colorizer, handling: BatchOptions) -> Entry:
    """Say, in an entry of no picture, how results are made.

    Args:
        colorizer: that makes them.
        handling: the kind and quality that they are written in.
    """
    chosen = asdict(colorizer.options) | {"format": handling.kind, "quality": handling.quality}
    for name in ("recolor", "damaged", "save_edits"):  # they do not say how
        del chosen[name]
    chosen["hints"] = [str(hint) for hint in colorizer.options.hints]
    for name in ("hints", "variants", "label", "labels", "warmth", "no_borders", "no_edges"):
        if not chosen[name]:
            del chosen[name]  # manifests of earlier versions know none
    return Entry(
        input="",
        status=Status.STARTED,
        options=as_recorded(chosen),
        model=colorizer.card.name,
        model_sha256=colorizer.sha256,
        version=version("photochrom"),
    )


def _copy_result(job: Job, known: Entry, ledger: Ledger) -> bool:
    """Copy what was made of the same photograph when it had another name; False: make it."""
    if known.status is not Status.COLORIZED or not known.output_sha256:
        return False
    written = ledger.paths_of(known)
    is_alone = len(written) == 1  # else a map and variants would have to come along
    if known.output is None or not is_alone or not known.is_made_like(ledger.making):
        return False
    make_folder(job.target.parent)
    return copy_written(written[0], job.target, sha256=known.output_sha256)


def with_suffix_of_content(job: Job, names: Names) -> Job:
    """Append the right suffix to the target of a file whose name tells the wrong kind, or none.

    Args:
        job: as planned, from names alone.
        names: of the other results.
    """
    right = with_named_kind(item_of(job)).target
    return job if right == str(job.target) else replace(job, target=names.take(Path(right)))


def item_of(job: Job) -> ChunkItem:
    """Give a job as the unit of work has it."""
    return ChunkItem(source=str(job.source), target=str(job.target), kind=job.kind)
