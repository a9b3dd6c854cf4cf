"""The `photochrom` command: find the verb, load only what it needs, turn errors into one line."""

import contextlib
import difflib
import importlib
import io
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple, NoReturn

import click

from photochrom.cli.terminal import accept_any_encoding, say
from photochrom.errors import PhotochromError

EXIT_FAILED: Final = 1
EXIT_INTERRUPTED: Final = 130  # 128 + SIGINT, as shells report it


class Verb(NamedTuple):
    """Where a command lives, and the line that `photochrom --help` prints without loading it."""

    target: str
    help: str


VERBS: Final[Mapping[str, Verb]] = {
    "colorize": Verb("photochrom.cli.colorize:colorize", "Colorize photographs and folders."),
    "list": Verb("photochrom.cli.list:list_archive", "List an archive, to color it on many cores."),
    "status": Verb("photochrom.cli.status:status", "Say how far a listed archive is."),
    "film": Verb("photochrom.cli.film:film", "Colorize films; sound and times stay."),
    "models": Verb("photochrom.cli.models:models", "List, fetch, verify and import models."),
    "studio": Verb("photochrom.cli.studio:studio", "Color photographs in a window."),
    "train": Verb("photochrom.cli.train:train", "Train a colorizer on color photographs."),
    "adapt": Verb("photochrom.cli.adapt:adapt", "Teach a colorizer a small collection."),
    "export": Verb("photochrom.cli.export:export", "Turn a training run into one model file."),
    "audit": Verb("photochrom.cli.audit:audit", "Find out where a colorizer gives itself away."),
    "evaluate": Verb("photochrom.cli.evaluate:evaluate", "Measure colorizers side by side."),
    "study": Verb("photochrom.cli.study:study", "Ask people whether pictures look real."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the verbs in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command behind a verb; refuse an unknown one with a suggestion."""
        if cmd_name.startswith("-"):
            return None  # click says that there is no such option
        if cmd_name not in VERBS:
            ctx.fail(_unknown_verb(cmd_name))
        module, _, attribute = VERBS[cmd_name].target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs from the table, so that help imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.help) for name, verb in VERBS.items()])


def _unknown_verb(name: str) -> str:
    """Say what is wrong with a first word that is no verb, and what was probably meant."""
    if Path(name).exists():
        return f"{name!r} is a file or folder, not a command; try: photochrom colorize {name}"
    close = difflib.get_close_matches(name, VERBS, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(VERBS)}."
    return f"no command {name!r}; {hint}"


cli: Final = LazyGroup(
    "cli",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="Color for black-and-white photographs: colorize, train, measure.",
    epilog="`photochrom COMMAND --help` explains a command and its options.",
)
click.version_option(package_name="photochrom", prog_name="photochrom")(cli)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status.

    Args:
        arguments: the words after `photochrom`.

    Returns:
        0 done, 1 something failed, 2 wrong usage, 130 interrupted by the user.
    """
    try:
        status = cli.main(list(arguments), prog_name="photochrom", standalone_mode=False)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        say(*shown.getvalue().splitlines(), err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("photochrom: interrupted", err=True)
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away, as in `| head`
        sys.stdout = None
        return EXIT_FAILED
    except (PhotochromError, OSError, MemoryError, RecursionError) as error:
        say("photochrom: " + " ".join(_in_words(error).split()), err=True)
        return EXIT_FAILED
    return status if isinstance(status, int) else 0


def _in_words(error: Exception) -> str:
    """Word an error; of those of the system, a full disk behind stdout above all."""
    if isinstance(error, MemoryError):
        return "there is not enough memory for this; try --jobs 1"
    if isinstance(error, RecursionError):
        return "something that was given is nested too deeply"
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(getattr(error, "strerror", None) or error)


def main() -> NoReturn:
    """Run the command line of this process and leave with its exit status."""
    accept_any_encoding()
    signal.signal(signal.SIGINT, _interrupt)
    status = run(sys.argv[1:])
    if status == EXIT_INTERRUPTED:
        _leave()
    try:
        sys.stdout.flush()
    except OSError:  # a full disk, which was told; Python would end with 120
        sys.stdout = None
    sys.exit(status)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End what runs; at once, where code is being loaded.

    PyTorch loads for seconds, and what is raised meanwhile is lost, or taken for another error, by
    some of the thousands of modules.
    """
    del number
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            say("photochrom: interrupted", err=True)
            _leave()
        frame = frame.f_back
    raise KeyboardInterrupt


def _leave() -> NoReturn:
    """End an interrupted process without taking it apart, which with PyTorch takes seconds."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(EXIT_INTERRUPTED)
