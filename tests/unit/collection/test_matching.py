from photochrom.collection import Item
from photochrom.collection.matching import OriginalsByName, ResultsByName


def item(name: str) -> Item:
    return Item(name=name, label="", load=bytes)


def test_results_are_found_by_their_originals_whatever_their_suffix() -> None:
    results = ResultsByName(map(item, ["birds/a.png", "birds/b-color.jpg", "c.tif"]))
    found = [results.find(name) for name in ("birds/a.jpg", "birds/b.jpg", "a.jpg")]
    assert [each and each.name for each in found] == ["birds/a.png", "birds/b-color.jpg", None]


def test_originals_are_found_by_their_results_the_most_alike_first() -> None:
    originals = OriginalsByName(map(item, ["a.jpg", "a-color.jpg", "b.tif"]))
    found = [originals.find(name) for name in ("a.png", "a-color.png", "b-color.png", "c.png")]
    assert [each and each.name for each in found] == ["a.jpg", "a-color.jpg", "b.tif", None]
