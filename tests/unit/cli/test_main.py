import subprocess
import sys

import click
import pytest

from photochrom.cli import main
from photochrom.cli.main import VERBS, Verb, cli, run
from photochrom.errors import InputError

HEAVY = ("numpy", "pyvips", "onnxruntime", "torch", "rich", "pooch", "PIL")


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
        (["zzz"], "no command 'zzz'; there are: colorize, models"),
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
