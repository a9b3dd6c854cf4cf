"""Colorize many pictures: all cores busy, one bad file never stops the rest, runs can go on."""

import contextlib
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from photochrom.engine.batch.child import children
from photochrom.engine.batch.chunk import ChunkItem, ChunkOptions, ChunkRecord, color_item
from photochrom.engine.batch.ledger import Outcome
from photochrom.engine.batch.manifest import Manifest
from photochrom.engine.batch.outputs import Job, Names
from photochrom.engine.batch.plan import Planner
from photochrom.engine.batch.settings import BatchOptions
from photochrom.engine.batch.worker import Worker
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.result import Status
from photochrom.errors import InputError
from photochrom.files import sweep_leftovers
from photochrom.work.parallel import stoppable_pool

_PATIENCE_S: Final = 0.5  # a wait without end cannot be interrupted on Windows

Progress = Callable[[Outcome], None]
Color = Callable[[ChunkItem], ChunkRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """What became of every picture of a run, in the order of its jobs.

    Attributes:
        outcomes: one per job.
        stopped: why the run ended early, in plain words; empty when it did not.
    """

    outcomes: tuple[Outcome, ...]
    stopped: str = ""

    @property
    def has_failures(self) -> bool:
        """Whether any picture could not be done."""
        return any(outcome.status is Status.FAILED for outcome in self.outcomes)

    def count(self, status: Status) -> int:
        """Count the pictures with one status."""
        return sum(outcome.status is status for outcome in self.outcomes)


def colorize_many(
    jobs: Sequence[Job],
    colorizer: Colorizer,
    *,
    options: BatchOptions | None = None,
    progress: Progress | None = None,
    children_by: ChunkOptions | None = None,
) -> BatchReport:
    """Colorize pictures, several at once, and record each in the manifest of its folder.

    Args:
        jobs: what to colorize, as planned by `Planner`.
        colorizer: used from all threads; open it with `threads=options.threads_for(len(jobs))`.
        options: how files are treated; `format` and `recursive` have done their work in `jobs`.
        progress: called after each picture, from one thread only.
        children_by: how processes load the same colorizer; None to work in threads of this one.

    Returns:
        What became of each picture. Failures are in it; they are not raised.

    Raises:
        InputError: when a folder of results cannot be written to, or another run is at it, or when
            there are hints for more than one picture.
        KeyboardInterrupt: when interrupted; no half-written file stays behind.
    """
    options = options or BatchOptions()
    if colorizer.options.hints and len(jobs) > 1:
        raise InputError(f"hints count the pixels of one picture, and there are {len(jobs)}")
    with contextlib.ExitStack() as stack:
        folders = dict.fromkeys(job.manifest_folder for job in jobs if job.manifest_folder)
        manifests = {
            folder: stack.enter_context(Manifest(folder, options.shard)) for folder in folders
        }
        # what a killed run left half-written goes, in folders that nobody else works in
        locked = {folder for folder, manifest in manifests.items() if manifest.is_locked}
        places = {job.target.parent for job in jobs if job.manifest_folder in locked}
        for folder in locked | places:
            sweep_leftovers(folder)
        threads = options.workers_for(len(jobs))
        if children_by is None:
            here = ChunkOptions(quality=options.quality)
            color: Color = partial(color_item, colorizer=colorizer, options=here)
        else:
            color = stack.enter_context(children(threads, children_by))
            threads *= 2  # while one waits for its child, another looks and records
        worker = Worker(colorizer, color, manifests, options, Names(job.target for job in jobs))
        outcomes: dict[Job, Outcome] = {}
        alone = ((job, worker.do(job)) for job in jobs)  # in the caller's thread
        results = alone if threads == 1 else _in_threads(worker, jobs, threads)
        for job, outcome in stack.enter_context(contextlib.closing(results)):
            outcomes[job] = outcome
            if progress is not None:
                progress(outcome)
    return BatchReport(
        outcomes=tuple(outcomes[job] for job in jobs),
        stopped="the disk is full" if worker.stop.is_set() else "",
    )


def colorize_folder(
    folder: Path,
    out: Path | None = None,
    *,
    colorizer: Colorizer,
    options: BatchOptions | None = None,
    progress: Progress | None = None,
) -> BatchReport:
    """Colorize the pictures in a folder, going on where an earlier run stopped.

    Args:
        folder: the photographs; nothing in it is changed.
        out: where the results go, made when missing; None for `FOLDER-color` beside `folder`.
        colorizer: used from all threads.
        options: how files are treated.
        progress: called after each picture.

    Raises:
        InputError: when there is no picture, or `out` cannot be written to.
    """
    options = options or BatchOptions()
    planner = Planner(
        out=out,
        kind=options.kind,
        recursive=options.recursive,
        variants=colorizer.options.variants,
        shard=options.shard,
    )
    jobs = planner.plan([folder]).jobs
    return colorize_many(jobs, colorizer, options=options, progress=progress)


def _in_threads(
    worker: Worker, jobs: Sequence[Job], threads: int
) -> Generator[tuple[Job, Outcome]]:
    """Yield each outcome as it comes."""
    waiting = iter(jobs)
    running: dict[Future[Outcome], Job] = {}
    with stoppable_pool(threads) as pool:
        while True:
            for job in waiting:
                running[pool.submit(worker.do, job)] = job
                if len(running) >= 2 * threads:
                    break
            if not running:
                return
            done, _ = wait(running, timeout=_PATIENCE_S, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
