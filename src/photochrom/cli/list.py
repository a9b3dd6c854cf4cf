"""`photochrom list`: name what lies in an archive, once, for all who work on it."""

from pathlib import Path

import click

from photochrom.cli.options import PATH, force_flag
from photochrom.cli.terminal import say
from photochrom.errors import InputError


@click.command("list")
@click.argument("root", metavar="ROOT", type=PATH)
@click.option(
    "-o",
    "--out",
    type=PATH,
    required=True,
    metavar="FILE",
    help="The listing: .parquet, which needs the extra evaluate, or .jsonl.",
)
@force_flag("a listing that is there")
@click.pass_context
def list_archive(ctx: click.Context, /, *, root: Path, out: Path, force: bool) -> None:
    """List the pictures below ROOT in a file, for `photochrom colorize --listing`.

    Sub-folders are gone into; hidden files and results of earlier runs are left out.
    """
    from photochrom.archive.listing import list_folder, write_listing

    if not root.is_dir():
        raise InputError(f"{root}: there is no such folder")
    if out.exists() and not force:
        raise InputError(f"{out} is there already: --force replaces it")
    unreadable = list[Path]()

    def tell(path: Path, reason: str) -> None:
        unreadable.append(path)
        say(f"failed: {path}: {reason}", err=True)

    whole = root.resolve()
    count = write_listing(out, str(whole), list_folder(whole, tell))
    say(f"{count} pictures in {out}")
    if unreadable:
        ctx.exit(1)
