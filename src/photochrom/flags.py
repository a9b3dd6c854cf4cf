"""Fields of settings that have a flag."""

from dataclasses import field
from typing import Any, TypeVar

Value = TypeVar("Value")


def option(default: Value, told: str, **more: Any) -> Value:
    """Give a field of a settings dataclass its flag; `photochrom.cli.options` reads the metadata.

    Args:
        default: of the field.
        told: what `--help` says.
        more: of the metadata that `flags_of` names.
    """
    return field(default=default, metadata={"help": told, **more})
