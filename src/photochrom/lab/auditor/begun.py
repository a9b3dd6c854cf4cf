"""What a folder of results was begun with, so that nothing else goes on in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from photochrom.errors import RunError
from photochrom.files import write_whole
from photochrom.texts import json_page, parse_json


def changed_since(path: Path, wanted: Mapping[str, Any], *, remedy: str) -> dict[str, Any]:
    """Write settings down, or compare them with those of the work that goes on.

    Args:
        path: of the JSON that holds them.
        wanted: the settings.
        remedy: what to do when the file is damaged.

    Returns:
        What the changed ones were before, by name; empty when all is the same, or new.

    Raises:
        RunError: when the file cannot be read.
    """
    if not path.exists():
        write_whole(path, json_page(wanted))
        return {}
    try:
        there = parse_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read{remedy}") from error
    if not isinstance(there, dict):
        raise RunError(f"{path} is damaged{remedy}")
    return {name: there.get(name) for name in wanted if there.get(name) != wanted[name]}
