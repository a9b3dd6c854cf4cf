"""The folder of a report, and what may not be lost in it."""

from pathlib import Path
from typing import Final

from photochrom.errors import InputError

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
