"""Flags made from the fields of a dataclass, so that an option is declared in one place."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin

import click

from photochrom.errors import InputError
from photochrom.models.registry import DEFAULT_MODEL
from photochrom.storage.address import is_address, parse_place

Command = TypeVar("Command", bound=Callable[..., object])
Result = TypeVar("Result")

PATH: Final = click.Path(path_type=Path)
_METAVARS: Final[Mapping[object, str]] = {int: "N", float: "X"}
_RANGES: Final[Mapping[object, type[click.IntRange | click.FloatRange]]] = {
    int: click.IntRange,
    float: click.FloatRange,
}

json_flag: Final = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
model_flag: Final = click.option(
    "--model",
    metavar="NAME|FILE",
    default=DEFAULT_MODEL,
    show_default=True,
    help="The colorizer; A+B, or A*0.6+B*0.4, mixes the colors of several.",
)
photos_flag: Final = click.option(
    "--photos",
    multiple=True,
    required=True,
    type=PATH,
    metavar="COLLECTION",
    help="Folder or Parquet file of color photographs; may be given several times.",
)


def force_flag(what: str) -> Callable[[Command], Command]:
    """Add `--force`, which replaces something; refusing without it is the command's affair."""
    return click.option("--force", is_flag=True, help=f"Replace {what}.")


def listening_flags(port: int, others: str) -> Callable[[Command], Command]:
    """Add `--host` and `--port`, for the commands that serve pages.

    Args:
        port: the default.
        others: whom 0.0.0.0 lets in.
    """
    told = f"Address to listen at: this computer alone; 0.0.0.0 lets {others}."
    host_flag = click.option("--host", default="127.0.0.1", show_default=True, help=told)
    kind = click.IntRange(0, 65535)
    port_flag = click.option("--port", type=kind, default=port, show_default=True, help="Port.")
    return lambda command: host_flag(port_flag(command))


@dataclass(frozen=True, slots=True)
class AutoOr(click.ParamType[Any]):
    """A number, or the word AUTO for the default that the model knows best."""

    number: click.ParamType[Any]
    name: str

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Turn AUTO, in any case, into None."""
        if isinstance(value, str) and value.upper() == "AUTO":
            return None
        return self.number.convert(value, param, ctx)


@dataclass(frozen=True, slots=True)
class Parsed(click.ParamType[Any]):
    """What a function makes of a text, which it may refuse with an `InputError`."""

    parse: Callable[[str], object]
    name: str

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Give the name as it is; click would write it in capitals."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse the text, or say why not."""
        if not isinstance(value, str):
            return value
        try:
            return self.parse(value)
        except InputError as error:
            self.fail(str(error), param, ctx)


class PathOrAddress(click.Path):
    """A path, or an address in object storage, which stays a text."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Tell addresses from paths, and refuse those that may hold a password."""
        if not isinstance(value, str) or "://" not in value:
            return super().convert(value, param, ctx)
        try:
            place = parse_place(value)
        except InputError as error:
            self.fail(str(error), param, ctx)
        return place if is_address(place) else super().convert(place, param, ctx)


PATH_OR_ADDRESS: Final = PathOrAddress(path_type=Path, readable=False)


def flags_of(
    options: type[Any], *, only: Collection[str] | None = None
) -> Callable[[Command], Command]:
    """Make a decorator that adds one `--flag` per field of an options dataclass, in its order.

    A field is bool, int, float, str, Path or a Literal, one of these or None, a tuple of a fixed
    number of them, or a `tuple[X, ...]`, whose flag may be repeated. Without a default its flag is
    required. Its metadata may hold:

    - help: what `--help` says; a field without it has no flag.
    - flag: instead of its name, such as "--hint" or "-o --out".
    - metavar: what stands for the value; without it, numbers that may be None take AUTO as well.
    - least, most: the ends of a number's range.
    - parse: a function that makes a value of each text, or refuses it with an `InputError`.
    - shown: whether, or as what text, help shows the default; by default when it is not None.

    Args:
        options: the dataclass.
        only: names of the fields that get a flag; by default all.

    Returns:
        The decorator. `take` collects what the flags were given.
    """

    def add(command: Command) -> Command:
        for item in reversed(fields(options)):
            if "help" in item.metadata and (only is None or item.name in only):
                command = _flag(item)(command)
        return command

    return add


def take(options: type[Result], values: Mapping[str, Any]) -> Result:
    """Build an options dataclass from the values of a command's parameters.

    Args:
        options: the dataclass; it checks its own ranges.
        values: by name; a field without one keeps its default.

    Raises:
        click.UsageError: when a value is outside its range.
    """
    names = (item.name for item in fields(cast(Any, options)))
    try:
        return options(**{name: values[name] for name in names if name in values})
    except InputError as error:
        raise click.UsageError(str(error)) from error


def _flag(item: Field[Any]) -> Callable[[Command], Command]:
    """Turn one field into a click option."""
    told = item.metadata
    names = (*told.get("flag", "--" + item.name.replace("_", "-")).split(), item.name)
    default = None if item.default is MISSING else item.default
    if item.type is bool:
        return click.option(*names, is_flag=True, default=default, help=told["help"])
    plain: Any = item.type
    several: dict[str, Any] = {}
    if get_origin(plain) is tuple:
        plain, *others = get_args(plain)
        several = {"multiple": True} if others == [...] else {"nargs": 1 + len(others)}
        default = default or None
    is_optional = get_origin(plain) in (Union, UnionType)
    if is_optional:
        plain = next(each for each in get_args(plain) if each is not type(None))
    metavar = told.get("metavar")
    is_required = item.default is MISSING and item.default_factory is MISSING
    if not is_required:  # a default, even None, would do for what is required
        several["default"] = default
    return click.option(
        *names,
        type=_click_type(plain, told, takes_auto=is_optional and metavar is None),
        metavar=metavar,
        required=is_required,
        help=told["help"],
        show_default=told.get("shown", default is not None),
        **several,
    )


def _click_type(plain: Any, told: Mapping[str, Any], *, takes_auto: bool) -> click.ParamType[Any]:
    """Find what reads the texts of a flag."""
    if "parse" in told:
        return Parsed(told["parse"], told["metavar"])
    if plain is Path:
        return PATH
    if get_origin(plain) is Literal:
        return click.Choice(get_args(plain))
    kind: click.ParamType[Any] = click.types.convert_type(plain)
    if "least" in told or "most" in told:
        kind = _RANGES[plain](told.get("least"), told.get("most"))
    return AutoOr(kind, f"AUTO|{_METAVARS[plain]}") if takes_auto and plain in _METAVARS else kind
