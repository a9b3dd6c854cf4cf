"""`photochrom colorize`: photographs and folders, from and to where the person says."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.cli.options import flags_of, json_flag, take
from photochrom.cli.terminal import say
from photochrom.engine.batch.settings import BatchOptions
from photochrom.engine.options import Options
from photochrom.errors import InputError
from photochrom.models.registry import DEFAULT_MODEL

if TYPE_CHECKING:
    from photochrom.cli.request import ColorizeRequest
    from photochrom.engine.batch.plan import RunPlan
    from photochrom.engine.batch.run import BatchReport

_PATH = click.Path(path_type=Path, readable=False)  # the plan tells in one line


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH...", type=_PATH)
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
    type=_PATH,
    metavar="OUT",
    help="A file for one picture, else a folder, made when missing; - is stdout. "
    "Else NAME-color.EXT beside a file and FOLDER-color/ beside a folder.",
)
@click.option(
    "--model", metavar="NAME|FILE", default=DEFAULT_MODEL, show_default=True, help="The colorizer."
)
@flags_of(Options)
@click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    metavar="N",
    help="Refuse larger pictures; else above 1000 megapixels.",
)
@flags_of(BatchOptions)
@click.option("--report", is_flag=True, help="Write index.html, with a before/after slider.")
@json_flag
@click.pass_context
def colorize(
    ctx: click.Context,
    /,
    *,
    paths: tuple[Path, ...],
    listed: Path | None,
    out: Path | None,
    model: str,
    max_pixels: int | None,
    report: bool,
    as_json: bool,
    **flags: Any,  # one per field of Options and BatchOptions
) -> None:
    """Colorize photographs and folders of them.

    PATH is a photograph, a folder, or - for stdin. What is in color already is skipped.
    Nothing is overwritten without --force, and running again goes on where it stopped.
    """
    from photochrom.cli.request import ColorizeRequest, with_listed
    from photochrom.cli.stream import colorize_stream, is_stream

    paths = with_listed(paths, listed)
    request = ColorizeRequest(model, take(Options, flags), take(BatchOptions, flags), max_pixels)
    if is_stream(paths, out):
        if report or as_json:
            raise click.UsageError("--report and --json do not go with stdin or stdout")
        colorize_stream(request, paths, out)
        return
    plan = request.plan(paths, out)
    gallery = _gallery_folder(plan, out, request) if report else None
    done = _run(request, plan)
    page = _write_gallery(gallery, done) if gallery is not None else None
    _print(request, plan, done, page=page, as_json=as_json)
    if plan.failed or done.stopped or done.has_failures:
        ctx.exit(1)


def _run(request: "ColorizeRequest", plan: "RunPlan") -> "BatchReport":
    from photochrom.cli.progress import GO_ON, going_on, progress_bar
    from photochrom.engine.batch.run import BatchReport, colorize_many

    if not plan.jobs:
        return BatchReport(outcomes=())
    colorizer = request.open_colorizer(len(plan.jobs))
    several = len(plan.jobs) > 1
    with (
        going_on(lambda: GO_ON if several else None),
        progress_bar(len(plan.jobs), doing="colorizing") as tick,
    ):
        return colorize_many(
            plan.jobs, colorizer, options=request.handling, progress=lambda outcome: tick()
        )


def _gallery_folder(plan: "RunPlan", out: Path | None, request: "ColorizeRequest") -> Path:
    """Choose the folder of the gallery, and see that it is free, before any work is done."""
    from photochrom.report.page import is_page_of_ours

    homes = (job.target.parent if job.target.parent == out else None for job in plan.jobs)
    folders = {job.manifest_folder or home for job, home in zip(plan.jobs, homes, strict=True)}
    folder = folders.pop() if len(folders) == 1 else None
    if folder is None:
        raise click.UsageError("--report needs one folder of results: add -o FOLDER")
    page = folder / "index.html"
    if page.exists() and not request.handling.force and not is_page_of_ours(page):
        raise InputError(f"{page} is there already and is no gallery: --force replaces it")
    return folder


def _write_gallery(folder: Path, done: "BatchReport") -> Path:
    from photochrom.picture.notes import for_people
    from photochrom.report.gallery import GalleryEntry, write_gallery

    entries = [
        GalleryEntry(
            before=outcome.job.source,
            after=outcome.job.target,
            confidence=outcome.confidence,
            notes=for_people(outcome.notes),
        )
        for outcome in done.outcomes
        if outcome.has_result
    ]
    return write_gallery(folder, entries, title=folder.resolve().name)


def _print(
    request: "ColorizeRequest",
    plan: "RunPlan",
    done: "BatchReport",
    *,
    page: Path | None,
    as_json: bool,
) -> None:
    from photochrom.cli.summary import print_batch, print_single, to_json

    if as_json:
        extra = {"model": request.model, "report": None if page is None else str(page)}
        say(to_json(done, plan, extra))
    elif len(plan.jobs) == 1 and plan.jobs[0].manifest_folder is None:
        print_single(done.outcomes[0])
    else:
        print_batch(done, plan)
        if page is not None:
            say(f"gallery: {page}")
