"""What commands print: no name can steer the terminal, and no encoding stops a line."""

import io
import sys
from typing import TYPE_CHECKING

import click

from photochrom.texts import json_line, printable

if TYPE_CHECKING:
    from rich.table import Table


def say(*lines: object, err: bool = False) -> None:
    """Print lines; what could steer a terminal is escaped, line feeds within a line as well.

    Args:
        lines: texts or paths.
        err: print to stderr, where everything goes that is no result.
    """
    for line in lines:
        click.echo(printable(str(line)), err=err)


def say_json(content: object) -> None:
    """Print one JSON object, in ASCII."""
    click.echo(json_line(content))


def say_table(table: "Table") -> None:
    """Print a table, whose cells must be printable; nothing in them is taken for markup."""
    from rich.console import Console

    Console(markup=False, emoji=False, highlight=False).print(table)


def accept_any_encoding() -> None:
    """Let stdout and stderr escape what their encoding lacks, instead of failing after the work.

    On Windows, output that goes to a file or a pipe has 256 characters.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
