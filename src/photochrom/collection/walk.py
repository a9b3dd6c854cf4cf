"""Walk through people's folders, past what systems, NAS and catalogs keep there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

# Thumbnails, recycle bins and snapshots of Synology and QNAP; recycle bins, restore points and
# rescued fragments of Windows, Unix and AFP; resource forks of macOS archives.
_MACHINES: Final = re.compile(
    r"@eadir|@tmp|@sharebin|@recycle|@recently-snapshot|#recycle|#snapshot"
    r"|\$recycle\.bin|recycler|system volume information|found\.\d{3}|lost\+found"
    r"|network trash folder|temporary items|__macosx"
    # previews and copies inside the catalogs of Photos, iPhoto, Aperture, Lightroom, Capture One
    r"|.*\.(photoslibrary|photolibrary|migratedphotolibrary|aplibrary|lrdata|lrlibrary|lrcat-data"
    r"|cocatalog|fcpbundle|imovielibrary)",
    re.IGNORECASE,
)
_NAMED_AT_MOST: Final = 3


def is_hidden(path: Path) -> bool:
    """Say whether a file or folder is meant not to be seen.

    >>> is_hidden(Path("photos/._a.jpg"))
    True
    """
    return path.name.startswith(".")


def is_of_machines(folder: Path) -> bool:
    """Say whether a folder is kept by a system, a NAS or a catalog, and not by a person.

    >>> is_of_machines(Path("photos/@eaDir")), is_of_machines(Path("photos/1923"))
    (True, False)
    """
    return _MACHINES.fullmatch(folder.name) is not None


def identity(path: Path) -> object:
    """Give what tells a file or folder from all others, by whatever way it is reached.

    Raises:
        OSError: when there is none.
    """
    status = path.stat()
    return (status.st_dev, status.st_ino) if status.st_ino else path.resolve()


@dataclass(slots=True)
class Walked:
    """What lies below a folder.

    Attributes:
        files: sorted by path.
        passed_over: folders of machines, which were not entered.
    """

    files: list[Path] = field(default_factory=list)
    passed_over: list[Path] = field(default_factory=list)


def walk(folder: Path) -> Walked:
    """List the files below a folder.

    Hidden files and folders, folders of machines, links to folders, and folders that cannot be
    listed are passed over.

    Args:
        folder: where to begin; it is entered whatever its name is.
    """
    found = Walked()
    waiting = [folder]
    while waiting:
        try:
            members = [member for member in waiting.pop().iterdir() if not is_hidden(member)]
            files = [member for member in members if member.is_file()]
            folders = [member for member in members if member.is_dir() and not member.is_symlink()]
        except OSError:
            continue
        found.files += files
        found.passed_over += filter(is_of_machines, folders)
        waiting += [inner for inner in folders if not is_of_machines(inner)]
    found.files.sort()
    found.passed_over.sort()
    return found


def passed_over_note(folders: Sequence[Path]) -> str:
    """Say in one line which folders were passed over.

    Args:
        folders: at least one.

    >>> passed_over_note([Path("nas/@eaDir")])
    '1 folder of systems or catalogs was passed over: nas/@eaDir'
    """
    were = (
        "1 folder of systems or catalogs was"
        if len(folders) == 1
        else (f"{len(folders)} folders of systems or catalogs were")
    )
    more = " …" if len(folders) > _NAMED_AT_MOST else ""
    return f"{were} passed over: {', '.join(map(str, folders[:_NAMED_AT_MOST]))}{more}"
