"""Names that are the same to Unicode: "ë" is one character on Linux and Windows, two on a Mac."""

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Generic, TypeVar
from unicodedata import normalize

Thing = TypeVar("Thing")


def composed(name: str) -> str:
    r"""Spell a name in the one way in which names are compared.

    Source: Unicode Standard Annex #15, normalization form C.

    >>> composed("Zoe\u0308") == "Zo\u00eb"
    True
    """
    return normalize("NFC", name)


class ByName(Generic[Thing]):
    """Things found by their names, as they are spelled or else as Unicode compares them.

    Args:
        named: names and things; of the same name the last one counts. Names that are spelled in
            two ways are told apart, and no third spelling finds either.
    """

    def __init__(self, named: Iterable[tuple[str, Thing]]) -> None:
        self._spelled = dict(named)
        self._composed: dict[str, list[Thing]] = {}
        for name, thing in self._spelled.items():
            self._composed.setdefault(composed(name), []).append(thing)

    def __len__(self) -> int:
        return len(self._spelled)

    def find(self, *names: str) -> Thing | None:
        """Give what has the first of some names that anything has.

        >>> ByName([("Zo\u00eb.jpg", 1), ("a", 2)]).find("b", "Zoe\u0308.jpg")
        1
        """
        for name in names:
            if name in self._spelled:
                return self._spelled[name]
        alike = (self._composed.get(composed(name), []) for name in names)
        return next((things[0] for things in alike if len(things) == 1), None)


def as_on_disk(path: Path) -> Path:
    """Give a path in the spelling in which it lies on the disk.

    Args:
        path: need not be there.

    Returns:
        The path itself when there is none, or two.
    """
    if str(path).isascii() or path.exists():
        return path
    folder = as_on_disk(path.parent)
    wanted = composed(path.name)
    with contextlib.suppress(OSError):
        alike = [member for member in folder.iterdir() if composed(member.name) == wanted]
        if len(alike) == 1:
            return alike[0]
    return path
