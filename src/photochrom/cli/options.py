"""Flags made from the fields of a dataclass, so that an option is declared in one place."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, Final, TypeVar, get_args

import click

from photochrom.errors import InputError

Command = TypeVar("Command", bound=Callable[..., object])

_METAVARS: Final[dict[type[Any], str]] = {int: "N", float: "X", str: "TEXT"}


class AutoOr(click.ParamType[Any]):
    """A number, or the word AUTO for the default that the model knows best."""

    name = "auto"

    def __init__(self, number: click.ParamType[Any], metavar: str) -> None:
        self._number = number
        self.name = f"AUTO|{metavar}"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Turn AUTO, in any case, into None."""
        if isinstance(value, str) and value.upper() == "AUTO":
            return None
        return self._number.convert(value, param, ctx)


class Parsed(click.ParamType[Any]):
    """What a function makes of a text, which it may refuse with an `InputError`."""

    def __init__(self, parse: Callable[[str], object], metavar: str) -> None:
        self._parse = parse
        self.name = metavar

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Give the name as it is; click would write it in capitals."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse the text, or say why not."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except InputError as error:
            self.fail(str(error), param, ctx)


def flags_of(
    options: type[Any], *, only: Collection[str] | None = None
) -> Callable[[Command], Command]:
    """Make a decorator that adds one `--flag` per field of an options dataclass, in its order.

    Args:
        options: a dataclass whose fields carry `metadata={"help": ...}`; fields are of type bool,
            int, float or str, or one of these or None. A field with "parse" in its metadata is a
            tuple of what that function makes of each text; "flag" names it in the singular.
        only: names of the fields that get a flag; by default all.

    Returns:
        The decorator. `take` collects what the flags were given.
    """

    def add(command: Command) -> Command:
        for item in reversed(fields(options)):
            if only is None or item.name in only:
                command = _flag(item)(command)
        return command

    return add


def take(options: type[Any], values: Mapping[str, Any]) -> Any:
    """Build an options dataclass from the values of a command's parameters.

    Args:
        options: the dataclass; it checks its own ranges.
        values: by name; a field without one keeps its default.

    Raises:
        click.UsageError: when a value is outside its range.
    """
    given = {item.name: values[item.name] for item in fields(options) if item.name in values}
    try:
        return options(**given)
    except InputError as error:
        raise click.UsageError(str(error)) from error


def _flag(item: Field[Any]) -> Callable[[Command], Command]:
    """Turn one field into a click option."""
    name = item.metadata.get("flag", "--" + item.name.replace("_", "-"))
    text = item.metadata["help"]
    default = None if item.default is MISSING else item.default
    kind: click.ParamType[Any]
    if item.type is bool:
        return click.option(name, is_flag=True, default=default, help=text)
    if "parse" in item.metadata:
        kind = Parsed(item.metadata["parse"], item.metadata["metavar"])
        return click.option(name, item.name, type=kind, multiple=True, help=text)
    plain = _plain_type(item)
    kind = click.types.convert_type(plain)
    if plain is not item.type and plain is not str:
        kind = AutoOr(kind, _METAVARS[plain])
    return click.option(
        name,
        item.name,
        type=kind,
        metavar=item.metadata.get("metavar"),
        default=default,
        help=text,
        show_default=default is not None,
    )


def _plain_type(item: Field[Any]) -> type[Any]:
    """Take the None out of a field's type: float for `float | None`."""
    members = get_args(item.type) or (item.type,)
    plain: type[Any] = next(kind for kind in members if kind is not type(None))
    return plain
