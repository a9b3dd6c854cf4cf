from dataclasses import dataclass, field
from typing import Any

import click
import pytest
from click.testing import CliRunner

from photochrom.cli.options import flags_of, take


@dataclass(frozen=True, kw_only=True)
class Wishes:
    warm_tone: float | None = field(default=None, metadata={"help": "How warm."})
    steps: int = field(default=3, metadata={"help": "How many."})
    name: str | None = field(default=None, metadata={"help": "Whose.", "metavar": "WHO"})
    is_bold: bool = field(default=False, metadata={"help": "Be bold."})


@click.command()
@flags_of(Wishes)
def wish(**values: Any) -> None:
    click.echo(repr(take(Wishes, values)))


@pytest.mark.parametrize(
    ("words", "wishes"),
    [
        ([], Wishes()),
        (["--warm-tone", "0.5", "--is-bold"], Wishes(warm_tone=0.5, is_bold=True)),
        (["--warm-tone", "auto", "--steps", "7"], Wishes(steps=7)),
        (["--name", "AUTO"], Wishes(name="AUTO")),
    ],
)
def test_flags_fill_the_dataclass(words: list[str], wishes: Wishes) -> None:
    assert CliRunner().invoke(wish, words).output == f"{wishes!r}\n"


def test_a_selection_of_fields_gives_only_their_flags() -> None:
    @click.command()
    @flags_of(Wishes, only=("steps",))
    def few(**values: Any) -> None:
        click.echo(repr(take(Wishes, values)))

    assert CliRunner().invoke(few, ["--steps", "7"]).output == f"{Wishes(steps=7)!r}\n"
    assert CliRunner().invoke(few, ["--name", "x"]).exit_code == 2


def test_wrong_values_are_usage_errors() -> None:
    told = CliRunner().invoke(wish, ["--warm-tone", "very"])
    assert told.exit_code == 2
    assert "'very' is not a valid float" in told.output


def test_help_stands_in_the_order_of_the_fields() -> None:
    text = CliRunner().invoke(wish, ["--help"]).output
    shown = ["--warm-tone AUTO|X", "How warm.", "--steps INTEGER", "[default: 3]", "--name WHO"]
    places = [text.index(part) for part in (*shown, "--is-bold")]
    assert places == sorted(places)
