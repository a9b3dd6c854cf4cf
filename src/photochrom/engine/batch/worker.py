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


class Worker:
    """Does pictures one by one, from any thread.

    Args:
        colorizer: what pictures are colored with.
        color: colors one, here or in another process.
        manifests: the open manifest of each folder of results.
        options: how files are treated.
        names: of the results that are planned.

    Attributes:
        stop: set when the disk is full; then nothing new is begun.
    """

    def __init__(
        self,
        colorizer: Colorizer,
        color: Callable[[ChunkItem], ChunkRecord],
        manifests: Mapping[Path, Manifest],
        options: BatchOptions,
        names: Names,
    ) -> None:
        self.stop = threading.Event()
        self._names = names
        self._colorizer = colorizer
        self._color = color
        self._manifests = manifests
        self._options = options
        alone = Entry(input="", status=Status.STARTED)  # a picture of which nothing is recorded
        self._making = making_of(colorizer, options) if manifests else alone

    def do(self, job: Job) -> Outcome:
        """Do one picture; whatever goes wrong with it is told, not raised."""
        if self.stop.is_set():
            return Outcome(job=job, entry=Entry(input=str(job.source), status=Status.NOT_STARTED))
        planned = ChunkItem(source=str(job.source), target=str(job.target), kind=job.kind)
        named = with_named_kind(planned).target
        target = job.target if named == planned.target else self._names.take(Path(named))
        job = replace(job, target=as_on_disk(target))
        ledger = None
        if job.manifest_folder is not None:
            making = self._making
            label_map = self._colorizer.kinds.map_sha256(job.source.name)
            if label_map is not None:
                making = replace(making, options={**making.options, "label_map": label_map})
            ledger = Ledger(job, self._manifests[job.manifest_folder], making)
        try:
            entry = self._colorize(job, ledger)
        except Exception as error:  # noqa: BLE001 - one bad file never stops the rest of a folder
            entry = self._failed(job, error)
        try:
            if ledger is not None:
                ledger.finish(entry)
        except OSError as error:
            entry = self._failed(job, error)
        return Outcome(job=job, entry=entry)

    def _colorize(self, job: Job, ledger: Ledger | None) -> Entry:
        options, is_forced = self._colorizer.options, self._options.force
        variants = variant_paths(job.target, options.variants)
        maps = (job.confidence_map,) if options.confidence else ()
        verdict = Decision(Status.STARTED, may_replace=True)
        if not is_forced:
            verdict = self._judge(job, ledger, (*maps, *variants))
        if verdict.status is not Status.STARTED:
            known = ledger.known if ledger is not None else None
            known = known or Entry(input=str(job.source), status=verdict.status)
            return replace(known, status=verdict.status, reason=verdict.reason)
        if ledger is None:
            names = tuple(path.name for path in variants)
            begun = replace(
                self._making, variants=names, confidence_map=maps[0].name if maps else None
            )
        else:
            begun = ledger.begin(variants, maps, is_forced=is_forced)
        item = ChunkItem(
            source=str(job.source),
            target=str(job.target),
            kind=job.kind,
            confidence_map=str(job.confidence_map) if options.confidence else None,
            overwrite=verdict.may_replace,
        )
        record = self._color(item)
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

    def _judge(self, job: Job, ledger: Ledger | None, companions: Sequence[Path]) -> Decision:
        """Decide what to do, and clear the place for it.

        Raises:
            InputError: when what belongs beside the result is there, and is not ours.
            OSError: when something cannot be read.
        """
        if ledger is None:
            verdict = judge(job.target, None, owner=None, making=self._making)
            foreign = companions
        else:
            verdict = self._judge_recorded(job, ledger)
            foreign = ledger.foreign_among(companions)
        if verdict.status is Status.STARTED:
            for companion in foreign:
                if companion.exists():
                    raise InputError(f"{companion} is there already: --force replaces it")
            if not verdict.may_replace:  # the result is gone; so shall be what lay beside it
                for companion in companions:
                    companion.unlink(missing_ok=True)
        return verdict

    def _judge_recorded(self, job: Job, ledger: Ledger) -> Decision:
        ledger.look_up()
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
