"""Match colored results with their originals by name; suffixes may differ."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

from photochrom.collection.names import ByName
from photochrom.collection.open import Item

RESULT_SUFFIX: Final = "-color"  # of the names of results that lie beside their originals


def key_of(name: str) -> str:
    """Drop the suffix of a relative path, which a result need not share with its original.

    >>> key_of("birds/a.1.jpg")
    'birds/a.1'
    """
    return str(PurePosixPath(name).with_suffix(""))


def original_keys(name: str) -> tuple[str, ...]:
    """Give the names of originals that a result may belong to, the most likely one first.

    Args:
        name: relative path of the result.

    >>> original_keys("birds/a-color.png")
    ('birds/a-color.png', 'birds/a-color', 'birds/a.png', 'birds/a')
    """
    key, suffix = key_of(name), PurePosixPath(name).suffix
    original = key.removesuffix(RESULT_SUFFIX)
    return key + suffix, key, original + suffix, original


class ResultsByName:
    """Results, found by the names of their originals."""

    def __init__(self, results: Iterable[Item]) -> None:
        self._by_key = ByName((key, item) for item in results for key in original_keys(item.name))

    def find(self, original: str) -> Item | None:
        """Find the result of an original; None when there is none."""
        return self._by_key.find(original, key_of(original))


class OriginalsByName:
    """Originals, found by the names of their results."""

    def __init__(self, originals: Iterable[Item]) -> None:
        named = [(item.name, item) for item in originals]
        self._by_name = ByName([*((key_of(name), item) for name, item in named), *named])

    def __len__(self) -> int:
        return len(self._by_name)

    def find(self, result: str) -> Item | None:
        """Find the original of a result; None when there is none."""
        return self._by_name.find(*original_keys(result))
