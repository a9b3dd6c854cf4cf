"""One picture from stdin, to stdout, or both."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from photochrom.cli.request import ColorizeRequest
from photochrom.cli.terminal import say
from photochrom.engine.batch.plan import refuse_unwritable_kind
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.result import ALREADY_IN_COLOR, notes_of
from photochrom.errors import InputError
from photochrom.picture import (
    Picture,
    encode_picture,
    kind_of_suffix,
    read_picture,
    write_picture,
)
from photochrom.picture.notes import for_people

STREAM: Final = Path("-")


def is_stream(paths: Sequence[Path], out: Path | None) -> bool:
    """Say whether stdin or stdout is asked for, by a `-`.

    Raises:
        click.UsageError: when it is asked for beside other pictures.
    """
    if STREAM not in paths and out != STREAM:
        return False
    if len(paths) > 1:
        raise click.UsageError("- stands for one picture, so there can be no other PATH")
    return True


def colorize_stream(request: ColorizeRequest, paths: Sequence[Path], out: Path | None) -> None:
    """Colorize one picture; notes go to stderr.

    Args:
        request: the model and options.
        paths: one path; `-` is stdin.
        out: `-` or None is stdout.

    Raises:
        InputError: when the picture cannot be read, is in color already, or cannot be written.
    """
    is_piped = out in (None, STREAM)
    if is_piped and sys.stdout.isatty():
        raise click.UsageError("a picture is not written to a terminal: add -o FILE")
    if request.options.confidence:
        raise click.UsageError("--confidence needs a picture that is a file, and a file to go to")
    if request.options.variants:
        raise click.UsageError("--variants needs a picture that is a file, and files to go to")
    if out is not None and not is_piped:
        refuse_unwritable_kind(out)
    source = sys.stdin.buffer.read() if paths[0] == STREAM else paths[0]
    colorizer = request.open_colorizer(1)
    picture = read_picture(source, max_pixels=request.largest, damaged=request.options.damaged)
    if picture.tone.kind == "color" and not request.options.recolor:
        raise InputError(
            f"{picture.name} is {ALREADY_IN_COLOR}: --recolor colorizes it anyway "
            f"({picture.tone.why})"
        )
    if out is None or is_piped:
        notes = _write_to_stdout(request, picture, colorizer)
    else:
        notes = _write_to_file(request, picture, colorizer, out)
    for note in for_people((*notes_of(picture), *notes)):
        say(f"note: {note}", err=True)


def _write_to_stdout(
    request: ColorizeRequest, picture: Picture, colorizer: Colorizer
) -> tuple[str, ...]:
    """Write the whole picture at once, so that a failure leaves stdout empty."""
    data, notes = encode_picture(
        picture,
        colorizer.colorize_picture(picture),
        kind=request.handling.kind,
        quality=request.handling.quality,
        provenance=colorizer.provenance,
    )
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    return notes


def _write_to_file(
    request: ColorizeRequest, picture: Picture, colorizer: Colorizer, out: Path
) -> tuple[str, ...]:
    out.parent.mkdir(parents=True, exist_ok=True)
    notes = write_picture(
        picture,
        colorizer.colorize_picture(picture),
        out,
        kind=request.handling.kind or kind_of_suffix(out.suffix),
        quality=request.handling.quality,
        provenance=colorizer.provenance,
        overwrite=request.handling.force,
    )
    say(out)
    return notes
