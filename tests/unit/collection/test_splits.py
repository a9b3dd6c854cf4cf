from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from photochrom.collection import Collection, Item
from photochrom.collection.splits import (
    SplitEntry,
    assign_parts,
    read_splits,
    select,
    write_splits,
)
from photochrom.errors import InputError

SHA256S = [sha256(str(number).encode()).hexdigest() for number in range(100)]


def entry(name: str, part: str = "train", *, content: bytes = b"", reason: str = "") -> SplitEntry:
    checksum = sha256(content or name.encode(errors="replace")).hexdigest()
    return SplitEntry(part=part, name=name, label="jay", sha256=checksum, reason=reason)


def collection_of(*names: str) -> Collection:
    return Collection([Item(name=name, label="", load=name.encode) for name in names])


def part_of(sha256s: list[str], **wanted: float) -> dict[str, str]:
    return dict(zip(sha256s, assign_parts(sha256s, **wanted), strict=True))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"validation": 7, "test": 3}, {"test": 3, "validation": 7, "train": 90}),
        ({"validation": 0.1, "test": 0.255}, {"test": 26, "validation": 10, "train": 64}),
        (
            {"validation": 30, "test": 0, "train": 50},
            {"validation": 30, "train": 50, "unused": 20},
        ),
        ({"validation": 0.001, "test": 0.0}, {"validation": 1, "train": 99}),
        ({"validation": 30, "test": 20, "train": 0.5}, {"test": 20, "validation": 30, "train": 50}),
    ],
)
def test_counts_are_exact(wanted: dict[str, float], expected: dict[str, int]) -> None:
    assert Counter(assign_parts(SHA256S, seed=1, **wanted)) == expected


def test_parts_do_not_depend_on_the_order_of_the_folder() -> None:
    forward = part_of(SHA256S, validation=20, test=20, seed=3)
    backward = part_of(SHA256S[::-1], validation=20, test=20, seed=3)
    assert forward == backward


def test_another_seed_is_another_draw() -> None:
    draws = {assign_parts(SHA256S, validation=50, test=0, seed=seed) for seed in range(5)}
    assert len(draws) == 5


def test_fewer_training_pictures_leave_the_held_out_ones_alone() -> None:
    whole = part_of(SHA256S, validation=20, test=20, seed=3)
    few = part_of(SHA256S, validation=20, test=20, train=5, seed=3)
    assert all(few[sha] in (part, "unused") for sha, part in whole.items())


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"validation": 60, "test": 40}, "100 pictures are too few for 40 for the test, 60 for va"),
        ({"validation": 10, "test": 0, "train": 91}, "too few for 0 for the test, 10 for .* 91 to"),
        ({"validation": 1.5, "test": 0}, "validation must be a whole number .* not 1.5"),
        ({"validation": 1, "test": -1}, "test must be a whole number of pictures or a share"),
        ({"validation": float("nan"), "test": 0}, "not nan"),
    ],
)
def test_impossible_counts_are_refused_with_the_numbers(
    wanted: dict[str, float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        assign_parts(SHA256S, seed=0, **wanted)


def test_a_split_comes_back_as_it_was_written(tmp_path: Path) -> None:
    dropped = SplitEntry(part="dropped", name="torn.png", label="", sha256="", reason="unreadable")
    strange = ['a "quoted", name.png', "two\nlines.png", "\udce9.png", "=sum(a1).png", "r\r\n.png"]
    entries = (*map(entry, strange), entry("Ä.png", "test"), dropped)
    write_splits(tmp_path / "run" / "splits.csv", entries)
    assert read_splits(tmp_path / "run" / "splits.csv") == entries


def test_a_name_is_no_formula_to_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "splits.csv"
    formula = "=HYPERLINK(a1)/birds;+1.png"
    write_splits(path, [replace(entry(formula), label="@kind")])
    assert "'=HYPERLINK(a1)/birds;'+1.png,'@kind," in path.read_text()
    assert [(each.name, each.label) for each in read_splits(path)] == [(formula, "@kind")]


def test_a_split_that_is_torn_utf_16_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "splits.csv").write_bytes("part,name".encode("utf-16")[:-1])
    with pytest.raises(InputError, match="is not a split file"):
        read_splits(tmp_path / "splits.csv")


def test_a_split_saved_by_a_spreadsheet_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "splits.csv"
    write_splits(path, [entry("a.png")])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_splits(path) == (entry("a.png"),)


def test_a_split_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "splits.csv").mkdir()
    with pytest.raises(InputError, match=r"splits\.csv cannot be written"):
        write_splits(tmp_path / "splits.csv", [entry("a.png")])
    assert [path.name for path in tmp_path.iterdir()] == ["splits.csv"]


HEADER = "part,name,label,sha256,reason"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a split file: it needs a first row part,name"),
        ("name,auc\na,1\n", "is not a split file: it needs"),
        (f"{HEADER}\n", "and a row per picture"),
        (f"{HEADER}\ntrain,a.png\n", "row 2: 2 cells instead of 5"),
        (f"{HEADER}\nteach,a.png,,{'0' * 64},\n", "row 2: no part 'teach', only train, validation"),
        (f"{HEADER}\ntrain,a.png,,{'0' * 63},\n", "is not the SHA-256 of a picture"),
        (f"{HEADER}\ntrain,a.png,,,\n", "row 2: '' is not the SHA-256"),
        (f"{HEADER}\n" + f"test,a.png,,{'0' * 64},\n" * 2, "a.png stands in it 2 times"),
        (f'{HEADER}\ntrain,"{"a" * 200_000}",,,\n', "is not a split file: field larger"),
    ],
)
def test_what_is_no_split_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "splits.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_splits(path)
    assert "\n" not in str(caught.value)


def test_a_missing_split_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv cannot be read: No such file"):
        read_splits(tmp_path / "nowhere.csv")


def test_one_part_is_taken_by_name() -> None:
    splits = [entry("c"), entry("b", "test"), entry("a"), entry("d", "validation")]
    chosen = select(collection_of("a", "b", "c", "d", "e"), splits, "train")
    assert [item.name for item in chosen] == ["c", "a"]
    assert chosen[1].load() == b"a"


def test_a_picture_that_was_exchanged_is_noticed() -> None:
    splits = [entry("a", "test", content=b"another")]
    item = select(collection_of("a"), splits, "test")[0]
    with pytest.raises(InputError, match="a is not the picture that the split names"):
        item.load()
    with pytest.raises(InputError, match="a is not the picture that the split names"):
        item.read()


def test_missing_pictures_are_counted() -> None:
    splits = [entry(name, "validation") for name in "abc"]
    message = "2 of the 3 validation pictures of the split are not in the collection, .* is a;"
    with pytest.raises(InputError, match=message):
        select(collection_of("b"), splits, "validation")


def test_an_empty_part_says_what_there_is() -> None:
    splits = [entry("a"), entry("b"), entry("c", "dropped", reason="gray")]
    with pytest.raises(InputError, match="no test pictures, only 2 train, 1 dropped"):
        select(collection_of("a", "b"), splits, "test")
