"""Every command and every flag is explained in the user's guides."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from photochrom.cli.main import VERBS, cli

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = {"export": "train", "list": "archives", "status": "archives"}  # in another verb's guide


def commands_of(command: click.Command, words: str) -> Iterator[tuple[str, click.Command]]:
    """List a command and all commands below it, with the words that call them."""
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands_of(inner, f"{words} {name}")


@pytest.fixture(scope="module", params=list(VERBS))
def verb(request: pytest.FixtureRequest) -> str:
    if request.param in {"train", "export"}:
        pytest.importorskip("torch")
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def guide(verb: str) -> str:
    pages = sorted(DOCS.glob(f"{GUIDE.get(verb, verb)}*.md"))
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


@pytest.fixture(scope="module")
def commands(verb: str) -> list[tuple[str, click.Command]]:
    command = cli.get_command(click.Context(cli), verb)
    assert command is not None
    return list(commands_of(command, f"photochrom {verb}"))


def test_every_command_is_documented(commands: list[tuple[str, click.Command]], guide: str) -> None:
    assert not [words for words, _ in commands if words not in guide]


def test_every_flag_is_documented(commands: list[tuple[str, click.Command]], guide: str) -> None:
    flags = {
        flag
        for _, command in commands
        for option in command.params
        if isinstance(option, click.Option)
        for flag in option.opts
    }
    assert not [flag for flag in sorted(flags) if flag not in guide]


def test_every_command_and_flag_explains_itself(
    commands: list[tuple[str, click.Command]],
) -> None:
    assert not [words for words, command in commands if not command.help]
    unexplained = [
        f"{words} {option.opts[0]}"
        for words, command in commands
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert not unexplained
