from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

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


@dataclass(frozen=True, kw_only=True)
class Asked:
    photos: tuple[Path, ...] = field(metadata={"help": "Of what.", "metavar": "FOLDER"})
    rates: tuple[float, float] = field(default=(0.5, 0.5), metadata={"help": "Two."})
    method: Literal["auto", "gan"] | None = field(default=None, metadata={"help": "How."})
    out: Path | None = field(default=None, metadata={"help": "Where to.", "flag": "-o --out"})
    seed: int = field(default=0, metadata={"help": "Of lots.", "least": 0, "shown": "none"})
    is_inner: bool = True  # of the library alone


@click.command()
@flags_of(Asked)
def ask(**values: Any) -> None:
    click.echo(repr(take(Asked, values)))


def test_flags_follow_the_types_of_the_fields() -> None:
    words = ["--photos", "a", "--photos", "b", "--rates", "0.1", "0.2", "--method", "gan"]
    asked = Asked(
        photos=(Path("a"), Path("b")), rates=(0.1, 0.2), method="gan", out=Path("c"), seed=7
    )
    told = CliRunner().invoke(ask, [*words, "-o", "c", "--seed", "7"])
    assert told.output == f"{asked!r}\n"
    assert CliRunner().invoke(ask, ["--photos", "a"]).output == f"{Asked(photos=(Path('a'),))!r}\n"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "Missing option '--photos'"),
        (["--photos", "a", "--method", "best"], "'best' is not one of 'auto', 'gan'"),
        (["--photos", "a", "--seed", "-1"], "-1 is not in the range x>=0"),
        (["--photos", "a", "--is-inner"], "No such option"),
    ],
)
def test_flags_refuse_what_their_field_does_not_take(words: list[str], reason: str) -> None:
    told = CliRunner().invoke(ask, words)
    assert told.exit_code == 2
    assert reason in " ".join(told.output.split())


def test_help_shows_what_a_field_says_of_its_default() -> None:
    assert "[default: (none); x>=0]" in CliRunner().invoke(ask, ["--help"]).output


@dataclass(frozen=True, kw_only=True)
class Needed:
    people: int = field(metadata={"help": "How many."})
    rates: tuple[float, float] = field(metadata={"help": "Two."})


def test_what_has_no_default_is_required() -> None:
    @click.command()
    @flags_of(Needed)
    def need(**values: Any) -> None:
        click.echo(repr(take(Needed, values)))

    assert "Missing option '--people'" in CliRunner().invoke(need, ["--rates", "1", "2"]).output
    assert "Missing option '--rates'" in CliRunner().invoke(need, ["--people", "1"]).output
