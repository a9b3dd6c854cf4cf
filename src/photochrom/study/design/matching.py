"""Find the results that belong to each photograph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from photochrom.collection import Collection, Item, open_collection
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
    results: Mapping[str, Item]


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
    found = {
        name: _match(originals, name, folder, open_collection(folder))
        for name, folder in results.items()
    }
    return Matching(
        [
            Matched(original, {name: items[place] for name, (items, _) in found.items()})
            for place, original in enumerate(originals)
        ],
        {name: strays for name, (_, strays) in found.items() if strays},
    )


def _match(
    originals: Collection, name: str, folder: Path, items: Collection
) -> tuple[list[Item], tuple[str, ...]]:
    """Find one model's results in the order of the originals, and what belongs to none."""
    by_name = ResultsByName(items)
    found = [by_name.find(each.name) for each in originals]
    missing = [each.name for each, item in zip(originals, found, strict=True) if item is None]
    if missing:
        raise InputError(_unmatched(len(originals), missing, name, folder, items))
    paired = [item for item in found if item is not None]
    names = {item.name for item in paired}
    return paired, tuple(item.name for item in items if item.name not in names)


def _unmatched(
    count: int, missing: Sequence[str], name: str, folder: Path, items: Collection
) -> str:
    """Say that photographs and results do not pair."""
    if len(missing) == count:
        there = f"{items[0].name} there, {missing[0]} here"
        return f"no picture in {folder} is named like a photograph: {there}"
    many = f"{len(missing)} of {count} photographs have no result of {name}"
    remedy = "add them, or take those photographs out of --photos"
    return f"{many} in {folder}, {missing[0]} for one; {remedy}"
