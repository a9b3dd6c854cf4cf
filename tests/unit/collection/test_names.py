"""Names that look the same on the screen are the same."""

from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from PIL import Image
from tests.photographs import save_color

from photochrom.audit.results import list_results
from photochrom.collection import open_collection
from photochrom.collection.label_maps import LabelMaps, refuse_same_stems
from photochrom.collection.matching import OriginalsByName
from photochrom.collection.names import ByName, as_on_disk
from photochrom.collection.splits import SplitEntry, select
from photochrom.errors import InputError
from photochrom.evaluation import evaluate
from photochrom.study.create import match_results

COMPOSED = ["Großmütter", "Café", "Zoë", "Ångström", "tiếng Việt", "ガ"]
DECOMPOSED = [normalize("NFD", name) for name in COMPOSED]


def save_all(folder: Path, names: list[str], suffix: str = ".png") -> Path:
    for seed, name in enumerate(names):
        save_color(folder / f"{name}{suffix}", seed=3 * seed)
    return folder


@pytest.fixture(params=[(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)], ids=["linux", "mac"])
def photos_and_results(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    there, here = request.param
    return save_all(tmp_path / "photos", there), save_all(tmp_path / "done", here)


def test_results_of_a_mac_are_evaluated(photos_and_results: tuple[Path, Path]) -> None:
    photos, results = photos_and_results
    evaluation = evaluate({}, photos, results={"done": results})
    assert len(evaluation.pictures) == len(COMPOSED)
    assert not evaluation.failures
    assert not evaluation.warnings


def test_results_of_a_mac_are_shown_in_a_study(photos_and_results: tuple[Path, Path]) -> None:
    photos, results = photos_and_results
    matching = match_results(photos, {"done": results})
    assert len(matching.matched) == len(COMPOSED)
    assert not matching.without_original
    for each in matching.matched:
        assert each.results["done"].load() == each.original.load()


def test_results_of_a_mac_are_audited_with_their_truth(
    photos_and_results: tuple[Path, Path],
) -> None:
    photos, results = photos_and_results
    truth = OriginalsByName(open_collection(photos))
    for result in list_results([results]):
        found = truth.find(result.item.name)
        assert found is not None
        assert found.load() == result.item.load()


def test_a_split_of_a_mac_names_the_same_pictures(
    photos_and_results: tuple[Path, Path],
) -> None:
    photos, _ = photos_and_results
    collection = open_collection(photos)
    other = {item.name: normalize("NFC", normalize("NFD", item.name)) for item in collection}
    entries = [
        SplitEntry(part="test", name=other[item.name], label="", sha256="ab" * 32)
        for item in collection
    ]
    assert len(select(collection, entries, "test")) == len(COMPOSED)


def test_label_maps_are_found_by_either_spelling(tmp_path: Path) -> None:
    Image.fromarray(np.ones((2, 2), np.uint8)).save(tmp_path / f"{DECOMPOSED[2]}.png")
    maps = LabelMaps(tmp_path)
    assert not maps.missing_for([f"birds/{COMPOSED[2]}.jpg", f"{DECOMPOSED[2]}.jpg"])
    assert maps.of(f"{COMPOSED[2]}.jpg", (2, 2), kinds=1).all()
    with pytest.raises(InputError, match="would share one label map"):
        refuse_same_stems([f"{COMPOSED[2]}.jpg", f"{DECOMPOSED[2]}.jpg"])


def test_kinds_of_either_spelling_are_one_kind(tmp_path: Path) -> None:
    save_color(tmp_path / COMPOSED[1] / "a.png")
    save_color(tmp_path / DECOMPOSED[1] / "b.png")
    collection = open_collection(tmp_path)
    assert len(collection) == 2
    assert collection.labels == (COMPOSED[1],)


def test_two_spellings_in_one_folder_are_told_apart() -> None:
    found = ByName([(COMPOSED[2], 1), (DECOMPOSED[2], 2)])
    assert found.find(COMPOSED[2]) == 1
    assert found.find(DECOMPOSED[2]) == 2
    assert ByName([("ộ", 1), ("o\u0302\u0323", 2)]).find("o\u0323\u0302") is None


def test_a_path_is_found_by_either_spelling(tmp_path: Path) -> None:
    there = save_color(tmp_path / DECOMPOSED[0] / f"{DECOMPOSED[1]}.png")
    asked = tmp_path / COMPOSED[0] / f"{COMPOSED[1]}.png"
    assert as_on_disk(asked).samefile(there)
    missing = asked.with_name("é.png")
    assert as_on_disk(missing) == missing
