import subprocess
import sys
from pathlib import Path

import click
import pytest

from photochrom.cli import main
from photochrom.cli.main import VERBS, Verb, cli, run
from photochrom.errors import InputError

HEAVY = ("numpy", "pyvips", "onnxruntime", "torch", "rich", "requests", "PIL")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> type:
    """Put a verb `fail` on the table, whose error can be chosen."""

    class Trouble:
        error: BaseException = InputError("the\nlamp  is out")

    @click.command()
    def command() -> None:
        raise Trouble.error

    monkeypatch.setattr(main, "command", command, raising=False)
    monkeypatch.setitem(VERBS, "fail", Verb("photochrom.cli.main:command", "Fail."))
    return Trouble


def test_help_lists_every_verb_and_loads_none() -> None:
    code = (
        "import sys; from photochrom.cli.main import run; run(['--help']); "
        f"sys.exit(', '.join(name for name in {HEAVY} if name in sys.modules) or 0)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert all(verb.help in shown.stdout for verb in VERBS.values())


@pytest.mark.parametrize("name", list(VERBS))
def test_every_verb_of_the_table_is_a_command(name: str) -> None:
    pytest.importorskip("torch" if name in {"train", "export"} else "click")
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["colorise"], "no command 'colorise'; did you mean 'colorize'?"),
        (["zzz"], "no command 'zzz'; there are: colorize, list, status, film, models"),
        (["."], "'.' is a file or folder, not a command; try: photochrom colorize ."),
        (["--colour"], "No such option"),
        (["colorize", "--size"], "requires an argument"),
    ],
)
def test_wrong_usage_is_explained(
    words: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    assert text in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (InputError("the\nlamp  is out"), 1, "photochrom: the lamp is out\n"),
        (KeyboardInterrupt(), 130, "photochrom: interrupted\n"),
        (MemoryError(), 1, "photochrom: there is not enough memory for this"),
    ],
)
def test_an_error_is_one_line_and_a_status(
    failing: type,
    capsys: pytest.CaptureFixture[str],
    *,
    error: BaseException,
    status: int,
    text: str,
) -> None:
    failing.error = error
    assert run(["fail"]) == status
    assert capsys.readouterr().err.strip().startswith(text.strip())


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("photochrom, version ")


def test_the_module_runs_like_the_command() -> None:
    command = [sys.executable, "-m", "photochrom", "nothing-like-it"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2


def interrupted(place: Path, module: str) -> "subprocess.CompletedProcess[str]":
    """Run a verb whose module interrupts its own process, as Ctrl-C does."""
    (place / "waiting.py").write_text(module)
    code = (
        "import sys\n"
        "from photochrom.cli import main\n"
        "main.VERBS = {'wait': main.Verb('waiting:command', '')}\n"
        f"sys.path.insert(0, {str(place)!r})\n"
        "sys.argv = ['photochrom', 'wait']\n"
        "main.main()\n"
    )
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, check=False, text=True)


def test_ctrl_c_is_not_lost_while_a_module_is_loaded(tmp_path: Path) -> None:
    module = (
        "import signal\n"
        "try:\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "except BaseException:\n"
        "    raise RecursionError('as numpy makes of it')\n"
    )
    done = interrupted(tmp_path, module)
    assert (done.returncode, done.stderr) == (130, "photochrom: interrupted\n")


def test_an_interrupted_process_is_not_taken_apart_for_seconds(tmp_path: Path) -> None:
    module = (
        "import atexit, signal\n"
        "import click\n"
        "@click.command()\n"
        "def command():\n"
        "    atexit.register(print, 'slowly')\n"
        "    print('half', end='')\n"
        "    signal.raise_signal(signal.SIGINT)\n"
    )
    done = interrupted(tmp_path, module)
    assert (done.returncode, done.stdout) == (130, "half")
    assert done.stderr == "\nphotochrom: interrupted\n"  # the line of ^C ends first
