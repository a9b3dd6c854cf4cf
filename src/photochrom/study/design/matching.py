"""Find the results that belong to each photograph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from photochrom.collection import Item, open_collection
from photochrom.collection.matching import ResultsByName
from photochrom.errors import InputError
from photochrom.study.answers import RANDOM, TRUTH

_TAKEN = (RANDOM, TRUTH)


@dataclass(frozen=True, slots=True)
class Matched:
    """A photograph and one result of every model.

    Attributes:
        original: of the collection.
        results: by model.
    """

    original: Item
    results: dict[str, Item]


@dataclass(frozen=True, slots=True)
class Matching:
    """All photographs with their results.

    Attributes:
        matched: in the order of the collection.
        without_original: by model, results that belong to no photograph.
    """

    matched: Sequence[Matched]
    without_original: Mapping[str, tuple[str, ...]]


def match_results(photos: Path, results: Mapping[str, Path]) -> Matching:
    """Match every photograph with one result per model, by name; suffixes may differ.

    Args:
        photos: a collection of photographs.
        results: by model, a folder that mirrors the collection.

    Raises:
        InputError: when a photograph lacks a result, or a model's name is taken.
    """
    for name in results:
        if name in _TAKEN:
            raise InputError(f"the name {name} is taken; give the results another")
    originals = open_collection(photos)
    matched = [Matched(original, {}) for original in originals]
    without_original: dict[str, tuple[str, ...]] = {}
    for name, folder in results.items():
        items = open_collection(folder)
        by_name = ResultsByName(items)
        used: set[str] = set()
        for each in matched:
            if item := by_name.find(each.original.name):
                each.results[name] = item
                used.add(item.name)
        missing = [each.original.name for each in matched if name not in each.results]
        if len(missing) == len(originals):
            there = f"{items[0].name} there, {missing[0]} here"
            raise InputError(f"no picture in {folder} is named like a photograph: {there}")
        if missing:
            many = f"{len(missing)} of {len(originals)} photographs have no result of {name}"
            remedy = "add them, or take those photographs out of --photos"
            raise InputError(f"{many} in {folder}, {missing[0]} for one; {remedy}")
        if strays := tuple(item.name for item in items if item.name not in used):
            without_original[name] = strays
    return Matching(matched, without_original)
