"""`photochrom colorize`: photographs and folders, from and to where the person says."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.archive.settings import ListingOptions
from photochrom.cli.options import PATH_OR_ADDRESS, flags_of, json_flag, model_flag, take
from photochrom.cli.terminal import say
from photochrom.cluster.settings import ClusterOptions
from photochrom.engine.batch.settings import BatchOptions
from photochrom.engine.options import Options
from photochrom.errors import InputError

if TYPE_CHECKING:
    from photochrom.engine.batch.chunk import ChunkOptions
    from photochrom.engine.batch.plan import RunPlan
    from photochrom.engine.batch.run import BatchReport

_PATH = click.Path(path_type=Path, readable=False)  # the plan tells in one line


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH...", type=PATH_OR_ADDRESS)
@click.option(
    "--list",
    "listed",
    type=_PATH,
    metavar="FILE",
    help="Also the photographs that a text file names, one a line, as in audit's worst.txt.",
)
@click.option(
    "-o",
    "--out",
    type=PATH_OR_ADDRESS,
    metavar="OUT",
    help="A file for one picture, else a folder, made when missing; - is stdout. "
    "Else NAME-color.EXT beside a file and FOLDER-color/ beside a folder.",
)
@model_flag
@flags_of(Options)
@click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    metavar="N",
    help="Refuse larger pictures; else above 1000 megapixels.",
)
@flags_of(BatchOptions)
@flags_of(ListingOptions)
@flags_of(ClusterOptions)
@click.option(
    "--edits",
    type=_PATH,
    metavar="FILE",
    help="Make a result again from its NAME.photochrom.json; PATH only if the photograph moved.",
)
@click.option("--report", is_flag=True, help="Write index.html, a page to share.")
@json_flag
@click.pass_context
def colorize(
    ctx: click.Context,
    /,
    *,
    paths: tuple[Path | str, ...],
    listed: Path | None,
    out: Path | str | None,
    model: str,
    max_pixels: int | None,
    edits: Path | None,
    report: bool,
    as_json: bool,
    **flags: Any,  # one per field of the four kinds of options
) -> None:
    """Colorize photographs and folders of them.

    PATH is a photograph, a folder, an address such as s3://bucket/scans, or - for stdin. What is
    in color already is skipped. Nothing is overwritten without --force, and running again goes on
    where it stopped.
    """
    from photochrom.cli.again import colorize_from_edits
    from photochrom.cli.archive import colorize_archive
    from photochrom.cli.stream import STREAM, colorize_stream
    from photochrom.engine.batch.chunk import ChunkOptions
    from photochrom.engine.batch.sources import expand_patterns, read_list
    from photochrom.picture.reading.read import MAX_PIXELS

    if edits is not None:
        colorize_from_edits(ctx, edits, paths, out, model=model)
        return
    options, handling = take(Options, flags), take(BatchOptions, flags)
    asked = take(ListingOptions, flags)
    making = ChunkOptions(
        model=model,
        options=options,
        max_pixels=max_pixels or MAX_PIXELS,
        quality=handling.quality,
        threads=None,
        longest_s=handling.time_limit,
    )
    chosen = take(ClusterOptions, flags)
    here = expand_patterns(path for path in paths if isinstance(path, Path))
    is_archive = asked.listing is not None or chosen.cluster is not None
    if is_archive or any(isinstance(path, str) for path in paths) or isinstance(out, str):
        if listed or report or as_json:
            raise click.UsageError(
                "--list, --report and --json do not go with --listing, --cluster and addresses"
            )
        colorize_archive(ctx, paths, out, making=making, handling=handling, asked=asked)
        return
    if asked.retry or asked.dedupe or asked.ledger:
        raise click.UsageError("--retry, --dedupe and --ledger go with --listing and addresses")
    if listed is None and not paths:
        raise click.UsageError("Missing argument 'PATH...'.")
    here += [] if listed is None else read_list(listed)
    if STREAM in here or out == STREAM:
        if report or as_json:
            raise click.UsageError("--report and --json do not go with stdin or stdout")
        colorize_stream(making.load, here, out, options, handling)
        return
    _colorize_paths(ctx, here, out, making, handling)


def _colorize_paths(
    ctx: click.Context,
    paths: Sequence[Path],
    out: Path | None,
    making: "ChunkOptions",
    handling: BatchOptions,
) -> None:
    """Color photographs and folders, and say what became of them."""
    from photochrom.cli.progress import GO_ON, going_on, progress_bar
    from photochrom.cli.summary import print_batch, print_single, to_json
    from photochrom.engine.batch.plan import Planner
    from photochrom.engine.batch.run import BatchReport, colorize_many

    has_report, as_json = ctx.params["report"], ctx.params["as_json"]
    plan = Planner(
        out=out,
        kind=handling.kind,
        recursive=handling.recursive,
        variants=making.options.variants,
        shard=handling.shard,
        keeps_earlier=making.options != Options() and not handling.force,
    ).plan(paths)
    gallery = _gallery_folder(plan, out, force=handling.force) if has_report else None
    done, count = BatchReport(outcomes=()), len(plan.jobs)
    if plan.jobs:
        making = replace(making, threads=handling.threads_for(count))
        with (
            going_on(GO_ON if count > 1 else None),
            progress_bar(count, doing="colorizing") as tick,
        ):
            done = colorize_many(
                plan.jobs,
                making.load(),
                options=handling,
                progress=None if count < 2 else lambda _: tick(),
                children_by=making if handling.takes_children(count) else None,
            )
    page = None if gallery is None else _write_gallery(gallery, done, making.options)
    if as_json:
        told = {"model": making.model, "report": None if page is None else str(page)}
        say(to_json(done, plan, told))
    elif count == 1 and plan.jobs[0].manifest_folder is None:
        print_single(done.outcomes[0])
    else:
        print_batch(done, plan)
        if page is not None:
            say(f"gallery: {page}")
    if plan.failed or done.stopped or done.has_failures:
        ctx.exit(1)


def _gallery_folder(plan: "RunPlan", out: Path | None, *, force: bool) -> Path:
    """Choose the folder of the gallery, and see that it is free, before any work is done."""
    from photochrom.report.page import is_page_of_ours

    homes = (job.target.parent if job.target.parent == out else None for job in plan.jobs)
    folders = {job.manifest_folder or home for job, home in zip(plan.jobs, homes, strict=True)}
    folder = folders.pop() if len(folders) == 1 else None
    if folder is None:
        raise click.UsageError("--report needs one folder of results: add -o FOLDER")
    page = folder / "index.html"
    if page.exists() and not force and not is_page_of_ours(page):
        raise InputError(f"{page} is there already and is no gallery: --force replaces it")
    return folder


def _write_gallery(folder: Path, done: "BatchReport", options: Options) -> Path:
    from photochrom.picture.notes import for_people
    from photochrom.report.gallery import GalleryEntry, write_gallery

    entries = [
        GalleryEntry.of_files(
            outcome.job.source,
            outcome.job.target,
            confidence=outcome.entry.confidence if options.confidence else None,
            notes=for_people(outcome.entry.notes),
        )
        for outcome in done.outcomes
        if outcome.has_result
    ]
    return write_gallery(folder, entries, title=folder.resolve().name)
