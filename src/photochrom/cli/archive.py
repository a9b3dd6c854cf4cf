"""`photochrom colorize` of archives: from a listing or an address, here or by a cluster."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photochrom.archive.settings import ListingOptions
from photochrom.cli.options import take
from photochrom.cli.terminal import say
from photochrom.cluster.settings import ClusterOptions
from photochrom.engine.batch.settings import BatchOptions

if TYPE_CHECKING:
    from photochrom.archive.listing import Listing
    from photochrom.engine.batch.chunk import ChunkOptions


def colorize_archive(
    ctx: click.Context,
    paths: Sequence[Path | str],
    out: Path | str | None,
    *,
    making: "ChunkOptions",
    handling: BatchOptions,
    asked: ListingOptions,
) -> None:
    """Color the pictures of a listing or below an address, and say what became of them.

    Args:
        ctx: of the command, whose status is 1 when something failed.
        paths: none with a listing; else one folder or address.
        out: a folder, or an address.
        making: how pictures are colored.
        handling: how files are treated.
        asked: how to go about it.

    Raises:
        click.UsageError: when there is no place for results, or no listing and not one PATH.
    """
    from photochrom.archive.run import colorize_listing
    from photochrom.cli.progress import going_on, progress_bar
    from photochrom.cluster.ray_crew import spread
    from photochrom.engine.result import Status

    chosen = take(ClusterOptions, ctx.params)
    if out is None:
        raise click.UsageError("archives need a place for results: -o OUT")
    if isinstance(out, str):
        ledger = asked.ledger or Path(f"{out.rpartition('/')[2]}.ledger")
    elif asked.ledger is None:
        ledger = out
    else:
        raise click.UsageError("--ledger goes with results in object storage")
    if chosen.cluster is not None:  # other machines have other working folders
        ledger = ledger.absolute()
        if Path(making.model).is_file():
            making = replace(making, model=str(Path(making.model).absolute()))
    with going_on():
        found = colorize_listing(
            _listing_of(paths, ledger, asked),
            ledger,
            options=making,
            handling=handling,
            asked=asked,
            place=out if isinstance(out, str) else None,
            spread=partial(spread, chosen, handling.jobs) if chosen.cluster else None,
            stage=progress_bar,
        )
    for name, reason in found.failed:
        say(f"failed: {name}: {reason}", err=True)
    if found.stopped:
        say(f"photochrom: stopped early: {found.stopped}", err=True)
    counts = [f"{found.counts[name]} {name}" for name in Status if found.counts[name]]
    counts += [f"{found.kept} already done"] if found.kept else []
    if found.failed_before:
        counts.append(f"{found.failed_before} failed before (--retry tries them again)")
    say(", ".join(counts) or "nothing to do")
    noted = ledger if isinstance(out, str) else out
    say(f"results in {out}; photochrom status {noted} counts them all")
    if found.failed or found.failed_before or found.stopped:
        ctx.exit(1)


def _listing_of(paths: Sequence[Path | str], ledger: Path, asked: ListingOptions) -> "Listing":
    """Open the listing, or make one of a folder or address."""
    from photochrom.archive.listing import Listing
    from photochrom.cli.list import list_place

    if asked.listing is not None:
        if paths:
            raise click.UsageError("--listing goes with no PATH")
        return Listing(asked.listing)
    if len(paths) != 1:
        raise click.UsageError("--cluster and addresses go with one PATH, or with --listing")
    file = ledger / "listing.jsonl"
    list_place(paths[0], file)
    return Listing(file)
