"""Protocol files: everything that numbers hang on, pinned in one TOML file."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final, get_args

from photochrom.errors import InputError
from photochrom.evaluation.features import KINDS as FEATURES
from photochrom.evaluation.protocol import PROTOCOLS, Fit, Protocol, Setup, protocol_by_name
from photochrom.files import decoded
from photochrom.records import MisfitError, record_of
from photochrom.texts import parse_toml

_FITS: Final = get_args(Fit)
_LARGEST: Final = 4096
_SUFFIX: Final = ".toml"


_OWN: Final = ("protocol", "fit", "side_px")  # how a file says which protocol
_KEYS: Final = tuple(
    each.name for each in fields(Setup) if each.name not in ("protocol", "journal")
)


def pinned(name_or_file: str) -> Setup:
    """Find a protocol by its name, or read a protocol file.

    Args:
        name_or_file: such as "whole-256", or the path of a TOML file.

    Raises:
        InputError: when there is no such protocol, or the file is not one.
    """
    if not name_or_file.endswith(_SUFFIX):
        return Setup(protocol=protocol_by_name(name_or_file))
    return _read_protocol(Path(name_or_file))


def _read_protocol(path: Path) -> Setup:
    """Read a protocol file.

    It names a ``protocol``, or its own with ``fit`` (whole, stretch, center, original) and
    ``side_px``; every other key is a field of `Setup`.
    """
    try:
        values = parse_toml(decoded(path.read_bytes()))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} is not TOML: {error}") from error
    if unknown := sorted(values.keys() - {*_OWN, *_KEYS}):
        known = ", ".join((*_OWN, *_KEYS))
        raise InputError(f"{path} has an unknown key {unknown[0]!r}; there are {known}")
    try:
        rest = record_of(Setup, {name: values[name] for name in _KEYS if name in values})
    except MisfitError as error:
        raise InputError(f"{path} {error}") from error
    for name, file in rest.features.items():
        if name not in FEATURES:
            raise InputError(
                f"{path}: features has {name} = {str(file)!r}; it knows {', '.join(FEATURES)}"
            )
    return replace(
        rest,
        protocol=_protocol(path, values),
        masks=rest.masks and path.parent / rest.masks,
        features={name: path.parent / file for name, file in rest.features.items()},
    )


def _protocol(path: Path, values: Mapping[str, Any]) -> Protocol:
    """Build the geometry that a file names or describes."""
    if "protocol" in values:
        if "fit" in values or "side_px" in values:
            raise InputError(f"{path} gives both a protocol and its own fit; leave one out")
        return protocol_by_name(str(values["protocol"]))
    fit, side_px = values.get("fit", ""), values.get("side_px", 0)
    if fit not in _FITS:
        raise InputError(f"{path}: fit must be one of {', '.join(_FITS)}, not {fit!r}")
    if fit == "original":
        return PROTOCOLS["original"]
    if type(side_px) is not int or not 16 <= side_px <= _LARGEST:
        raise InputError(f"{path}: side_px must be from 16 to {_LARGEST}, not {side_px}")
    described = Protocol.of(fit, side_px)
    return PROTOCOLS.get(described.name, described)


def protocol_text(setup: Setup) -> str:
    """Write a protocol file that repeats an evaluation."""
    about: dict[str, object] = {"fit": setup.protocol.fit}
    if setup.protocol.fit != "original":
        about["side_px"] = setup.protocol.side_px
    about |= {name: getattr(setup, name) for name in _KEYS if name != "features"}
    lines = [f"{name} = {_toml(value)}" for name, value in about.items() if is_set(value)]
    if setup.features:
        files = (f"{name} = {_toml(file)}" for name, file in setup.features.items())
        lines += ["[features]", *files]
    return "\n".join(
        ["# photochrom evaluate --protocol FILE measures in this way again.", *lines, ""]
    )


def is_set(value: object) -> bool:
    """Tell whether something was asked for; a saturation of 0 was.

    >>> [is_set(value) for value in (0.0, "x", None, False, {})]
    [True, True, False, False, False]
    """
    return value is not None and value is not False and value != {}


def _toml(value: object) -> str:
    r"""Write a TOML value.

    >>> _toml(True), _toml(0.9), _toml('say "cheese"')
    ('true', '0.9', '"say \\"cheese\\""')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
