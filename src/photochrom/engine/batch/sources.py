"""Find the pictures in a folder: which files are worth trying, and which are our own results.

Hidden files and folders are passed over, links to folders are followed once and never in circles,
and a result of an earlier run is never colorized again.
"""

import contextlib
import glob
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from photochrom.collection.matching import RESULT_SUFFIX
from photochrom.collection.names import composed
from photochrom.collection.walk import identity, is_hidden, is_of_machines
from photochrom.engine.batch.manifest import read_entries
from photochrom.engine.result import CONFIDENCE_SUFFIX, VARIANT_SUFFIX
from photochrom.errors import InputError
from photochrom.files import decoded

_VARIANT: Final = re.compile(rf"(-\d+)?({VARIANT_SUFFIX}\d+)?$")


@dataclass(slots=True, kw_only=True)
class FoundPictures:
    """What a walk through a folder came upon, in the order of the walk."""

    pictures: list[Path] = field(default_factory=list)
    results: list[Path] = field(default_factory=list)  # made by us earlier: not to be redone
    unreadable: list[tuple[Path, str]] = field(default_factory=list)  # folders, with the reason
    passed_over: list[Path] = field(default_factory=list)  # folders of systems and catalogs
    has_deeper: bool = False  # there are pictures in sub-folders that were not asked for


class PictureWalk:
    """One walk through a folder.

    Args:
        suffixes: lower-case suffixes of files worth trying, such as `.jpg`.
        recursive: go into sub-folders as well.
        leave_out: folders not to enter, such as the one that the results go to.
    """

    def __init__(
        self, suffixes: Collection[str], *, recursive: bool, leave_out: Iterable[Path] = ()
    ) -> None:
        self._suffixes = suffixes
        self._recursive = recursive
        self._left_out = {identity(folder) for folder in leave_out if folder.exists()}
        self._visited: set[object] = set()
        self._results: set[Path] = set()
        self._found = FoundPictures()

    def run(self, folder: Path) -> FoundPictures:
        """Walk through a folder, sorted by name; links to folders come after real folders.

        Args:
            folder: where to begin.

        Returns:
            What was found. A folder that cannot be listed is named in it and does no harm.
        """
        waiting = [folder]
        links: list[Path] = []
        while waiting or links:
            here = waiting.pop() if waiting else links.pop(0)
            folders = self._visit(here)
            if self._recursive:
                links += [inner for inner in folders if inner.is_symlink()]
                waiting += [inner for inner in reversed(folders) if not inner.is_symlink()]
            elif not self._found.has_deeper:
                self._found.has_deeper = any(map(self._holds_pictures, folders))
        return self._found

    def _visit(self, folder: Path) -> list[Path]:
        """Sort the files of one folder, and return its sub-folders."""
        try:
            here = identity(folder)
            if here in self._visited or here in self._left_out:
                return []
            self._visited.add(here)
            members = sorted(_visible(folder))
            folders = [member for member in members if member.is_dir()]
            pictures = [member for member in members if self._is_candidate(member)]
            self._results |= recorded_results(folder)
        except OSError as error:
            self._found.unreadable.append((folder, error.strerror or "cannot be listed"))
            return []
        results = self._results | results_among(pictures)
        self._found.results += [picture for picture in pictures if picture in results]
        self._found.pictures += [picture for picture in pictures if picture not in results]
        if self._recursive:
            self._found.passed_over += filter(is_of_machines, folders)
        return [inner for inner in folders if not is_of_machines(inner)]

    def _is_candidate(self, path: Path) -> bool:
        """Say whether a file is worth trying; a dangling link is, so that it gets named."""
        if path.suffix.lower() not in self._suffixes:
            return False
        return path.is_file() or (path.is_symlink() and not path.exists())

    def _holds_pictures(self, folder: Path) -> bool:
        """Say whether a folder or anything below it holds a picture; stops at the first."""
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            if here.is_symlink() or is_of_machines(here):
                continue
            with contextlib.suppress(OSError):
                if identity(here) in self._left_out:
                    continue
                members = list(_visible(here))
                if any(map(self._is_candidate, members)):
                    return True
                waiting += [member for member in members if member.is_dir()]
        return False


def _visible(folder: Path) -> Iterator[Path]:
    return (member for member in folder.iterdir() if not is_hidden(member))


def recorded_results(folder: Path) -> set[Path]:
    """Collect the results that a folder's manifest lists, as paths below that folder.

    Args:
        folder: a folder with or without a manifest.

    Returns:
        The pictures, their variants and confidence maps that earlier runs wrote there.
    """
    return {folder / name for entry in read_entries(folder) for name in entry.written}


def results_among(paths: Iterable[Path]) -> set[Path]:
    """Pick the files that are named like a result of another one of them.

    >>> named = ["a.jpg", "a-color.jpg", "a-color-2-variant-2.jpg", "b-color.jpg"]
    >>> sorted(map(str, results_among(map(Path, named))))
    ['a-color-2-variant-2.jpg', 'a-color.jpg']
    """
    listed = list(paths)
    originals = {
        (path.parent, composed(name)) for path in listed for name in (path.stem, path.name)
    }
    return {
        path
        for path in listed
        for suffix in (RESULT_SUFFIX, CONFIDENCE_SUFFIX)
        if (stem := _VARIANT.sub("", composed(path.stem))).endswith(suffix)
        and (path.parent, stem.removesuffix(suffix)) in originals
    }


def read_list(file: Path) -> list[Path]:
    """Read the pictures that a text file names, one path a line.

    Args:
        file: UTF-8 or UTF-16, as editors save it; empty lines are passed over; relative paths
            start at the folder of the file.

    Returns:
        The paths, each once, in their order; whether they exist is not looked at.

    Raises:
        InputError: when the file cannot be read, names nothing, or is no list.
    """
    try:
        text = decoded(file.read_bytes(), errors="surrogateescape")
    except OSError as error:
        raise InputError(f"{file}: {error.strerror or error}") from error
    except UnicodeDecodeError:  # of two bytes a letter, and torn
        text = "\0"
    if "\0" in text:
        raise InputError(f"{file} is no list of pictures, one path a line; save it as UTF-8")
    lines = [line.rstrip("\r") for line in text.split("\n")]
    named = [file.parent / line for line in lines if line.strip()]
    if not named:
        raise InputError(f"{file} names no picture")
    return list(dict.fromkeys(named))


def expand_patterns(paths: Iterable[Path]) -> list[Path]:
    """Put what patterns match in their place, for systems whose shell does not.

    Args:
        paths: with ``*``, ``?`` and ``[...]`` in patterns, ``**`` for folders in folders; what
            exists under such a name is no pattern.

    Returns:
        The paths in their order, those of each pattern sorted.

    Raises:
        InputError: when a pattern matches nothing.
    """
    expanded: list[Path] = []
    for path in paths:
        if not glob.has_magic(str(path)) or path.exists():
            expanded.append(path)
            continue
        found = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 - of any root
        if not found:
            raise InputError(f"{path} matches no file")
        expanded += map(Path, found)
    return expanded
