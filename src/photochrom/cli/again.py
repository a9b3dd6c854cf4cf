"""`photochrom colorize --edits`: make a result again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

from photochrom.cli.terminal import say
from photochrom.engine.batch.again import colorize_again
from photochrom.engine.batch.plan import refuse_unwritable_kind
from photochrom.engine.edits.file import EDITS_SUFFIX, read_edits
from photochrom.engine.result import refuse_existing
from photochrom.errors import InputError
from photochrom.files import make_folder
from photochrom.picture.notes import for_people
from photochrom.picture.reading.formats import kind_of_suffix
from photochrom.picture.reading.read import read_picture

_BESIDE: Final = frozenset({"edits", "paths", "out", "model", "force"})


def colorize_from_edits(
    ctx: click.Context,
    file: Path,
    paths: Sequence[Path | str],
    out: Path | str | None,
    *,
    model: str,
) -> None:
    """Make one result again, and print where it lies.

    Args:
        ctx: of the command.
        file: the edits.
        paths: the photograph; none for where the edits say that it lies.
        out: the result, or a folder for it; None for where it was, beside the edits.
        model: as given, or the default.

    Raises:
        click.UsageError: when something is asked for that the edits say.
        InputError: when the result cannot be made again.
    """
    given = [
        parameter
        for parameter in ctx.command.params
        if ctx.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
    ]
    for parameter in given:
        if parameter.name not in _BESIDE:
            raise click.UsageError(f"--edits says how, so {parameter.opts[0]} does not go with it")
    here = [path for path in paths if isinstance(path, Path)]
    if isinstance(out, str) or len(here) < len(paths):
        raise click.UsageError("--edits goes with no address")
    if len(here) > 1:
        raise click.UsageError("--edits is for one photograph")
    edits = read_edits(file)
    photograph = here[0] if here else file.parent / edits.photograph
    if not here and not photograph.is_file():
        raise InputError(f"{photograph}, which {file} is for, is not there: name the photograph")
    result = file.with_name(file.name.removesuffix(EDITS_SUFFIX))
    if out is None and result == file:
        raise InputError(f"{file} does not tell by its name what the result is called: add -o")
    target = result if out is None else out / result.name if out.is_dir() else out
    refuse_unwritable_kind(target)
    kind = edits.kind or read_picture(photograph).kind
    if kind_of_suffix(target.suffix) != kind:
        raise InputError(f"{target} is not named like what the edits make: {kind}")
    force = ctx.params["force"]
    refuse_existing(target, overwrite=force)
    if target.exists() and target.samefile(photograph):
        raise InputError(f"{target} is an input and is never written to: choose another -o")
    make_folder(target.parent)
    is_told = any(parameter.name == "model" for parameter in given)
    told = colorize_again(
        edits, photograph, target, model=model if is_told else None, overwrite=force
    )
    for note in for_people(told):
        say(f"note: {note}", err=True)
    say(target)
