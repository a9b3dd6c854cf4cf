"""The folder of a report: what stands in it, and that no earlier one is lost."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from photochrom.errors import InputError
from photochrom.files import sweep_leftovers, write_whole
from photochrom.texts import json_page

REPORT: Final = "report.json"


def refuse_existing(folder: Path, *, force: bool) -> None:
    """Check before the work that no earlier report would be overwritten.

    Raises:
        InputError: when the folder holds a report and ``force`` is not given, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is not a folder")
    if (folder / REPORT).exists() and not force:
        raise InputError(f"{folder} holds a report already; add --force to replace it")


def write_folder(
    folder: Path, content: Mapping[str, Any], files: Mapping[str, str | bytes]
) -> None:
    """Write the files of a report, report.json last; sweep up what killed runs left half-written.

    Args:
        folder: of the report; made when missing, files of an earlier report are replaced.
        content: of report.json.
        files: contents of the others by name, all made before the first is written.

    Raises:
        InputError: when the folder cannot be written to.
    """
    for name, text in files.items():
        write_whole(folder / name, text)
    write_whole(folder / REPORT, json_page(content))
    sweep_leftovers(folder)
