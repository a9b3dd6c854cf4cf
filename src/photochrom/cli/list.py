"""`photochrom list`: name what lies in an archive, once, for all who work on it."""

from pathlib import Path

import click

from photochrom.cli.options import PATH, PATH_OR_ADDRESS, force_flag
from photochrom.cli.terminal import say
from photochrom.errors import InputError


@click.command("list")
@click.argument("root", metavar="ROOT", type=PATH_OR_ADDRESS)
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
def list_archive(ctx: click.Context, /, *, root: Path | str, out: Path, force: bool) -> None:
    """List the pictures below ROOT, a folder or an address, for `photochrom colorize --listing`.

    Sub-folders are gone into; hidden files and results of earlier runs are left out.
    """
    if out.exists() and not force:
        raise InputError(f"{out} is there already: --force replaces it")
    count, is_whole = list_place(root, out)
    say(f"{count} pictures in {out}")
    if not is_whole:
        ctx.exit(1)


def list_place(place: Path | str, out: Path) -> tuple[int, bool]:
    """List what lies below a folder or an address, and name what cannot be listed.

    Returns:
        How many pictures there are, and whether everything could be listed.

    Raises:
        InputError: when there is no such place, or the listing cannot be written.
    """
    from photochrom.archive.listing import list_folder, write_listing
    from photochrom.archive.stored import list_stored

    if isinstance(place, str):
        return write_listing(out, *list_stored(place)), True
    if not place.is_dir():
        raise InputError(f"{place}: there is no such folder")
    unreadable = list[Path]()

    def tell(path: Path, reason: str) -> None:
        unreadable.append(path)
        say(f"failed: {path}: {reason}", err=True)

    whole = place.resolve()
    return write_listing(out, str(whole), list_folder(whole, tell)), not unreadable
