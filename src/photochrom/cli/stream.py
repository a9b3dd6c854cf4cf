"""One picture from stdin, to stdout, or both."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import click

from photochrom.cli.terminal import say
from photochrom.engine.batch.plan import refuse_unwritable_kind
from photochrom.engine.batch.settings import BatchOptions
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options
from photochrom.engine.result import Status
from photochrom.errors import InputError
from photochrom.files import make_folder
from photochrom.picture.notes import for_people

STREAM: Final = Path("-")


def colorize_stream(
    load: Callable[[], Colorizer],
    sources: Sequence[Path],
    out: Path | None,
    options: Options,
    handling: BatchOptions,
) -> None:
    """Colorize one picture; notes go to stderr.

    Args:
        load: loads the model, once it is needed.
        sources: which is one; `-` is stdin.
        out: `-` or None is stdout, which stays empty when something fails.
        options: that the model is loaded with.
        handling: the kind and quality of the result, and whether it may replace a file.

    Raises:
        InputError: when the picture cannot be read, is in color already, or cannot be written.
    """
    if len(sources) > 1:
        raise click.UsageError("- stands for one picture, so there can be no other PATH")
    source = sources[0]
    is_piped = out is None or out == STREAM
    if is_piped and sys.stdout.isatty():
        raise click.UsageError("a picture is not written to a terminal: add -o FILE")
    if options.confidence:
        raise click.UsageError("--confidence needs a picture that is a file, and a file to go to")
    if options.variants:
        raise click.UsageError("--variants needs a picture that is a file, and files to go to")
    if out is not None and not is_piped:
        refuse_unwritable_kind(out)
        make_folder(out.parent)
    found = load().colorize_file(
        sys.stdin.buffer.read() if source == STREAM else source,
        sys.stdout.buffer if out is None or is_piped else out,
        kind=handling.kind,
        quality=handling.quality,
        overwrite=handling.force,
    )
    if found.status is Status.SKIPPED:
        name = "the picture" if source == STREAM else source
        raise InputError(
            f"{name} is {found.reason}: --recolor colorizes it anyway ({found.notes[0]})"
        )
    if is_piped:
        sys.stdout.buffer.flush()
    else:
        say(out)
    for note in for_people(found.notes):
        say(f"note: {note}", err=True)
