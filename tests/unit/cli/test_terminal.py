import ast
import io
import sys
from pathlib import Path

import pytest
from rich.table import Table

from photochrom.cli.main import run
from photochrom.cli.terminal import accept_any_encoding, say, say_json, say_table

CLI = Path(__file__).parents[3] / "src" / "photochrom" / "cli"
HOSTILE = "\x1b]0;mine\x07[red]a\x9b2J\u202ename\r\n"


def test_a_name_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say(Path(HOSTILE), "second", err=True)
    first, second = capsys.readouterr().err.splitlines()
    assert first == r"\x1b]0;mine\x07[red]a\x9b2J\u202ename\r\n"
    assert second == "second"


def test_json_is_ascii_and_has_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"Дед": float("nan"), "name": HOSTILE})
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert "NaN" not in printed
    assert "\x1b" not in printed


def test_a_table_takes_no_cell_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("model", caption="[i]small[/i]")
    table.add_row("[bold red]a[/][b]:smile:")
    say_table(table)
    printed = capsys.readouterr().out
    assert "[bold red]a[/][b]:smile:" in printed
    assert "[i]small[/i]" in printed


def test_what_the_encoding_lacks_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), "cp1252", write_through=True)
    monkeypatch.setattr(sys, "stdout", narrow)
    accept_any_encoding()
    say("Дед → é")
    assert isinstance(narrow.buffer, io.BytesIO)
    assert narrow.buffer.getvalue().strip() == rb"\u0414\u0435\u0434 \u2192 " + b"\xe9"


def test_wrong_usage_is_told_without_control_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["colorize", "--\x1b[2J"]) == 2
    assert run(["\x1b[2J"]) == 2
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("module", sorted(CLI.glob("*.py")), ids=lambda path: path.name)
def test_every_command_prints_through_one_place(module: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Call)]
    printers = {ast.unparse(call.func) for call in calls} & {"click.echo", "click.secho", "print"}
    assert printers == ({"click.echo"} if module.name == "terminal.py" else set())
